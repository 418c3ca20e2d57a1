/**
 * Which resource each entry of a transaction is about. Criteria are judged on what is there before: where all that they find is
 * deleted by another entry, two entries are about one resource. Of several that they find, those that are deleted no longer
 * count, for deletions come first: https://hl7.org/fhir/R4/http.html#trules
 */
import { fail, type Failure } from '../../fhir/failure.js';
import { newId } from '../../fhir/id.js';
import { parseReference, withoutFragment } from '../../fhir/reference.js';
import type { Clause } from '../../search/plan.js';
import type { Guard, ResourceKey, StoredVersion } from '../../store/port.js';
import { createPace } from '../pace.js';
import { matchToChange, matchToMake, updateTarget, type CriteriaGuard, type Gone } from '../write/conditional.js';
import type { WriteContext } from '../write/context.js';
import { deleteTargets } from '../write/delete.js';
import { revivalOf, type Revival } from '../write/revival.js';
import { requireUsableId } from '../write/update.js';
import { requireWriter } from '../write/writers.js';
import type { EntryFacts } from './bundle-task.js';
import type { EntryTarget } from './entry-request.js';
import { named } from './naming.js';
import { entryMeant } from './references.js';

interface OfEntry {
  readonly entry: EntryFacts;
  /** Criteria that found its resource, or nothing: no other entry may write what they would find. */
  readonly where?: Clause;
}
export type Step =
  | (OfEntry & { readonly kind: 'create'; readonly key: ResourceKey; /** of a deleted Patient, whose id it then is */ readonly revival?: Revival })
  | (OfEntry & { readonly kind: 'patch'; readonly key: ResourceKey })
  | (OfEntry & { readonly kind: 'update'; readonly key: ResourceKey; /** false: criteria that find nothing, so it is made */ readonly found: boolean; readonly revival?: Revival })
  /** Of as many as criteria find. */
  | (OfEntry & { readonly kind: 'delete'; readonly keys: readonly ResourceKey[] })
  /** A conditional create whose resource is here already. */
  | (OfEntry & { readonly kind: 'found'; readonly key: ResourceKey; readonly found: StoredVersion })
  /** A conditional create with the very criteria of an earlier entry of this Bundle. */
  | (OfEntry & { readonly kind: 'twin'; readonly key: ResourceKey; readonly of: number })
  | (OfEntry & { readonly kind: 'other'; readonly target: EntryTarget });

export interface Resolved {
  /** In the order of the entries. */
  readonly steps: readonly Step[];
  /** What the full URLs of the entries stand for. */
  readonly targets: ReadonlyMap<string, string>;
  readonly guards: readonly Guard[];
  readonly gone: Gone;
}

export const keyText = ({ type, id }: ResourceKey): string => `${type}/${id}`;

interface Resolving {
  readonly context: WriteContext;
  readonly ids: readonly string[];
  readonly guards: Guard[];
  readonly gone: Map<string, Map<string, number>>;
  /** Criteria, as they are understood -> the entry that creates for them, and what. */
  readonly creating: Map<string, { readonly index: number; readonly key: ResourceKey }>;
  /** Criteria of conditional updates that find nothing. */
  readonly updating: Set<string>;
}

const meaningOf = ({ plan: { plan } }: CriteriaGuard): string => JSON.stringify([plan.types, plan.where]);

export const overlapping = (): Error => fail('bad-request', { reason: 'Two entries of the transaction would make what the same criteria find.' });

/** @throws Failure bad-request */
function requireFirst(meaning: string, { creating, updating }: Resolving): void {
  if (creating.has(meaning) || updating.has(meaning)) throw overlapping();
}

/** One identity may stand in one writing entry only, those that criteria find among them (trules). @param entries the two */
const twice = (key: ResourceKey, ...entries: readonly number[]): Failure =>
  fail('bad-request', { reason: `Two entries of the transaction are about ${keyText(key)}.` }, { expression: entries.map((index) => `Bundle.entry[${index}]`) });

/** Whether criteria find what stays. @throws Failure bad-request where all that they find is deleted by another entry */
function requireKept(entry: EntryFacts, type: string, found: boolean, { ids: [id] }: CriteriaGuard, { gone }: Resolving): void {
  if (!found && id !== undefined) throw twice({ type, id }, gone.get(type)?.get(id) as number, entry.index);
}

async function creation(entry: EntryFacts, type: string, { context, ids }: Resolving): Promise<Step & { readonly kind: 'create' }> {
  const revival = await revivalOf(context, entry.resource?.claims ?? []);
  return { kind: 'create', entry, key: { type, id: revival?.id ?? ids[entry.index] as string }, ...(revival ? { revival } : {}) };
}

async function resolveCreate(entry: EntryFacts, type: string, resolving: Resolving): Promise<Step> {
  const { context, guards, gone, creating } = resolving;
  if (entry.ifNoneExist === undefined) return creation(entry, type, resolving);
  const { found: [found], guard } = await matchToMake(context, type, entry.ifNoneExist, gone);
  const { where } = guard.plan.plan;
  requireKept(entry, type, found !== undefined, guard, resolving);
  guards.push(guard);
  if (found) return { kind: 'found', entry, key: { type, id: found.id }, found, where };
  const meaning = meaningOf(guard);
  const twin = creating.get(meaning);
  if (twin) return { kind: 'twin', entry, key: twin.key, of: twin.index };
  requireFirst(meaning, resolving);
  const made = await creation(entry, type, resolving);
  creating.set(meaning, { index: entry.index, key: made.key });
  return { ...made, where };
}

