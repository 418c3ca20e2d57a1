/** Positions in a history of many resources: newest first, those of one instant by a number that each resource keeps. */
import { fail, type Failure } from '../../fhir/failure.js';

export interface Position {
  /** lastUpdated, ms UTC */
  readonly lu: number;
  /** Number of the resource, as its store gave it. */
  readonly key: number;
}

/** Before everything that was made up to an instant. */
export const atInstant = (lu: number): Position => ({ lu: lu + 1, key: -1 });

/** Below 0 when `one` comes first. */
export const compare = (one: Position, other: Position): number => other.lu - one.lu || other.key - one.key;

/** Where a page starts, and whether page one found the total too dear to tell. */
export interface Start {
  readonly position?: Position;
  readonly uncounted: boolean;
}

export const writeStart = ({ lu, key }: Position, uncounted: boolean): string => `${lu}.${key}${uncounted ? '.u' : ''}`;

export const badStart = (): Failure => fail('bad-cursor', { reason: 'its position is not one of this history' });

/** @throws Failure `bad-cursor` when {@link writeStart} did not write it */
export function readStart(text: string | undefined): Start {
  if (text === undefined) return { uncounted: false };
  const [, lu, key, uncounted] = /^(\d{1,16})\.(\d{1,16})(\.u)?$/.exec(text) ?? [];
  if (lu === undefined || key === undefined) throw badStart();
  return { position: { lu: Number(lu), key: Number(key) }, uncounted: uncounted !== undefined };
}
