/** What crosses between the main thread and a parse thread. */
import { Failure, type FailureCode, type Issue } from '../fhir/failure.js';

export type ToLane =
  | { readonly kind: 'open'; readonly call: number; readonly session: number; readonly task: string; readonly input: unknown }
  | { readonly kind: 'finish'; readonly call: number; readonly session: number; readonly resolution: unknown }
  /** The next slice of a result, or what is left of it. */
  | { readonly kind: 'next'; readonly call: number }
  | { readonly kind: 'close'; readonly session: number };

export type FromLane =
  | { readonly call: number; readonly slice: Slice }
  | { readonly call: number; readonly result: unknown }
  | { readonly call: number; readonly failure: WireFailure };

/** Some items of a list that is a property of the result. */
export interface Slice {
  readonly name: string;
  readonly items: readonly unknown[];
}

export type WireFailure =
  | { readonly kind: 'failure'; readonly failure: FailureCode; readonly status: number; readonly issues: readonly Issue[]; readonly headers: Failure['headers'] }
  | { readonly kind: 'error'; readonly message: string; readonly stack: string };

/** An error loses its class between threads, so it crosses as data. */
export function packFailure(thrown: unknown): WireFailure {
  if (thrown instanceof Failure) {
    const { failure, status, issues, headers } = thrown;
    return { kind: 'failure', failure, status, issues, headers };
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { kind: 'error', message: error.message, stack: error.stack ?? '' };
}

export function unpackFailure(packed: WireFailure): Error {
  if (packed.kind === 'failure') return new Failure(packed.failure, packed.status, packed.issues, packed.headers);
  return Object.assign(new Error(packed.message), { stack: packed.stack });
}

/** A view into a larger buffer (Node's pool) cannot move, so it is cut out first. */
const whole = (bytes: Uint8Array): Uint8Array => (bytes.byteLength === bytes.buffer.byteLength && bytes.byteLength > 0 ? bytes : new Uint8Array(bytes));

/** The buffers among the properties of a value, and in the lists that are its properties, to be moved instead of copied. */
export function movable(value: unknown): { value: unknown; buffers: ArrayBuffer[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { value, buffers: [] };
  const buffers: ArrayBuffer[] = [];
  const move = (bytes: Uint8Array): Uint8Array => {
    const moved = whole(bytes);
    buffers.push(moved.buffer as ArrayBuffer);
    return moved;
  };
  const movesAlone = (member: unknown): member is Uint8Array => member instanceof Uint8Array && member.buffer instanceof ArrayBuffer;
  const copy: Record<string, unknown> = { ...value };
  for (const [name, member] of Object.entries(value)) {
    if (movesAlone(member)) copy[name] = move(member);
    else if (Array.isArray(member) && movesAlone(member[0]) && member.every(movesAlone)) copy[name] = member.map(move);
  }
  return { value: buffers.length === 0 ? value : copy, buffers };
}

/** Items of a list that cross in one message: as many as are copied in a few milliseconds. */
const sliceSize = 256;

/**
 * What crosses ahead of a value, piece by piece: the beginnings of the long lists among its properties. Thousands of writes in
 * one message would hold the event loop for as long as they take to be copied.
 * @returns the slices in order, and the value with what is left of the lists
 */
export function sliced(value: unknown): { readonly slices: readonly Slice[]; readonly rest: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { slices: [], rest: value };
  const slices: Slice[] = [];
  const rest: Record<string, unknown> = { ...value };
  for (const [name, member] of Object.entries(value)) {
    if (!Array.isArray(member) || member.length <= sliceSize || member[0] instanceof Uint8Array) continue;
    const items: readonly unknown[] = member;
    const last = items.length - (items.length % sliceSize || sliceSize);
    for (let at = 0; at < last; at += sliceSize) slices.push({ name, items: items.slice(at, at + sliceSize) });
    rest[name] = items.slice(last);
  }
  return slices.length === 0 ? { slices, rest: value } : { slices, rest };
}

/** The value that was sliced. */
export function joined(slices: readonly Slice[], rest: unknown): unknown {
  if (slices.length === 0) return rest;
  const whole: Record<string, unknown> = { ...(rest as Record<string, unknown>) };
  for (const name of new Set(slices.map((slice) => slice.name))) {
    whole[name] = [...slices.filter((slice) => slice.name === name).map(({ items }) => items), whole[name] as readonly unknown[]].flat(1);
  }
  return whole;
}
