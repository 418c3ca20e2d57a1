/** Requests of a campaign: what was answered, or that nobody knows. */
import type { Outcome } from './record.js';

export interface Answer {
  readonly outcome: Outcome;
  readonly status: number;
  readonly start: number;
  readonly end: number;
  /** The version in the ETag. */
  readonly version?: number;
  readonly location?: string;
  readonly body: unknown;
}
export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the FHIR base. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
/** Where to ask: one of several servers, and by which token. */
export interface Door {
  readonly base: string;
  readonly token: string;
}

/** Longest time that an answer is waited for, ms. */
const patience = 20_000;

/** A connection that was refused carried nothing; any other failure may have come after the commit. */
function outcomeOf(thrown: unknown): Outcome {
  const cause = (thrown as { cause?: { code?: unknown } }).cause;
  return cause?.code === 'ECONNREFUSED' ? 'refused' : 'unknown';
}

const versionOf = (etag: string | null): number | undefined => {
  const match = /^W\/"(\d+)"$/.exec(etag ?? '');
  return match ? Number(match[1]) : undefined;
};

const parsed = (text: string): unknown => (text.startsWith('{') ? JSON.parse(text) as unknown : undefined);

export async function ask({ base, token }: Door, { method, path, headers = {}, body }: Request): Promise<Answer> {
  const start = performance.now();
  try {
    const response = await fetch(`${base}/${path}`, {
      method, signal: AbortSignal.timeout(patience), ...(body === undefined ? {} : { body }),
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json', ...headers },
    });
    const text = await response.text();
    const end = performance.now();
    const version = versionOf(response.headers.get('etag'));
    const location = response.headers.get('location');
    const outcome = response.status >= 500 ? 'unknown' : response.ok ? 'done' : 'refused';
    return { outcome, status: response.status, start, end, body: parsed(text), ...(version === undefined ? {} : { version }), ...(location === null ? {} : { location }) };
  } catch (thrown) {
    // Refused, reset, cut off, too late: the answer did not come.
    return { outcome: outcomeOf(thrown), status: 0, start, end: performance.now(), body: undefined };
  }
}
