/** What is no HTTP, too much of it or too slow never becomes a request: the answer is written on the connection itself. */
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { fail, type Failure } from '../fhir/failure.js';
import { newId } from '../fhir/id.js';
import type { Answer } from '../interactions/exchange.js';
import { asMade, type Represent } from '../interactions/represent.js';
import { failureAnswer } from './responder.js';
import { askedBy } from './walk.js';

type WireError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer };

export interface WireLimits {
  /** Bytes of all headers, the request line among them. */
  readonly headerBytes: number;
  readonly urlLimit: number;
}

/** Where no line ends, it is the request line that is too long. */
const inRequestLine = ({ rawPacket }: WireError, headerBytes: number): boolean =>
  rawPacket !== undefined && /^[A-Z]+ /.test(rawPacket.toString('latin1', 0, 16)) && !rawPacket.subarray(0, headerBytes).includes(10);

function failureOf(error: WireError, { headerBytes, urlLimit }: WireLimits): Failure {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    return inRequestLine(error, headerBytes) ? fail('url-too-long', { limit: urlLimit, setting: 'URL_LIMIT' }) : fail('headers-too-large', { limit: headerBytes });
  }
  return error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? fail('request-timeout', { setting: 'REQUEST_TIMEOUT' }) : fail('bad-request', { reason: 'This is not HTTP/1.1.' });
}

/** The answer of a connection that holds nothing else, whole. */
function wireText({ status, headers, body = '' }: Answer, constant: Readonly<Record<string, string>>): string {
  const text = typeof body === 'string' ? body : Buffer.from(body as Uint8Array).toString();
  const head = { ...constant, 'X-Request-Id': newId(), ...headers, 'Content-Length': Buffer.byteLength(text), Connection: 'close' };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n${text}`;
}

/**
 * A listener of `clientError`. What the request asked for is known where its headers could be read (a body that does not come);
 * everything else is answered in JSON.
 * @param constant headers of every response
 */
export function wireRefusal(constant: Readonly<Record<string, string>>, limits: WireLimits, represent: Represent = asMade): (error: WireError, socket: Duplex) => void {
  async function end(error: WireError, socket: Duplex, request: IncomingMessage | undefined): Promise<void> {
    const answer = failureAnswer(failureOf(error, limits));
    const text = wireText(request ? await represent(answer, askedBy(request)) : answer, constant);
    if (socket.writable) socket.end(text, () => socket.destroy());
  }
  return (error, socket) => {
    const message = (socket as Duplex & { readonly _httpMessage?: ServerResponse })._httpMessage;
    // An answer that has begun cannot be taken back: all that is left is to end it.
    if (error.code === 'ECONNRESET' || !socket.writable || message?.headersSent) socket.destroy();
    else void end(error, socket, message?.req).catch(() => socket.destroy());
  };
}