async function resolveUpdate(entry: EntryFacts, type: string, query: string, resolving: Resolving): Promise<Step> {
  const { context, ids, guards, gone, updating } = resolving;
  const { id, claims = [] } = entry.resource ?? {};
  if (id !== undefined) requireUsableId(id);
  const { key, guard, found, revival } = await updateTarget(context, type, query, { ...(id === undefined ? {} : { id }), claims }, ids[entry.index] as string, gone);
  requireKept(entry, type, found, guard, resolving);
  guards.push(guard);
  const step: Step = { kind: 'update', entry, key, found, where: guard.plan.plan.where, ...(revival ? { revival } : {}) };
  if (found) return step;
  const meaning = meaningOf(guard);
  requireFirst(meaning, resolving);
  updating.add(meaning);
  return step;
}

async function resolvePatch(entry: EntryFacts, type: string, criteria: string, resolving: Resolving): Promise<Step> {
  const { found: [match], guard } = await matchToChange(resolving.context, type, criteria, resolving.gone);
  requireKept(entry, type, match !== undefined, guard, resolving);
  if (!match) throw fail('no-match', { type });
  resolving.guards.push(guard);
  return { kind: 'patch', entry, key: { type, id: match.id }, where: guard.plan.plan.where };
}

async function resolveDelete(entry: EntryFacts, { path: [type = '', id = ''], criteria }: EntryTarget, { context, guards }: Resolving): Promise<Step> {
  if (criteria === undefined) return { kind: 'delete', entry, keys: [{ type, id }] };
  const { found, guard } = await deleteTargets(context, type, criteria);
  guards.push(guard);
  return { kind: 'delete', entry, keys: found.map((one) => ({ type, id: one.id })) };
}

async function resolveEntry(entry: EntryFacts, target: EntryTarget, resolving: Resolving): Promise<Step> {
  const { kind, path: [type = '', id = ''], criteria } = target;
  if (kind === 'other') return { kind, entry, target };
  requireWriter(resolving.context.grant, type);
  if (kind === 'delete') return resolveDelete(entry, target, resolving);
  if (kind === 'create') return resolveCreate(entry, type, resolving);
  if (kind === 'update') {
    if (criteria !== undefined) return resolveUpdate(entry, type, criteria, resolving);
    requireUsableId(id);
    return { kind, entry, key: { type, id }, found: true };
  }
  return criteria === undefined ? { kind, entry, key: { type, id } } : resolvePatch(entry, type, criteria, resolving);
}

/** The resources that a step writes or deletes. */
function keysOf(step: Step): readonly ResourceKey[] {
  if (step.kind === 'delete') return step.keys;
  return step.kind === 'update' || step.kind === 'patch' || step.kind === 'create' ? [step.key] : [];
}

/** Each identity stands in one writing entry, and what a condition found in none. @throws Failure bad-request, naming both entries */
function requireOnce(steps: readonly Step[]): void {
  const writers = new Map<string, number>();
  for (const step of steps) {
    for (const key of keysOf(step)) {
      const before = writers.get(keyText(key));
      if (before !== undefined) throw twice(key, before, step.entry.index);
      writers.set(keyText(key), step.entry.index);
    }
  }
  for (const step of steps) {
    if (step.kind !== 'found') continue;
    const writer = writers.get(keyText(step.key));
    if (writer !== undefined) throw twice(step.key, step.entry.index, writer);
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

/** @throws Failure invalid */
function requireKnownUrn(text: string, targets: ReadonlyMap<string, string>): void {
  if (parseReference(text)?.form !== 'urn' || targets.has(withoutFragment(text)) || targets.has(entryMeant(text))) return;
  throw fail('invalid', { reason: 'A reference names an entry by a URN that no entry of the Bundle bears.' });
}

/**
 * @param ids what each entry's resource is called when it is created; the same on every attempt
 * @throws Failure naming the entry: forbidden, bad-id, multiple-matches, bad-request, invalid
 */
export async function resolve(context: WriteContext, entries: readonly EntryFacts[], ids: readonly string[]): Promise<Resolved> {
  const pace = createPace();
  const resolving: Resolving = { context, ids, guards: [], gone: new Map(), creating: new Map(), updating: new Set() };
  const steps: Step[] = [];
  const settle = async (entry: EntryFacts): Promise<Step> => {
    const step = await named(entry.index, () => resolveEntry(entry, entry.target as EntryTarget, resolving));
    steps[entry.index] = step;
    await pace();
    return step;
  };
  for (const entry of entries) {
    if (entry.target?.kind !== 'delete') continue;
    for (const { type, id } of keysOf(await settle(entry))) resolving.gone.set(type, (resolving.gone.get(type) ?? new Map<string, number>()).set(id, entry.index));
  }
  for (const entry of entries) if (entry.target?.kind !== 'delete') await settle(entry);
  requireOnce(steps);
  const targets = fullUrlTargets(steps, context.services.baseUrls);
  for (const { index, placeholders } of entries) {
    for (const text of placeholders) await named(index, async () => requireKnownUrn(text, targets));
    await pace();
  }
  return { steps, targets, guards: resolving.guards, gone: resolving.gone };
}

export const newIds = (count: number): string[] => Array.from({ length: count }, newId);
