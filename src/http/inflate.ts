/** gzip of requests: undone while it is read, and counted, so that a bomb ends where it becomes one. */
import { createGunzip } from 'node:zlib';
import { pipeline } from 'node:stream';
import { fail } from '../fhir/failure.js';

/** Codings that are taken, as `Accept-Encoding` of a 415 tells them (RFC 9110 15.5.16). */
export const takenCodings = 'gzip';
const names: ReadonlySet<string> = new Set(['gzip', 'x-gzip']);
/** Bytes up to which a body may be as dense as it likes. */
const judgedFrom = 1024 * 1024;
const chunkSize = 64 * 1024;

/**
 * The coding of a body: undefined for none.
 * @throws Failure unsupported-type, for another one or several
 */
export function codingOf(contentEncoding: string | undefined): 'gzip' | undefined {
  const name = contentEncoding?.trim().toLowerCase();
  if (name === undefined || name === '' || name === 'identity') return undefined;
  if (names.has(name)) return 'gzip';
  throw fail('unsupported-type', { type: `Content-Encoding: ${name.slice(0, 40)}`, accepted: `Content-Encoding: ${takenCodings}, or none` }, { headers: { 'Accept-Encoding': takenCodings } });
}

const damaged = (error: unknown): boolean => String((error as NodeJS.ErrnoException | undefined)?.code).startsWith('Z_');

/**
 * @param ratio most bytes for each byte that came
 * @throws Failure too-dense, bad-request for what is no whole gzip; whatever the source throws
 */
export async function* inflated(source: AsyncIterable<Uint8Array>, ratio: number): AsyncGenerator<Uint8Array> {
  let came = 0;
  let made = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      came += chunk.length;
      yield chunk;
    }
  };
  const gunzip = createGunzip({ chunkSize });
  // Its failure ends the stream that is read below, and is told there.
  pipeline(counted(), gunzip, () => undefined);
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      made += chunk.length;
      if (made > judgedFrom && made > came * ratio) throw fail('too-dense', { limit: ratio, setting: 'INFLATE_RATIO' }, { headers: { Connection: 'close' } });
      yield chunk;
    }
  } catch (error) {
    throw damaged(error) ? fail('bad-request', { reason: 'The body is not a whole gzip stream, as Content-Encoding says.' }) : error;
  } finally {
    gunzip.destroy();
  }
}
