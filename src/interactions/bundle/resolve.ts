/** Which resource each entry of a transaction is about, and what the placeholders in its references stand for. */
import { fail } from '../../fhir/failure.js';
import { newId } from '../../fhir/id.js';
import { parseReference } from '../../fhir/reference.js';
import type { Guard, ResourceKey, StoredVersion } from '../../store/port.js';
import { createPace } from '../pace.js';
import { existing, patchTarget, referredTo, updateTarget } from '../write/conditional.js';
import type { WriteContext } from '../write/context.js';
import { deleteTargets } from '../write/delete.js';
import { revivalOf, type Revival } from '../write/revival.js';
import { requireUsableId } from '../write/update.js';
import { requireWriter } from '../write/writers.js';
import type { EntryFacts } from './bundle-task.js';
import type { EntryTarget } from './entry-request.js';
import { named } from './naming.js';

export type Step =
  | { readonly kind: 'create'; readonly entry: EntryFacts; readonly key: ResourceKey; /** of a deleted Patient, whose id it then is */ readonly revival?: Revival }
  | { readonly kind: 'patch'; readonly entry: EntryFacts; readonly key: ResourceKey }
  | { readonly kind: 'update'; readonly entry: EntryFacts; readonly key: ResourceKey; /** false: criteria that find nothing, so it is made */ readonly found: boolean }
  /** Of as many as criteria find. */
  | { readonly kind: 'delete'; readonly entry: EntryFacts; readonly keys: readonly ResourceKey[] }
  /** A conditional create whose resource is here already. */
  | { readonly kind: 'found'; readonly entry: EntryFacts; readonly key: ResourceKey; readonly found: StoredVersion }
  /** A conditional create with the very criteria of an earlier entry of this Bundle. */
  | { readonly kind: 'twin'; readonly entry: EntryFacts; readonly key: ResourceKey; readonly of: number }
  | { readonly kind: 'other'; readonly entry: EntryFacts; readonly target: EntryTarget };

export interface Resolved {
  /** In the order of the entries. */
  readonly steps: readonly Step[];
  readonly targets: ReadonlyMap<string, string>;
  readonly guards: readonly Guard[];
}

export const keyText = ({ type, id }: ResourceKey): string => `${type}/${id}`;

interface Resolving {
  readonly context: WriteContext;
  readonly ids: readonly string[];
  readonly guards: Guard[];
  /** Criteria -> the entry that creates for them, and what. */
  readonly criteria: Map<string, { readonly index: number; readonly key: ResourceKey }>;
  /** Criteria of conditional updates that find nothing. */
  readonly updating: Set<string>;
}

/** @throws Failure bad-request */
function requireFirst(condition: string, { criteria, updating }: Resolving, entry: EntryFacts): void {
  if (!criteria.has(condition) && !updating.has(condition)) return;
  throw fail('bad-request', { reason: 'Two entries of the transaction would make what the same criteria find.' }, { expression: [`Bundle.entry[${entry.index}].request`] });
}

async function creation(entry: EntryFacts, type: string, { context, ids }: Resolving): Promise<Step & { readonly kind: 'create' }> {
  const revival = await revivalOf(context, entry.resource?.claims ?? []);
  return { kind: 'create', entry, key: { type, id: revival?.id ?? ids[entry.index] as string }, ...(revival ? { revival } : {}) };
}

async function resolveCreate(entry: EntryFacts, type: string, resolving: Resolving): Promise<Step> {
  const { context, guards, criteria } = resolving;
  if (entry.ifNoneExist === undefined) return creation(entry, type, resolving);
  const condition = `${type}?${entry.ifNoneExist}`;
  const twin = criteria.get(condition);
  if (twin !== undefined) return { kind: 'twin', entry, key: twin.key, of: twin.index };
  const { found: [found], guard } = await existing(context, type, entry.ifNoneExist);
  if (found) return { kind: 'found', entry, key: { type, id: found.id }, found };
  requireFirst(condition, resolving, entry);
  const made = await creation(entry, type, resolving);
  criteria.set(condition, { index: entry.index, key: made.key });
  guards.push(guard);
  return made;
}

async function resolveUpdate(entry: EntryFacts, type: string, query: string, resolving: Resolving): Promise<Step> {
  const { context, ids, guards, updating } = resolving;
  const sent = entry.resource?.id;
  if (sent !== undefined) requireUsableId(sent);
  const { key, guard, found } = await updateTarget(context, type, query, sent, ids[entry.index] as string);
  guards.push(guard);
  if (found) return { kind: 'update', entry, key, found };
  const condition = `${type}?${query}`;
  requireFirst(condition, resolving, entry);
  updating.add(condition);
  return { kind: 'update', entry, key, found };
}

