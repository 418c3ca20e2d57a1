/**
 * What a question must have looked up before it is a plan: the codes of a value set, what a code subsumes, the members of a
 * hierarchy, the definitions that a chain through a canonical leads to. Reading a question is synchronous: it notes what it
 * does not know yet, and is read again when that was looked up.
 */
import type { Clause, TokenGroup } from '../plan.js';

export type Direction = 'above' | 'below';

interface Asks {
  /** @returns the codes of a value set: a canonical URL with or without `|version`, or `ValueSet/id` */
  readonly valueSet: { readonly ask: { readonly valueSet: string }; readonly answer: readonly TokenGroup[] };
  /** @returns the code itself and those that subsume it, or that it subsumes */
  readonly codes: { readonly ask: { readonly system: string; readonly code: string; readonly direction: Direction }; readonly answer: readonly string[] };
  /** @returns ids of the resource itself and of those above or below it, by the references of `param` */
  readonly members: { readonly ask: { readonly type: string; readonly id: string; readonly param: string; readonly direction: Direction }; readonly answer: readonly string[] };
  /** @returns the canonical URLs of resources that satisfy a clause */
  readonly definitions: { readonly ask: { readonly type: string; readonly where: Clause }; readonly answer: readonly Canonical[] };
  /** @returns the canonical URLs that resources of `type` which satisfy a clause refer to by `param` */
  readonly referredTo: { readonly ask: { readonly type: string; readonly param: string; readonly where: Clause }; readonly answer: readonly Canonical[] };
}
export interface Canonical {
  readonly url: string;
  readonly version?: string;
}
export type Lookup = keyof Asks;
export type AskOf<L extends Lookup> = Asks[L]['ask'];
export type AnswerOf<L extends Lookup> = Asks[L]['answer'];

/** Where things are looked up, as far as the caller may see them. A failure names the parameter that asked. */
export type Library = { readonly [L in Lookup]: (ask: AskOf<L>, parameter: string) => Promise<AnswerOf<L>> };

/** The answers that are known, and the questions that are open. */
export class Known {
  private readonly answers = new Map<string, unknown>();
  private waiting = new Map<string, (library: Library) => Promise<unknown>>();

  /** How many questions are open. */
  get open(): number {
    return this.waiting.size;
  }

  /** @returns undefined, and notes the question, when the answer is not known yet */
  get<L extends Lookup>(lookup: L, ask: AskOf<L>, parameter: string): AnswerOf<L> | undefined {
    const key = JSON.stringify([lookup, ask]);
    if (this.answers.has(key)) return this.answers.get(key) as AnswerOf<L>;
    this.waiting.set(key, (library) => library[lookup](ask, parameter));
    return undefined;
  }

  /** Looks up all that is open. */
  async answer(library: Library): Promise<void> {
    const waiting = this.waiting;
    this.waiting = new Map();
    for (const [key, look] of waiting) this.answers.set(key, await look(library));
  }
}
