/** A thrown value as the log may hold it: where it was thrown, and of a failure of ours its code; never a value of the caller. */
import { Failure } from './fhir/failure.js';

export function loggable(thrown: unknown): { readonly name: string; readonly failure?: string; readonly stack?: string } {
  if (!(thrown instanceof Error)) return { name: typeof thrown };
  const stack = thrown.stack?.split('\n').filter((line) => /^\s+at /.test(line)).join('\n');
  return { name: thrown.name, ...(thrown instanceof Failure ? { failure: thrown.failure } : {}), ...(stack ? { stack } : {}) };
}
