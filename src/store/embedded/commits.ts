/** A WriteSet on its way to the writer, and its outcome. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Committed, CommitOutcome, Conflict, Guard, PutWrite, ResourceKey, Write, WriteSet } from '../port.js';
import { servedText } from '../body/text.js';
import { buffersOf, wireGuards, wirePart, type WireConflict, type WireOutcome, type WirePart } from './wire.js';
import type { Staging } from './staging.js';
import type { WriterClient } from './writer-client.js';

/** Writes of one message: more would hold the event loop while they are cloned. */
const partSize = 128;

export class Commits {
  constructor(private readonly writer: WriterClient, private readonly staging: Staging) {}

  async commit(set: WriteSet): Promise<CommitOutcome> {
    const staged = await this.staging.stageBodies(set.writes);
    const number = this.writer.next();
    const nextContent = () => this.staging.next();
    let at = 0;
    for (; set.writes.length - at > partSize; at += partSize) {
      this.writer.part(number, wirePart(set.writes.slice(at, at + partSize), staged, nextContent));
      await breathe();
    }
    const told = set.taken === undefined ? set.writes : set.writes.map(withoutBody);
    const outcome = this.send(number, wirePart(at === 0 ? set.writes : set.writes.slice(at), staged, nextContent), set.guards);
    set.taken?.();
    return outcomeOf(set.guards, told, await outcome);
  }

  /** Nothing of the part is held on to while the writer is at work. */
  private send(number: number, last: WirePart, guards: readonly Guard[]): Promise<WireOutcome> {
    return this.writer.request('commit', { parts: [last], guards: wireGuards(guards) }, buffersOf(last), number);
  }
}

/** What is told of a write. */
type Told = { readonly kind: Write['kind']; readonly body?: PutWrite['body'] } & ResourceKey;
const withoutBody = ({ kind, type, id }: Write): Told => ({ kind, type, id });

function outcomeOf(guards: readonly Guard[], writes: readonly Told[], outcome: WireOutcome): CommitOutcome {
  if ('conflict' in outcome) return { kind: 'conflict', conflict: conflictOf(guards, outcome.conflict) };
  return { kind: 'committed', versions: committed(writes, outcome.versions) };
}

function conflictOf(guards: readonly Guard[], conflict: WireConflict): Conflict {
  if (conflict.kind !== 'guard') return conflict;
  const guard = guards[conflict.guard];
  if (guard === undefined) throw new RangeError('The writer named a guard that the set does not have');
  return { kind: 'guard', guard };
}

/** @param numbers version, lastUpdated, labels of each put and delete */
function committed(writes: readonly Told[], numbers: readonly number[]): Committed[] {
  let at = 0;
  return writes.filter((write) => write.kind !== 'access').map((write): Committed => {
    const [version = 0, lastUpdated = 0, labels = 0] = numbers.slice(at, at + 3);
    at += 3;
    const { type, id, body } = write;
    return { type, id, version, lastUpdated, text: body === undefined ? '' : servedText(body.before, body.after, version, lastUpdated, labels) };
  });
}
