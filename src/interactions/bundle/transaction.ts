/**
 * transaction: all of it in one atomic step, or none of it: https://hl7.org/fhir/R4/http.html#trules
 * Deletions come first, then creations, then updates; what only asks is answered from the state after.
 */
import { fail, Failure } from '../../fhir/failure.js';
import type { Exchange } from '../exchange.js';
import { unpackFailure } from '../lane-wire.js';
import { createPace, inOrder } from '../pace.js';
import type { Services } from '../services.js';
import { commitFresh, settled, type Attempt } from '../write/commit.js';
import type { WriteContext } from '../write/context.js';
import { factsLookup } from '../write/facts-lookup.js';
import { noted, provenanceIn } from '../write/provenance.js';
import { inTurn, keyOfId, keysOfCriteria, keysOfResource, type Touched } from '../write/turns.js';
import { requireWriter } from '../write/writers.js';
import { AnswerRoom } from './answer-room.js';
import { failureOf, wishOf } from './batch.js';
import type { EntryFacts } from './bundle-task.js';
import { onlyAsks, requireRoute, serve } from './inner-exchange.js';
import { failureInEntry, named } from './naming.js';
import type { OpenBundle } from './open-bundle.js';
import { outcomeOf, type Done } from './outcomes.js';
import { blameIn, plan, writeSetOf } from './plan.js';
import { keyText, newIds, resolve, type Step } from './resolve.js';
import { deletedEntry, failedEntry, servedEntry, writtenEntry, type EntryAnswer } from './response.js';

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
    return servedEntry(await room.answer(() => serve(entry, entry.target as NonNullable<EntryFacts['target']>, exchange, services)), services.baseUrl);
  } catch (error) {
    return failedEntry(failureInEntry(failureOf(error, exchange, services), entry.index));
  }
}

/** What others must not touch while the transaction is under way. */
async function touchedBy(entries: readonly EntryFacts[], context: Pick<WriteContext, 'services' | 'grant'>): Promise<Touched> {
  const [alone, beside] = [new Set<string>(), new Set<string>()];
  const pace = createPace();
  for (const { target, index, ifNoneExist, resource } of entries) {
    if (!target || target.kind === 'other') continue;
    const { path: [type = '', id], kind } = target;
    const criteria = target.criteria ?? (kind === 'create' ? ifNoneExist : undefined);
    if (criteria !== undefined) for (const key of await named(index, () => keysOfCriteria(context, type, criteria))) alone.add(key);
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
  const touched = await touchedBy(bundle.entries, { services, grant });
  // Between the steps that look at all entries at once, others have their turn.
  const pace = createPace();

  const done = await inTurn(services, touched, () => commitFresh(services, grant, async (): Promise<Attempt<Done>> => {
    const context: WriteContext = { services, grant, lookup: factsLookup(services, grant), ...(provenance ? { provenance } : {}) };
    const resolved = await resolve(context, bundle.entries, ids);
    const { steps } = resolved;
    await pace();
    const planned = await plan(context, bundle, resolved);
    await pace();
    const set = writeSetOf(planned);
    if (set.writes.length === 0) return settled({ steps, planned, versions: new Map() });
    const { maxCommitWrites } = services.store.capabilities;
    if (set.writes.length > maxCommitWrites) throw fail('too-many-entries', { limit: maxCommitWrites, setting: 'writes of one step' });
    const ended = [...planned.deletes.values()].flat().map((one) => one.ended);
    return {
      kind: 'write', set: await noted(planned.context, set, ended, resolved.targets), blame: blameIn(planned),
      written: (versions) => ({ steps, planned, versions: new Map(versions.map((version) => [keyText(version), version])) }),
    };
  }, exchange.signal));

  await pace();
  const wish = wishOf(exchange);
  const room = new AnswerRoom(services.limits.body);
  return inOrder(bundle.entries, 1, async (entry, position) => {
    const outcome = outcomeOf(done.steps[position] as Step, done);
    if (!outcome) return answered(entry, room, exchange, services);
    return 'written' in outcome ? writtenEntry(outcome.written, entry.index, services.baseUrl, wish) : deletedEntry(outcome.deleted, wish);
  });
}
