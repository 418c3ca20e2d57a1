/** A WriteSet on its way to the writer, and its outcome. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Committed, CommitOutcome, Conflict, WriteSet } from '../port.js';
import { servedText } from '../body/text.js';
import { buffersOf, wireGuards, wirePart, type WireConflict } from './wire.js';
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
    const last = wirePart(at === 0 ? set.writes : set.writes.slice(at), staged, nextContent);
    const outcome = await this.writer.request('commit', { parts: [last], guards: wireGuards(set.guards) }, buffersOf(last), number);
    if ('conflict' in outcome) return { kind: 'conflict', conflict: conflictOf(set, outcome.conflict) };
    return { kind: 'committed', versions: committed(set, outcome.versions) };
  }
}

function conflictOf({ guards }: WriteSet, conflict: WireConflict): Conflict {
  if (conflict.kind !== 'guard') return conflict;
  const guard = guards[conflict.guard];
  if (guard === undefined) throw new RangeError('The writer named a guard that the set does not have');
  return { kind: 'guard', guard };
}

/** @param numbers version, lastUpdated, labels of each put and delete */
function committed({ writes }: WriteSet, numbers: readonly number[]): Committed[] {
  let at = 0;
  return writes.filter((write) => write.kind !== 'access').map((write): Committed => {
    const [version = 0, lastUpdated = 0, labels = 0] = numbers.slice(at, at + 3);
    at += 3;
    const text = write.kind === 'put' ? servedText(write.body.before, write.body.after, version, lastUpdated, labels) : '';
    return { type: write.type, id: write.id, version, lastUpdated, text };
  });
}
