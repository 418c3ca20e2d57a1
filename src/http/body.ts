/** The body of a request: bytes are counted while they are read, whatever Content-Length says. */
import type { IncomingMessage } from 'node:http';
import { fail } from '../fhir/failure.js';
import type { RequestBody } from '../interactions/exchange.js';

type Limit = Parameters<RequestBody['stream']>[0];

const units = [[1024 ** 3, 'GB'], [1024 ** 2, 'MB'], [1024, 'KB']] as const;
function sizeText(bytes: number): string {
  const unit = units.find(([size]) => bytes >= size && bytes % size === 0);
  return unit ? `${bytes / unit[0]} ${unit[1]}` : `${bytes} bytes`;
}
const tooLarge = ({ bytes, setting }: Limit) => fail('too-large', { limit: sizeText(bytes), setting }, { headers: { Connection: 'close' } });

/** Bytes that are put together at once, when the last has come. */
const gatheredUpTo = 1024 * 1024;

async function gather(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks.length === 1 && Buffer.isBuffer(chunks[0]) ? chunks[0] : Buffer.concat(chunks);
}

/** Longer ones are put in their place as they come: to copy them all at the end would hold the event loop. */
async function fill(stream: AsyncIterable<Uint8Array>, size: number): Promise<Buffer> {
  let whole: Buffer | undefined;
  let at = 0;
  for await (const chunk of stream) {
    whole ??= Buffer.allocUnsafeSlow(size);
    whole.set(chunk, at);
    at += chunk.length;
  }
  return (whole ?? Buffer.alloc(0)).subarray(0, at);
}

/** @throws Failure `too-large`, `unsupported-type` for a Content-Encoding, `bad-request` when the client hangs up */
export function requestBody(request: IncomingMessage): RequestBody {
  async function* stream(limit: Limit): AsyncGenerator<Uint8Array> {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      throw fail('unsupported-type', { type: `Content-Encoding: ${encoding.slice(0, 40)}`, accepted: 'bodies without Content-Encoding' });
    }
    if (Number(request.headers['content-length'] ?? 0) > limit.bytes) throw tooLarge(limit);
    let seen = 0;
    try {
      for await (const chunk of request as AsyncIterable<Uint8Array>) {
        seen += chunk.length;
        if (seen > limit.bytes) throw tooLarge(limit);
        yield chunk;
      }
    } catch (error) {
      if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ECONNRESET') {
        throw fail('bad-request', { reason: 'The connection ended before the body did.' });
      }
      throw error;
    }
  }
  return {
    contentType: request.headers['content-type'] ?? '',
    stream,
    async bytes(limit) {
      const announced = Number(request.headers['content-length'] ?? 0);
      return announced > gatheredUpTo ? fill(stream(limit), announced) : gather(stream(limit));
    },
  };
}
