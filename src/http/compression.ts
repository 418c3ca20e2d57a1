/**
 * gzip of answers (RFC 9110 8.4.1): texts over a size, when the caller takes it. The work is done by the threads of zlib,
 * never by the event loop. Bytes that are served as they were received (a Binary: ranges, a strong tag, a digest) stay so.
 */
import { createGzip, gzip, type Gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { addVary, type Head } from './head.js';

export interface Compression {
  /**
   * Whether this answer is sent as gzip; the head then says so, and its length is unknown.
   * @param bytes of the body; Infinity for a stream whose length is not known
   */
  chosen(head: Head, bytes: number, acceptEncoding: string | undefined): boolean;
  whole(body: string | Uint8Array): Promise<Buffer>;
  stream(): Gzip;
}

/** Fast: a record leaves as an eighth of its bytes, the best level would spare another tenth for three times the time. */
const options = { level: 4 };
const gzipped = promisify(gzip) as (body: string | Uint8Array, options: object) => Promise<Buffer>;
const text = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b|application\/openmetrics-text)/i;

const weightOf = (parameters: readonly string[]): number => {
  for (const parameter of parameters) {
    const weight = /^\s*q\s*=\s*([\d.]{1,5})\s*$/i.exec(parameter)?.[1];
    if (weight !== undefined) return Number(weight) || 0;
  }
  return 1;
};

/** RFC 9110 12.5.3: gzip has a weight, and identity has no greater one. */
export function prefersGzip(acceptEncoding: string): boolean {
  const weights = new Map<string, number>();
  for (const item of acceptEncoding.split(',')) {
    const [coding = '', ...parameters] = item.split(';');
    weights.set(coding.trim().toLowerCase(), weightOf(parameters));
  }
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0;
  return gzip > 0 && gzip >= (weights.get('identity') ?? 0);
}

/** Callers say the same few things: each is judged once. */
function remembered(judge: (header: string) => boolean, most = 64): (header: string) => boolean {
  const known = new Map<string, boolean>();
  return (header) => {
    const before = known.get(header);
    if (before !== undefined) return before;
    const judged = judge(header);
    if (known.size >= most) known.clear();
    known.set(header, judged);
    return judged;
  };
}

/** @param from bytes of the shortest body that is compressed; Infinity: none is */
export function createCompression(from: number): Compression {
  const prefers = remembered(prefersGzip);
  return {
    chosen(head, bytes, acceptEncoding) {
      if (bytes < from || from === Infinity || head['Accept-Ranges'] !== undefined || !text.test(String(head['Content-Type'] ?? ''))) return false;
      addVary(head, 'Accept-Encoding');
      if (acceptEncoding === undefined || !prefers(acceptEncoding)) return false;
      head['Content-Encoding'] = 'gzip';
      delete head['Content-Length'];
      return true;
    },
    whole: (body) => gzipped(body, options),
    stream: () => createGzip(options),
  };
}
