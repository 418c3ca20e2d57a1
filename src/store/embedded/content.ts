/** Content read back, chunk by chunk. */
import { fail } from '../../fhir/failure.js';
import type { StoredVersion } from '../port.js';
import { chunkSize } from '../body/chunks.js';
import { decodeChunkLater } from '../body/codec.js';
import type { Connection } from './connection.js';
import { chunksPerContent } from './schema.js';

/**
 * @param range bytes, `hi` exclusive
 * @throws Failure `not-found` when the bytes were erased meanwhile
 */
export async function* readContent(connection: Connection, found: StoredVersion, range?: { readonly lo: number; readonly hi: number }): AsyncIterable<Uint8Array> {
  const { type, id, content } = found;
  if (content === undefined) throw new TypeError(`${type} has no bytes beside its text`);
  const lo = Math.max(range?.lo ?? 0, 0);
  const hi = Math.min(range?.hi ?? content.size, content.size);
  for (let position = Math.floor(lo / chunkSize); position * chunkSize < hi; position++) {
    const stored = connection.prepare('SELECT b FROM chunk WHERE k = ?').get(Number(content.content) * chunksPerContent + position)?.[0];
    if (!(stored instanceof Uint8Array)) throw fail('not-found', { type, id });
    const bytes = await decodeChunkLater(stored);
    const start = position * chunkSize;
    yield bytes.subarray(Math.max(lo - start, 0), Math.min(hi - start, bytes.length));
  }
}
