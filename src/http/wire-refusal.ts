/** What is no HTTP, too much of it or too slow never becomes a request: the answer is written on the connection itself. */
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { fail, type Failure } from '../fhir/failure.js';
import { newId } from '../fhir/id.js';
import { failureAnswer } from './responder.js';

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
function wireText(failure: Failure, constant: Readonly<Record<string, string>>): string {
  const { status, headers, body } = failureAnswer(failure);
  const text = String(body);
  const head = { ...constant, 'X-Request-Id': newId(), ...headers, 'Content-Length': Buffer.byteLength(text), Connection: 'close' };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n${text}`;
}

/** A listener of `clientError`. @param constant headers of every response */
export function wireRefusal(constant: Readonly<Record<string, string>>, limits: WireLimits): (error: WireError, socket: Duplex) => void {
  return (error, socket) => {
    // An answer that has begun cannot be taken back: all that is left is to end it.
    const begun = (socket as Duplex & { readonly _httpMessage?: ServerResponse })._httpMessage?.headersSent ?? false;
    if (error.code === 'ECONNRESET' || !socket.writable || begun) socket.destroy();
    else socket.end(wireText(failureOf(error, limits), constant), () => socket.destroy());
  };
}
