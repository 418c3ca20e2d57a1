/**
 * References that are known only when everything else is: conditional ones, which find what is there once the transaction is
 * done, and those to one version of an entry. https://hl7.org/fhir/R4/http.html#trules
 */
import { fail } from '../../fhir/failure.js';
import { parseReference } from '../../fhir/reference.js';
import type { Guard, ResourceKey } from '../../store/port.js';
import { createPace } from '../pace.js';
import { referredTo, roomFor } from '../write/conditional.js';
import type { WriteContext } from '../write/context.js';
import type { PreparedUpdate } from '../write/update.js';
import type { EntryFacts } from './bundle-task.js';
import { named } from './naming.js';
import { entryMeant } from './references.js';
import { keyText, type Resolved, type Step } from './resolve.js';
import type { WrittenSet } from './written-set.js';

export interface Late {
  readonly targets: ReadonlyMap<string, string>;
  readonly guards: readonly Guard[];
}

interface Finding extends Pick<Resolved, 'steps' | 'gone'> {
  readonly context: WriteContext;
  readonly written: WrittenSet;
  readonly updates: ReadonlyMap<Step, PreparedUpdate>;
}

/** Only what the caller may see can be named (rules 4.4); what they write is theirs to name. @throws Failure multiple-matches, precondition-failed … */
async function found(type: string, query: string, { context, written, gone }: Finding): Promise<{ readonly key: ResourceKey; readonly guard: Guard }> {
  const leaving = gone.get(type);
  const matches = await referredTo(context, type, query, 1 + roomFor((leaving?.size ?? 0) + written.count(type)));
  const kept = matches.found.filter((one) => !leaving?.has(one.id) && !written.has(one));
  const [key, ...more] = [...kept, ...written.matching(type, matches.guard.plan.plan.where)];
  if (more.length > 0) throw fail('multiple-matches');
  if (!key) throw fail('precondition-failed', { reason: `A conditional reference to ${type} matches nothing.` });
  return { key, guard: matches.guard };
}

/** The version that an entry comes to. */
function versionOf(step: Step, { updates, steps }: Finding): number {
  if (step.kind === 'found') return step.found.version;
  if (step.kind === 'twin') return versionOf(steps[step.of] as Step, { updates, steps } as Finding);
  const update = updates.get(step);
  if (update?.kind === 'same') return update.current.version;
  const expect = step.kind === 'create' ? step.revival?.expect : update?.expect;
  return typeof expect === 'object' ? expect.version + 1 : 1;
}

/** @param steps with their full URLs. @throws Failure naming the entry: multiple-matches, precondition-failed, bad-parameter … */
export async function lateReferences(entries: readonly EntryFacts[], finding: Finding): Promise<Late> {
  const targets = new Map<string, string>();
  const guards: Guard[] = [];
  const bearers = new Map(finding.steps.flatMap((step) => (step.entry.fullUrl === undefined ? [] : [[step.entry.fullUrl, step] as const])));
  const pace = createPace();

  async function settle(text: string): Promise<void> {
    const parsed = parseReference(text, finding.context.services.baseUrls);
    if (parsed?.form === 'conditional' && !bearers.has(text)) {
      const { key, guard } = await found(parsed.type, parsed.query, finding);
      targets.set(text, keyText(key));
      guards.push(guard);
    }
    const step = text.includes('/_history/') ? bearers.get(entryMeant(text)) : undefined;
    if (step && 'key' in step) targets.set(text, `${keyText(step.key)}/_history/${versionOf(step, finding)}`);
  }

  for (const { index, placeholders } of entries) {
    for (const text of placeholders) if (!targets.has(text)) await named(index, () => settle(text));
    await pace();
  }
  return { targets, guards };
}
