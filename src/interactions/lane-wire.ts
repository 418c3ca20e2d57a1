/** What crosses between the main thread and a parse thread. */
import { Failure, type FailureCode, type Issue } from '../fhir/failure.js';

export type ToLane =
  | { readonly kind: 'open'; readonly call: number; readonly session: number; readonly task: string; readonly input: unknown }
  | { readonly kind: 'finish'; readonly call: number; readonly session: number; readonly resolution: unknown }
  | { readonly kind: 'close'; readonly session: number };

export type FromLane =
  | { readonly call: number; readonly result: unknown }
  | { readonly call: number; readonly failure: WireFailure };

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
