/** What clients saw during a campaign, on one clock, milliseconds. */

/**
 * done: acknowledged. refused: certainly not done (a 4xx, or never sent). unknown: the answer never came, or was a 5xx: done once, or
 * not at all.
 */
export type Outcome = 'done' | 'refused' | 'unknown';

interface Span {
  readonly start: number;
  readonly end: number;
}
/** A deletion writes the value ''. Every other value is written by one operation only. */
export interface RegisterWrite extends Span {
  readonly kind: 'write';
  readonly register: string;
  readonly value: string;
  readonly outcome: Outcome;
  /** The version that it became, when done. */
  readonly version?: number;
  /** The version that it was to replace (If-Match). */
  readonly expected?: number;
  /** Writes of one transaction bear the same name. */
  readonly transaction?: string;
}
/** A read that was answered; version 0: there is nothing. */
export interface RegisterRead extends Span {
  readonly kind: 'read';
  readonly register: string;
  readonly version: number;
  readonly value: string;
}
/** A history that was answered. */
export interface HistoryRead extends Span {
  readonly kind: 'history';
  readonly register: string;
  readonly versions: readonly Version[];
}
/** Something that is made once under a name of its own, however often it is asked for. */
export interface Making extends Span {
  readonly kind: 'making';
  readonly name: string;
  readonly outcome: Outcome;
  /** Type/id */
  readonly made?: string;
}
export type Operation = RegisterWrite | RegisterRead | HistoryRead | Making;

export interface Version {
  readonly version: number;
  /** '' for a tombstone */
  readonly value: string;
  /** As text, comparable. */
  readonly lastUpdated: string;
}

/** What is there at the end, when nobody writes any more. */
export interface FinalState {
  /** Oldest first. */
  readonly registers: ReadonlyMap<string, readonly Version[]>;
  /** What is found under each name. */
  readonly made: ReadonlyMap<string, readonly string[]>;
}

/** What the store promises beyond: a stale read of a primary that was deposed is no violation where reads are not strict. */
export interface Promises {
  readonly strictReads: boolean;
  readonly strictHistory: boolean;
}