/** The entries whose resource criteria find. */
async function resolveMatch(entry: EntryFacts, { kind, path: [type = ''] }: EntryTarget, query: string, resolving: Resolving): Promise<Step> {
  const { context, guards } = resolving;
  if (kind === 'update') return resolveUpdate(entry, type, query, resolving);
  if (kind === 'patch') {
    const { key, guard } = await patchTarget(context, type, query);
    guards.push(guard);
    return { kind, entry, key };
  }
  const { found, guard } = await deleteTargets(context, type, query);
  guards.push(guard);
  return { kind: 'delete', entry, keys: found.map(({ id }) => ({ type, id })) };
}

async function resolveEntry(entry: EntryFacts, target: EntryTarget, resolving: Resolving): Promise<Step> {
  const [type = '', id = ''] = target.path;
  if (target.kind === 'other') return { kind: 'other', entry, target };
  requireWriter(resolving.context.grant, type);
  if (target.kind === 'create') return resolveCreate(entry, type, resolving);
  if (target.criteria !== undefined) return resolveMatch(entry, target, target.criteria, resolving);
  const key = { type, id };
  if (target.kind === 'delete') return { kind: 'delete', entry, keys: [key] };
  if (target.kind === 'patch') return { kind: 'patch', entry, key };
  requireUsableId(id);
  return { kind: 'update', entry, key, found: true };
}

/** The resources that a step writes or deletes. */
function keysOf(step: Step): readonly ResourceKey[] {
  if (step.kind === 'delete') return step.keys;
  return step.kind === 'update' || step.kind === 'patch' || step.kind === 'create' ? [step.key] : [];
}

/** One identity may stand in one writing entry only (trules). @throws Failure bad-request */
function requireOnce(steps: readonly Step[]): void {
  const seen = new Set<string>();
  for (const step of steps) {
    for (const key of keysOf(step).map(keyText)) {
      if (seen.has(key)) throw fail('bad-request', { reason: `Two entries of the transaction are about ${key}.` }, { expression: [`Bundle.entry[${step.entry.index}]`] });
      seen.add(key);
    }
  }
}

function fullUrlTargets(steps: readonly Step[], baseUrls: readonly string[]): Map<string, string> {
  const targets = new Map<string, string>();
  for (const step of steps) {
    const { fullUrl } = step.entry;
    if (fullUrl === undefined || step.kind === 'other' || step.kind === 'delete') continue;
    const key = keyText(step.key);
    // An update under its own address keeps its identity, and the text stays as it was sent.
    if (!baseUrls.some((base) => fullUrl === `${base}/${key}`)) targets.set(fullUrl, key);
  }
  return targets;
}

async function resolvePlaceholder(text: string, targets: Map<string, string>, { context, guards }: Resolving): Promise<void> {
  const whole = text.startsWith('urn:') ? text.split('#', 1)[0] as string : text;
  if (targets.has(whole)) return;
  const parsed = parseReference(text, context.services.baseUrls);
  if (parsed?.form === 'urn') throw fail('invalid', { reason: 'A reference names an entry by a URN that no entry of the Bundle bears.' });
  if (parsed?.form !== 'conditional') return;
  const { key, guard } = await referredTo(context, parsed.type, parsed.query);
  targets.set(text, keyText(key));
  guards.push(guard);
}

/**
 * @param ids what each entry's resource is called when it is created; the same on every attempt
 * @throws Failure naming the entry: forbidden, bad-id, multiple-matches, precondition-failed, bad-request, invalid
 */
export async function resolve(context: WriteContext, entries: readonly EntryFacts[], ids: readonly string[]): Promise<Resolved> {
  const pace = createPace();
  const resolving: Resolving = { context, ids, guards: [], criteria: new Map(), updating: new Set() };
  const steps: Step[] = [];
  for (const entry of entries) {
    steps.push(await named(entry.index, () => resolveEntry(entry, entry.target as EntryTarget, resolving)));
    await pace();
  }
  requireOnce(steps);
  const targets = fullUrlTargets(steps, context.services.baseUrls);
  for (const { index, placeholders } of entries) {
    for (const text of placeholders) await named(index, () => resolvePlaceholder(text, targets, resolving));
    await pace();
  }
  return { steps, targets, guards: resolving.guards };
}

export const newIds = (count: number): string[] => Array.from({ length: count }, newId);
