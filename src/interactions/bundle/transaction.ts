/**
 * transaction: all of it in one atomic step, or none of it: https://hl7.org/fhir/R4/http.html#trules
 * Deletions come first, then creations, then updates; what only asks is answered from the state after.
 */
import { fail, Failure } from '../../fhir/failure.js';
import type { Committed, Conflict, Expectation, Guard, PutWrite, StoredVersion, Write } from '../../store/port.js';
import type { Exchange } from '../exchange.js';
import { unpackFailure } from '../lane-wire.js';
import { createPace, inOrder } from '../pace.js';
import type { Services } from '../services.js';
import { claimFailure, commitFresh, settled, type Attempt } from '../write/commit.js';
import type { WriteContext } from '../write/context.js';
import { prepareCreate } from '../write/create.js';
import { deletionsOf, planDelete, type Deleted, type PlannedDelete } from '../write/delete.js';
import type { Draft } from '../write/draft.js';
import { factsLookup } from '../write/facts-lookup.js';
import { preparePatch } from '../write/patch.js';
import { place, type Placed } from '../write/place.js';
import { noted, provenanceIn } from '../write/provenance.js';
import { inTurn, keyOfId, keysOfCriteria, keysOfResource, type Touched } from '../write/turns.js';
import { prepareUpdateOf, type PreparedUpdate } from '../write/update.js';
import { requireWriter } from '../write/writers.js';
import { writtenBy, type Written } from '../write/written.js';
import { AnswerRoom } from './answer-room.js';
import { failureOf, preconditionsOfEntry, wishOf } from './batch.js';
import type { EntryFacts } from './bundle-task.js';
import { onlyAsks, requireRoute, serve } from './inner-exchange.js';
import { failureInEntry, named } from './naming.js';
import type { OpenBundle } from './open-bundle.js';
import { lateReferences } from './late-references.js';
import { keyText, newIds, resolve, type Resolved, type Step } from './resolve.js';
import { deletedEntry, failedEntry, servedEntry, writtenEntry, type EntryAnswer } from './response.js';
import { claimText, underWayOf, type Rendering } from './under-way.js';
import { requireApart, WrittenSet } from './written-set.js';

/** Entries that a parse thread is asked for at a time: they come in one message. */
const width = 32;

/** What an entry came to; undefined for what only asks. */
type Outcome = { readonly written: Written } | { readonly deleted: Deleted } | undefined;

/** One prepared entry: rendered, but without its place. */
interface Prepared {
  readonly step: Step;
  readonly draft?: Draft;
  readonly update?: PreparedUpdate;
  readonly rendering?: Rendering;
}

/** Everything that is wrong with the entries, at once. @throws Failure of the first, with the issues of all */
function requireSound(entries: readonly EntryFacts[]): void {
  const failures: Failure[] = [];
  for (const { failure, index } of entries) {
    if (!failure) continue;
    const error = unpackFailure(failure);
    if (!(error instanceof Failure)) throw error;
    failures.push(failureInEntry(error, index));
  }
  const [first] = failures;
  if (first) throw new Failure(first.failure, first.status, failures.flatMap(({ issues }) => issues).slice(0, 100), first.headers);
}

