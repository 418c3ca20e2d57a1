/** A thrown value as the log may hold it: where it was thrown, the code of a failure of ours or of the system (`ENOSPC`); never a value of the caller. */
import { Failure } from './fhir/failure.js';

const systemCode = /^[A-Z][A-Z0-9_]{1,40}$/;

export function loggable(thrown: unknown): { readonly name: string; readonly failure?: string; readonly code?: string; readonly stack?: string } {
  if (!(thrown instanceof Error)) return { name: typeof thrown };
  const stack = thrown.stack?.split('\n').filter((line) => /^\s+at /.test(line)).join('\n');
  const { code } = thrown as NodeJS.ErrnoException;
  const told = typeof code === 'string' && systemCode.test(code) ? { code } : {};
  return { name: thrown.name, ...told, ...(thrown instanceof Failure ? { failure: thrown.failure } : {}), ...(stack ? { stack } : {}) };
}
