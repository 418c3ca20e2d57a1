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
  | { readonly kind: 'failure'; readonly failure: FailureCode; readonly status: number; readonly issues: readonly Issue[]; readonly headers: Readonly<Record<string, string>> }
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

/**
 * The buffers among the properties of a value, to be moved instead of copied. A view into a larger buffer (Node's pool)
 * cannot move, so it is cut out first.
 */
export function movable(value: unknown): { value: unknown; buffers: ArrayBuffer[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { value, buffers: [] };
  const buffers: ArrayBuffer[] = [];
  const copy: Record<string, unknown> = { ...value };
  for (const [name, member] of Object.entries(value)) {
    if (!(member instanceof Uint8Array) || !(member.buffer instanceof ArrayBuffer)) continue;
    const whole = member.byteLength === member.buffer.byteLength && member.byteLength > 0 ? member : new Uint8Array(member);
    copy[name] = whole;
    buffers.push(whole.buffer as ArrayBuffer);
  }
  return { value: buffers.length === 0 ? value : copy, buffers };
}
