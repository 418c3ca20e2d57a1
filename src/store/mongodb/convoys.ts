/**
 * Small steps that wait together share one transaction: its operations and its commit cost little more than those of one.
 * Each keeps its own outcome: whatever stands in the way of one of them (a conflict, another process, a fault) ends the
 * transaction before anything is there. Who met a conflict is then taken by itself, and the others once more together; after
 * anything else each goes by itself. They touch nothing in common, for their turns
 * (see turns.ts) would have kept them apart.
 */
import type { Committed, Conflict, Guard } from '../port.js';
import { claimId } from './claims.js';
import { UnknownOutcome } from './faults.js';
import { Gathering } from './gathering.js';
import { StepConflict } from './step/conflict.js';
import { isAccess, isPut, type Prepared } from './step/prepared.js';
import { keyText } from './versions.js';

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
/** How often those are tried together who are left when one stood in their way. */
const mostTries = 3;
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

/** Whether a conflict is about this one. */
function isAbout(conflict: Conflict, { guards, prepared }: Member): boolean {
  switch (conflict.kind) {
    case 'record-closed':
      return guards.some((guard) => guard.kind === 'record-open' && guard.patient === conflict.patient);
    case 'guard':
      return guards.includes(conflict.guard);
    case 'version':
      return prepared.some(({ key }) => key === keyText(conflict.key));
    case 'index':
      return prepared.some(isPut);
    case 'claim':
      return prepared.some(({ write }) => write.kind !== 'access' && write.claims.some((claim) => claimId(claim) === claimId(conflict.claim)));
  }
}

/** What each wrote, in the order of the members. */
function dealt(members: readonly Member[], versions: Versions): Map<Member, Versions> {
  let from = 0;
  return new Map(members.map((member) => {
    const until = from + member.prepared.filter((one) => !isAccess(one)).length;
    const own = versions.slice(from, until);
    from = until;
    return [member, own];
  }));
}

/** @returns what those wrote that were taken together: whoever stood in the way of the others goes by itself */
async function attempts(members: readonly Member[], attempt: (together: Together) => Promise<Versions | undefined>): Promise<ReadonlyMap<Member, Versions>> {
  let joined = members;
  for (let tries = 0; tries < mostTries && joined.length > 0; tries++) {
    try {
      const versions = await attempt({
        guards: joined.flatMap(({ guards }) => guards), prepared: joined.flatMap(({ prepared }) => prepared), deadline: Math.min(...joined.map(({ deadline }) => deadline)),
      });
      return versions === undefined ? new Map() : dealt(joined, versions);
    } catch (thrown) {
      if (thrown instanceof UnknownOutcome) throw thrown;
      if (!(thrown instanceof StepConflict) && members.length === 1) throw thrown;
      if (!(thrown instanceof StepConflict)) return new Map();
      const { conflict } = thrown;
      joined = joined.filter((member) => !isAbout(conflict, member));
    }
  }
  return new Map();
}

async function takeTogether(members: readonly Member[], attempt: (together: Together) => Promise<Versions | undefined>): Promise<(Versions | undefined)[]> {
  const alone = apart(members);
  const taken = await attempts(members.filter((_, at) => alone[at] !== true), attempt);
  return members.map((member) => taken.get(member));
}
