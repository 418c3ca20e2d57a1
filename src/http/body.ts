/** The body of a request: bytes are counted while they are read, whatever Content-Length says, and again when a coding is undone. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as breathe } from 'node:timers/promises';
import { fail } from '../fhir/failure.js';
import { sizeText } from '../fhir/size-text.js';
import type { RequestBody } from '../interactions/exchange.js';
import { codingOf, inflated } from './inflate.js';

type Limit = Parameters<RequestBody['stream']>[0];
type Bytes = AsyncIterable<Uint8Array>;

export interface BodyOptions {
  /** Most bytes that one byte of a coded body may become. */
  readonly inflateRatio: number;
}

export type BodyReader = (request: IncomingMessage, response: ServerResponse) => RequestBody;

const tooLarge = ({ bytes, setting }: Limit) => fail('too-large', { limit: sizeText(bytes), setting }, { headers: { Connection: 'close' } });

/** Bytes that are copied at once: more would hold the event loop. */
const copiedAtOnce = 1024 * 1024;

async function gather(stream: Bytes): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
  }
  if (size <= copiedAtOnce) return chunks.length === 1 && Buffer.isBuffer(chunks[0]) ? chunks[0] : Buffer.concat(chunks);
  const whole = Buffer.allocUnsafeSlow(size);
  let at = 0;
  let pause = copiedAtOnce;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
    if (at < pause) continue;
    pause = at + copiedAtOnce;
    await breathe();
  }
  return whole;
}

/** Those whose length is known are put in their place as they come. */
async function fill(stream: Bytes, size: number): Promise<Buffer> {
  let whole: Buffer | undefined;
  let at = 0;
  for await (const chunk of stream) {
    whole ??= Buffer.allocUnsafeSlow(size);
    whole.set(chunk, at);
    at += chunk.length;
  }
  return (whole ?? Buffer.alloc(0)).subarray(0, at);
}

async function* upTo(limit: Limit, stream: Bytes): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of stream) {
    seen += chunk.length;
    if (seen > limit.bytes) throw tooLarge(limit);
    yield chunk;
  }
}

/** What reads bodies. @throws Failure (when read) `too-large`, `too-dense`, `unsupported-type` for a Content-Encoding, `bad-request` when the client hangs up */
export function bodyReader({ inflateRatio }: BodyOptions): BodyReader {
  return (request, response) => {
    const { headers } = request;
    const announced = Number(headers['content-length'] ?? 0);
    const waits = headers.expect !== undefined;
    const keepsAlive = response.shouldKeepAlive;
    // Unless the body is asked for, what follows on the connection cannot be told from it.
    if (waits) response.shouldKeepAlive = false;

    async function* arriving(limit: Limit): AsyncGenerator<Uint8Array> {
      if (announced > limit.bytes) throw tooLarge(limit);
      // Whoever waits to be asked is asked on the first read only: nothing is sent that would be refused anyway.
      if (waits) {
        response.shouldKeepAlive = keepsAlive;
        response.writeContinue();
      }
      let seen = 0;
      try {
        // A refusal halfway must not take the connection with it: the answer is still to be sent there.
        for await (const chunk of request.iterator({ destroyOnReturn: false }) as Bytes) {
          seen += chunk.length;
          if (seen > limit.bytes) throw tooLarge(limit);
          yield chunk;
        }
      } catch (error) {
        if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ECONNRESET') {
          throw fail('bad-request', { reason: 'The connection ended before the body did.' });
        }
        throw error;
      } finally {
        if (!request.complete) response.shouldKeepAlive = false;
      }
    }
    const stream = (limit: Limit): Bytes =>
      codingOf(headers['content-encoding']) === undefined ? arriving(limit) : upTo(limit, inflated(arriving(limit), inflateRatio));
    return {
      contentType: headers['content-type'] ?? '',
      stream,
      async bytes(limit) {
        const known = announced > copiedAtOnce && headers['content-encoding'] === undefined;
        return known ? fill(stream(limit), announced) : gather(stream(limit));
      },
    };
  };
}
