/** Answers of queries that are written by hand: a Bundle put together from texts, as the server does. */
import type { QuestionName } from './questions.js';

/** A resource as it is served. */
export interface Told {
  readonly type: string;
  readonly id: string;
  readonly text: string;
}

const entryOf = (base: string, { type, id, text }: Told, mode: 'match' | 'include'): string => `{"fullUrl":"${base}/${type}/${id}","resource":${text},"search":{"mode":"${mode}"}}`;

/** @param base of the addresses @param total left out where it was not counted to its end */
export function bundleOf(base: string, matches: readonly Told[], along: readonly Told[], total: number | undefined): string {
  const entries = [...matches.map((one) => entryOf(base, one, 'match')), ...along.map((one) => entryOf(base, one, 'include'))];
  return `{"resourceType":"Bundle","type":"searchset",${total === undefined ? '' : `"total":${total},`}"entry":[${entries.join(',')}]}`;
}

/** One that asks a store by hand. */
export interface ByHand {
  /** @returns a Bundle */
  ask(question: QuestionName, patient: string): Promise<string>;
}
