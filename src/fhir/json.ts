/**
 * JSON as FHIR needs it: every number keeps the digits it was written with, and a text is parsed once.
 *
 * A number whose JavaScript form prints back to the very same literal is a plain `number`; any other (`1.00`, `1e2`,
 * twenty digits) is a {@link Decimal} that carries the literal.
 */
import { randomBytes } from 'node:crypto';
import { JsonParser } from './json-parser.js';
import { mostRows } from './key-rows.js';

export type Json = null | boolean | number | string | Decimal | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** A number literal that a JavaScript number would not print back to the letter. */
export class Decimal {
  constructor(readonly literal: string) {}
  toString(): string {
    return this.literal;
  }
  valueOf(): number {
    return Number(this.literal);
  }
  /** Keeps a place for the literal, which JSON.stringify would change: see {@link writeJson}. */
  toJSON(): string | number {
    if (literals === undefined) return Number(this.literal);
    literals.push(this.literal);
    return placeholder;
  }
}
/** A text that no resource holds: nobody outside of this process can know it. */
const placeholder = randomBytes(16).toString('hex');
const place = `"${placeholder}"`;
/** Of the text that is being made, in the order of their places. */
let literals: string[] | undefined;

/**
 * The number that a literal stands for, its digits kept.
 *
 * Typed as `number` so that the types of `fhir/r4` can be used: whoever computes with a value read from a resource goes
 * through `Number(value)`, which is right for both forms.
 */
export function decimal(literal: string): number {
  const value = Number(literal);
  return String(value) === literal ? value : (new Decimal(literal) as unknown as number);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Decimal);
}

/** How much one list of the outermost object may hold; it is counted while it is read. */
export interface ListBudget {
  readonly name: string;
  readonly most: number;
  refusal(): Error;
}

export interface JsonBudget {
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
  /** In one object: no type of FHIR has a tenth of the usual budget. */
  readonly maxKeys: number;
  /** Of the whole text, those that hold others among them. */
  readonly maxValues: number;
  /** Different rows of keys that objects begin with, counted once a text is long: see `key-rows.ts`. */
  readonly maxRows: number;
  readonly list?: ListBudget;
}

/** Deeper than any resource is meant to be, and far from the end of the stack; twice as many values as a body of BODY_LIMIT has in practice. */
const usualBudget: JsonBudget = { maxDepth: 100, maxKeys: 1000, maxValues: 4_000_000, maxRows: mostRows };

/**
 * @throws Failure bad-json (with line and column), json-duplicate-key, json-forbidden-key, too-deep, too-many-values
 */
export function parseJson(text: string, budget: JsonBudget = usualBudget): Json {
  return new JsonParser(text, budget, decimal).parse();
}

/** As {@link parseJson}. @throws Failure what `list` refuses with */
export const parseListing = (text: string, list: ListBudget): Json => parseJson(text, { ...usualBudget, list });

/** What was drawn from a document is as deep as its sections are nested, which the XML door bounds. */
const storedBudget: JsonBudget = { maxDepth: 1000, maxKeys: Infinity, maxValues: Infinity, maxRows: Infinity };

/** A text that the store holds: it was judged when it came in, and must be read again whatever its depth. */
export const parseStored = (text: string): Json => parseJson(text, storedBudget);

/**
 * The JSON text, number literals as they were read, keys in their order. V8 writes it, in a tenth of the time that putting it
 * together takes; literals are put in the places that were kept for them.
 */
export function writeJson(value: Json): string {
  const kept: string[] = [];
  literals = kept;
  let text: string;
  try {
    text = JSON.stringify(value);
  } finally {
    literals = undefined;
  }
  if (kept.length === 0) return text;
  const [start = '', ...rest] = text.split(place);
  return start + rest.map((part, index) => `${kept[index]}${part}`).join('');
}

/** The same value: numbers by their literals, keys in any order (rules 6.3). */
export function sameJson(one: Json, other: Json): boolean {
  if (one === other) return true;
  if (one instanceof Decimal) return other instanceof Decimal && one.literal === other.literal;
  if (Array.isArray(one)) {
    return Array.isArray(other) && one.length === other.length && one.every((item, index) => sameJson(item, other[index] as Json));
  }
  if (!isObject(one) || !isObject(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && sameJson(one[key] as Json, other[key] as Json));
}