/** Who may not write is told so first; what is no part of a transaction is refused. @throws Failure naming the entry */
async function requireAllowed(entries: readonly EntryFacts[], { grant }: Exchange, services: Services): Promise<void> {
  for (const { target, index } of entries) {
    if (!target) continue;
    await named(index, async () => {
      if (target.kind !== 'other') return requireWriter(grant, target.path[0] ?? '');
      if (!onlyAsks(target)) throw fail('bad-request', { reason: 'A transaction takes create, update, patch and delete, read and search. Send anything else alone or in a batch.' });
      requireRoute(target, services);
    });
  }
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

/** Two entries of one Bundle must not claim one identity. @throws Failure naming the later entry */
function requireOwnClaims(prepared: readonly Prepared[]): Map<string, number> {
  const holders = new Map<string, number>();
  for (const { step, rendering } of prepared) {
    for (const claim of rendering?.rendered.claims ?? []) {
      const text = claimText(claim);
      if (holders.has(text)) throw failureInEntry(claimFailure(claim, { type: rendering?.key.type ?? '', deleted: false }), step.entry.index);
      holders.set(text, step.entry.index);
    }
  }
  return holders;
}

interface Planned {
  /** With the whole of the step in view. */
  readonly context: WriteContext;
  readonly puts: ReadonlyMap<Step, Placed>;
  readonly deletes: ReadonlyMap<Step, readonly PlannedDelete[]>;
  readonly updates: ReadonlyMap<Step, PreparedUpdate>;
  readonly drafts: ReadonlyMap<Step, Draft>;
  readonly claimed: ReadonlyMap<string, number>;
  /** Of criteria. */
  readonly guards: readonly Guard[];
}

const expectationOf = (step: Step, update: PreparedUpdate | undefined): Expectation =>
  (update?.kind === 'changed' ? update.expect : step.kind === 'create' ? step.revival?.expect ?? 'absent' : 'absent');

/** Every entry rendered, its references resolved; those that are known only then are settled in a second turn. */
async function prepareAll(context: WriteContext, bundle: OpenBundle, { steps, targets, gone }: Resolved): Promise<{ prepared: readonly Prepared[]; guards: readonly Guard[] }> {
  await bundle.setTargets(targets);
  const first = await inOrder(steps, width, (step) => named(step.entry.index, () => prepare(context, bundle, step, targets)));
  const written = new WrittenSet(first.flatMap(({ rendering }) => rendering ?? []));
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

/** Places every entry, with the whole of the step in view. */
async function plan(base: WriteContext, bundle: OpenBundle, resolved: Resolved): Promise<Planned> {
  const { steps } = resolved;
  const { prepared, guards } = await prepareAll(base, bundle, resolved);
  const claimed = requireOwnClaims(prepared);
  const pace = createPace();
  const underWay = underWayOf(prepared.flatMap(({ rendering }) => rendering ?? []), steps.flatMap((step) => (step.kind === 'delete' ? step.keys : [])));
  const context: WriteContext = { ...base, underWay, lookup: factsLookup(base.services, base.grant, underWay) };
  const puts = new Map<Step, Placed>();
  const deletes = new Map<Step, readonly PlannedDelete[]>();
  const updates = new Map<Step, PreparedUpdate>();
  const drafts = new Map<Step, Draft>();
  await pace();
  for (const { step, draft, update, rendering } of prepared) {
    await named(step.entry.index, async () => {
      if (update) updates.set(step, update);
      if (draft) drafts.set(step, draft);
      if (draft && rendering) puts.set(step, await place(context, draft, rendering.rendered, { key: rendering.key, expect: expectationOf(step, update) }));
      if (step.kind !== 'delete') return;
      const planned = await inOrder(step.keys, 1, (key) => planDelete(context, key, preconditionsOfEntry(step.entry)));
      deletes.set(step, planned.flatMap((one) => one ?? []));
    });
    await pace();
  }
  return { context, puts, deletes, updates, drafts, claimed, guards: [...resolved.guards, ...guards] };
}

/** In the order of processing. */
function writesOf({ puts, deletes }: Planned): Write[] {
  const of = (kind: Step['kind']): PutWrite[] => [...puts].filter(([step]) => step.kind === kind).map(([, { write }]) => write);
  return [...deletionsOf([...deletes.values()].flat()), ...of('create'), ...of('update'), ...of('patch')];
}

function blameIn({ puts, deletes, claimed }: Planned): (conflict: Conflict, failure: Failure) => Failure {
  const gone = new Set([...deletes.values()].flat().map(({ ended }) => keyText(ended)));
  return (conflict, refusal) => {
    const failure = conflict.kind === 'claim' && conflict.claim.kind === 'patient-ins' && gone.has(keyText(conflict.holder)) ? fail('identity-deleted') : refusal;
    const index = conflict.kind === 'claim' ? claimed.get(claimText(conflict.claim))
      : conflict.kind === 'record-closed' ? [...puts].find(([, { write }]) => write.access.owners.includes(conflict.patient))?.[0].entry.index
        ?? [...deletes].find(([, planned]) => planned.some(({ ended }) => ended.owners.includes(conflict.patient)))?.[0].entry.index
        : undefined;
    return index === undefined ? failure : failureInEntry(failure, index);
  };
}

function deletedBy(planned: readonly PlannedDelete[], versions: ReadonlyMap<string, Committed>): Deleted {
  const ended = planned.map((one) => one.ended);
  const version = ended.length === 1 ? versions.get(keyText(ended[0] as StoredVersion))?.version : undefined;
  return { ended, ...(version === undefined ? {} : { version }) };
}

/** What each entry came to, once the step is done. */
function outcomesOf(steps: readonly Step[], { puts, deletes, updates, drafts }: Planned, versions: ReadonlyMap<string, Committed>): Outcome[] {
  const outcomeOf = (step: Step): Outcome => {
    const { entry } = step;
    const issues = (drafts.get(step)?.facts ?? entry.resource)?.issues ?? [];
    if (step.kind === 'other') return undefined;
    if (step.kind === 'found') return { written: { status: 200, interaction: 'create', version: step.found, issues } };
    if (step.kind === 'delete') return { deleted: deletedBy(deletes.get(step) ?? [], versions) };
    const interaction = step.kind === 'update' || step.kind === 'patch' ? step.kind : 'create';
    const update = updates.get(step);
    if (update?.kind === 'same') return { written: { status: 200, interaction, version: update.current, issues } };
    const made = step.kind === 'twin' ? steps[step.of] as Step : step;
    const placed = puts.get(made) as Placed;
    const status = step.kind === 'twin' ? 200 : update?.status ?? 201;
    return { written: writtenBy({ status, interaction, issues }, placed.write, versions.get(keyText(step.key))) };
  };
  return steps.map(outcomeOf);
}

/**
 * What only asks must succeed too, or nothing is written: it is tried before the step, save where the step itself makes
 * or ends what is asked for.
 */
async function tryQuestions(bundle: OpenBundle, exchange: Exchange, services: Services): Promise<void> {
  const written = new Map(bundle.entries.flatMap(({ target }) => (target && target.kind !== 'other' && target.path.length === 2 ? [[target.path.join('/'), target.kind] as const] : [])));
  const room = new AnswerRoom(services.limits.body);
  for (const entry of bundle.entries) {
    const { target, index } = entry;
    if (target?.kind !== 'other') continue;
    const beside = written.get(target.path.join('/'));
    if (beside === 'update') continue;
    await named(index, async () => {
      if (beside === 'delete') throw fail('bad-request', { reason: 'The transaction deletes what this entry reads.' });
      await room.answer(() => serve(entry, target, exchange, services));
    });
  }
}

/** What only asks, answered after the step: a failure now is the entry's own, for what was written stands. */
async function answered(entry: EntryFacts, room: AnswerRoom, exchange: Exchange, services: Services): Promise<EntryAnswer> {
  try {
    return servedEntry(await room.answer(() => serve(entry, entry.target as NonNullable<EntryFacts['target']>, exchange, services)));
  } catch (error) {
    return failedEntry(failureInEntry(failureOf(error, exchange, services), entry.index));
  }
}

/** What others must not touch while the transaction is under way. */
async function touchedBy(entries: readonly EntryFacts[], services: Services): Promise<Touched> {
  const [alone, beside] = [new Set<string>(), new Set<string>()];
  const pace = createPace();
  for (const { target, index, ifNoneExist, resource } of entries) {
    if (!target || target.kind === 'other') continue;
    const { path: [type = '', id], kind } = target;
    const criteria = target.criteria ?? (kind === 'create' ? ifNoneExist : undefined);
    if (criteria !== undefined) for (const key of await named(index, () => keysOfCriteria(services, type, criteria))) alone.add(key);
    else if (id !== undefined) alone.add(keyOfId(type, id));
    for (const key of keysOfResource(type, resource)) beside.add(key);
    await pace();
  }
  return { alone: [...alone], beside: [...beside] };
}

/** @throws Failure of whatever entry cannot be done, named by it: nothing is written then */
export async function transaction(exchange: Exchange, services: Services, bundle: OpenBundle): Promise<readonly EntryAnswer[]> {
  const { grant } = exchange;
  await requireAllowed(bundle.entries, exchange, services);
  requireSound(bundle.entries);
  const provenance = provenanceIn(exchange, services);
  await tryQuestions(bundle, exchange, services);
  const ids = newIds(bundle.entries.length);
  const touched = await touchedBy(bundle.entries, services);
  // Between the steps that look at all entries at once, others have their turn.
  const pace = createPace();

  const outcomes = await inTurn(services, touched, () => commitFresh(services, grant, async (): Promise<Attempt<Outcome[]>> => {
    const context: WriteContext = { services, grant, lookup: factsLookup(services, grant), ...(provenance ? { provenance } : {}) };
    const resolved = await resolve(context, bundle.entries, ids);
    const { steps } = resolved;
    await pace();
    const planned = await plan(context, bundle, resolved);
    await pace();
    const writes = writesOf(planned);
    if (writes.length === 0) return settled(outcomesOf(steps, planned, new Map()));
    const { maxCommitWrites } = services.store.capabilities;
    if (writes.length > maxCommitWrites) throw fail('too-many-entries', { limit: maxCommitWrites, setting: 'writes of one step' });
    const all: Guard[] = [...planned.guards, ...[...planned.puts.values()].flatMap((placed) => placed.guards), ...[...planned.deletes.values()].flat().flatMap((deleted) => deleted.guards)];
    return {
      kind: 'write', blame: blameIn(planned),
      set: await noted(planned.context, { writes, guards: all }, [...planned.deletes.values()].flat().map(({ ended }) => ended), resolved.targets),
      written: (versions) => outcomesOf(steps, planned, new Map(versions.map((version) => [keyText(version), version]))),
    };
  }));

  await pace();
  const wish = wishOf(exchange);
  const room = new AnswerRoom(services.limits.body);
  return inOrder(bundle.entries, 1, async (entry, position) => {
    const outcome = outcomes[position];
    if (!outcome) return answered(entry, room, exchange, services);
    return 'written' in outcome ? writtenEntry(outcome.written, entry.index, services.baseUrl, wish) : deletedEntry(outcome.deleted, wish);
  });
}
