/**
 * Small steps that wait together share one transaction: its operations and its commit cost little more than those of one.
 * Each keeps its own outcome: whatever stands in the way of one of them (a conflict, another process, a fault) ends the
 * transaction before anything is there, and each is then taken by itself. They touch nothing in common, for their turns
 * (see turns.ts) would have kept them apart.
 */
import type { Committed, Guard } from '../port.js';
import { UnknownOutcome } from './faults.js';
import { Gathering } from './gathering.js';
import { StepConflict } from './step/conflict.js';
import { isAccess, type Prepared } from './step/prepared.js';

/** A step that has its turn and was admitted. */
export interface Member {
  readonly guards: readonly Guard[];
  readonly prepared: readonly Prepared[];
  /** ms UTC */
  readonly deadline: number;
  /** Its client hung up. */
  readonly signal?: AbortSignal | undefined;
}
export type Versions = readonly Committed[];
type Together = Pick<Member, 'guards' | 'prepared' | 'deadline'>;

/** Steps of one transaction. */
const most = 24;
/** Transactions on their way at once. */
const atOnce = 4;

/** Who writes what another of them writes too goes by itself; whose client hung up is dropped there. */
function apart(members: readonly Member[]): readonly boolean[] {
  const written = new Set<string>();
  return members.map(({ prepared, signal }) => {
    if (signal?.aborted === true) return true;
    const meets = prepared.some(({ key }) => written.has(key));
    for (const { key } of prepared) written.add(key);
    return meets;
  });
}

export class Convoys {
  private readonly gathering: Gathering<Member, Versions | undefined>;

  /** @param attempt tries once; undefined, or thrown: nothing of it is there, but for UnknownOutcome */
  constructor(attempt: (together: Together) => Promise<Versions | undefined>) {
    this.gathering = new Gathering({ most, atOnce, ask: (members) => takeTogether(members, attempt) });
  }

  /**
   * @returns undefined when the step has to be taken by itself
   * @throws UnknownOutcome
   */
  take(member: Member): Promise<Versions | undefined> {
    return this.gathering.ask(member);
  }
}

async function takeTogether(members: readonly Member[], attempt: (together: Together) => Promise<Versions | undefined>): Promise<(Versions | undefined)[]> {
  const alone = apart(members);
  const joined = members.filter((_, at) => alone[at] !== true);
  if (joined.length === 0) return members.map(() => undefined);
  const together = {
    guards: joined.flatMap(({ guards }) => guards), prepared: joined.flatMap(({ prepared }) => prepared), deadline: Math.min(...joined.map(({ deadline }) => deadline)),
  };
  const versions = await attempt(together).catch((thrown: unknown) => {
    if (thrown instanceof UnknownOutcome || (members.length === 1 && !(thrown instanceof StepConflict))) throw thrown;
    return undefined;
  });
  let from = 0;
  return members.map(({ prepared }, at) => {
    if (versions === undefined || alone[at] === true) return undefined;
    const until = from + prepared.filter((one) => !isAccess(one)).length;
    const own = versions.slice(from, until);
    from = until;
    return own;
  });
}
