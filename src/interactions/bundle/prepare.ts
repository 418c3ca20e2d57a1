/** The entries of a transaction made ready: each rendered, with its references resolved. */
import { parseReference } from '../../fhir/reference.js';
import type { Guard } from '../../store/port.js';
import { inOrder } from '../pace.js';
import type { WriteContext } from '../write/context.js';
import { prepareCreate } from '../write/create.js';
import type { Draft } from '../write/draft.js';
import { preparePatch } from '../write/patch.js';
import { prepareUpdateOf, type PreparedUpdate } from '../write/update.js';
import { preconditionsOfEntry } from './batch.js';
import type { EntryFacts } from './bundle-task.js';
import { lateReferences } from './late-references.js';
import { named } from './naming.js';
import type { OpenBundle } from './open-bundle.js';
import type { Resolved, Step } from './resolve.js';
import type { Rendering } from './under-way.js';
import { requireApart, WrittenSet } from './written-set.js';

/** Entries that a parse thread is asked for at a time: they come in one message. */
const width = 32;

/** One prepared entry: rendered, but without its place. */
export interface Prepared {
  readonly step: Step;
  readonly draft?: Draft;
  readonly update?: PreparedUpdate;
  readonly rendering?: Rendering;
}

/** What the placeholders of one entry stand for. */
const targetsOf = ({ placeholders }: EntryFacts, targets: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map(placeholders.flatMap((text) => [text, text.split('#', 1)[0] as string]).flatMap((text) => (targets.has(text) ? [[text, targets.get(text) as string] as const] : [])));

async function prepare(context: WriteContext, bundle: OpenBundle, step: Step, targets: ReadonlyMap<string, string>): Promise<Prepared> {
  const { entry } = step;
  if (step.kind === 'create') {
    const draft = bundle.draft(entry);
    return { step, draft, rendering: { key: step.key, rendered: await prepareCreate(context, draft, step.key, step.revival) } };
  }
  if (step.kind !== 'update' && step.kind !== 'patch') return { step };
  const preconditions = preconditionsOfEntry(entry);
  const { draft, update } = step.kind === 'patch' ? await preparePatch(context, bundle.patch(entry), step.key, preconditions, targetsOf(entry, targets))
    : { draft: bundle.draft(entry), update: await prepareUpdateOf(context, bundle.draft(entry), step, preconditions) };
  if (update.kind === 'same') return { step, draft, update };
  return { step, draft, update, rendering: { key: step.key, rendered: update.rendered } };
}

/** Whether criteria have to be judged on what is about to be written. */
const asksAnything = (steps: readonly Step[]): boolean =>
  steps.some(({ where, entry }) => where !== undefined || entry.placeholders.some((text) => parseReference(text)?.form === 'conditional'));

/** Every entry rendered, its references resolved; those that are known only then are settled in a second turn. */
export async function prepareAll(context: WriteContext, bundle: OpenBundle, { steps, targets, gone }: Resolved): Promise<{ prepared: readonly Prepared[]; guards: readonly Guard[] }> {
  await bundle.setTargets(targets);
  const first = await inOrder(steps, width, (step) => named(step.entry.index, () => prepare(context, bundle, step, targets)));
  const written = await WrittenSet.of(asksAnything(steps) ? first.flatMap(({ rendering }) => rendering ?? []) : []);
  await requireApart(steps, written);
  const updates = new Map(first.flatMap(({ step, update }) => (update ? [[step, update] as const] : [])));
  const late = await lateReferences(bundle.entries, { context, steps, gone, written, updates });
  if (late.targets.size === 0) return { prepared: first, guards: late.guards };
  const all = new Map([...targets, ...late.targets]);
  await bundle.setTargets(all);
  const isLate = ({ entry }: Step): boolean => entry.placeholders.some((text) => late.targets.has(text));
  const prepared = await inOrder(first, width, async (one) => (isLate(one.step) ? named(one.step.entry.index, async () => keepData(one, await prepare(context, bundle, one.step, all))) : one));
  return { prepared, guards: late.guards };
}

/** Content is handed out once, to the first turn. */
function keepData(first: Prepared, second: Prepared): Prepared {
  const data = first.rendering?.rendered.data;
  const { rendering } = second;
  return data && rendering ? { ...second, rendering: { ...rendering, rendered: { ...rendering.rendered, data } } } : second;
}
