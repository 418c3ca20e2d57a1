/** batch: each entry on its own, as if it had been sent alone: https://hl7.org/fhir/R4/http.html#brules */
import { toFailure, type Failure } from '../../fhir/failure.js';
import { preferOf } from '../answers.js';
import type { Exchange } from '../exchange.js';
import { unpackFailure } from '../lane-wire.js';
import { inOrder } from '../pace.js';
import type { Services } from '../services.js';
import type { WriteContext } from '../write/context.js';
import { create } from '../write/create.js';
import { remove, removeWhere } from '../write/delete.js';
import { factsLookup } from '../write/facts-lookup.js';
import { patchResource, patchWhere } from '../write/patch.js';
import type { Preconditions } from '../write/preconditions.js';
import { update, updateWhere } from '../write/update.js';
import { requireWriter } from '../write/writers.js';
import { AnswerRoom } from './answer-room.js';
import type { EntryFacts } from './bundle-task.js';
import type { EntryKind } from './entry-request.js';
import { onlyAsks, serve } from './inner-exchange.js';
import { failureInEntry } from './naming.js';
import type { OpenBundle } from './open-bundle.js';
import { deletedEntry, failedEntry, servedEntry, writtenEntry, type EntryAnswer, type EntryWish } from './response.js';

/** Entries under way at a time: the store groups what is committed together. */
const width = 8;

export const preconditionsOfEntry = ({ ifMatch, ifNoneMatch }: EntryFacts): Preconditions =>
  ({ ...(ifMatch === undefined ? {} : { match: ifMatch }), ...(ifNoneMatch === undefined ? {} : { noneMatch: ifNoneMatch }) });

/** Resources come back only when they are asked for outright: a Bundle of thousands would come back whole. */
export function wishOf(exchange: Exchange): EntryWish {
  const prefer = preferOf(exchange);
  return prefer.said ? prefer.return : 'minimal';
}

/** The order of processing, which is that of a transaction: https://hl7.org/fhir/R4/http.html#brules */
const phases: Readonly<Record<EntryKind, number>> = { delete: 0, create: 1, update: 2, patch: 2, other: 1 };
const phaseOf = ({ target }: EntryFacts): number => (target ? onlyAsks(target) ? 3 : phases[target.kind] : 0);

export async function batch(exchange: Exchange, services: Services, bundle: OpenBundle): Promise<readonly EntryAnswer[]> {
  const { grant } = exchange;
  const context: WriteContext = { services, grant, lookup: factsLookup(services, grant) };
  const wish = wishOf(exchange);
  const room = new AnswerRoom(services.limits.body);

  async function perform(entry: EntryFacts): Promise<EntryAnswer> {
    const { target, index, failure } = entry;
    if (target && target.kind !== 'other') requireWriter(grant, target.path[0] ?? '');
    if (failure) throw unpackFailure(failure);
    if (!target) throw new TypeError('An entry without failure has a target');
    const [type = '', id = ''] = target.path;
    const { criteria } = target;
    const preconditions = preconditionsOfEntry(entry);
    const key = { type, id };
    switch (target.kind) {
      case 'create':
        return writtenEntry(await create(context, bundle.draft(entry), type, entry.ifNoneExist), index, services.baseUrl, wish);
      case 'update':
        return writtenEntry(await (criteria === undefined ? update(context, bundle.draft(entry), key, preconditions) : updateWhere(context, bundle.draft(entry), type, criteria, preconditions)), index, services.baseUrl, wish);
      case 'patch':
        return writtenEntry(await (criteria === undefined ? patchResource(context, bundle.patch(entry), key, preconditions) : patchWhere(context, bundle.patch(entry), type, criteria, preconditions)), index, services.baseUrl, wish);
      case 'delete':
        return deletedEntry(await (criteria === undefined ? remove(context, key, preconditions) : removeWhere(context, type, criteria, preconditions)), wish);
      case 'other':
        return servedEntry(await room.answer(async () => serve(entry, target, exchange, services, await bundle.text(entry))), services.baseUrl);
    }
  }

  async function answer(entry: EntryFacts): Promise<EntryAnswer> {
    try {
      return await perform(entry);
    } catch (error) {
      return failedEntry(failureInEntry(failureOf(error, exchange, services), entry.index));
    }
  }

  const answers: EntryAnswer[] = [];
  for (const phase of [0, 1, 2, 3]) {
    const now = bundle.entries.filter((entry) => phaseOf(entry) === phase);
    const given = await inOrder(now, width, answer);
    now.forEach(({ index }, position) => { answers[index] = given[position] as EntryAnswer; });
  }
  return answers;
}

/** What is not a Failure is a fault of ours: the entry says so, the log says what, and the other entries go on. */
export function failureOf(thrown: unknown, { request }: Exchange, { report }: Services): Failure {
  const failure = toFailure(thrown, request);
  if (failure.failure === 'internal') report?.(request, thrown);
  return failure;
}
