/** What the server is measured beside: a bare `node:http` handler without routing, token, decision, audit, parsing, checking or mapping. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** @returns the body of the answer */
export type Bare = (path: readonly string[], request: IncomingMessage) => Promise<string>;

export async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** @param bares by the first part of the path; the following parts are theirs to read */
export function yardstick(bares: Readonly<Record<string, Bare>>): RequestListener {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('/').filter((part) => part !== '');
    const text = await bares[path[0] ?? '']?.(path, request);
    response.writeHead(text === undefined ? 404 : 200, { 'Content-Type': 'application/fhir+json', 'Content-Length': Buffer.byteLength(text ?? '') });
    response.end(text);
  }
  return (request, response) => {
    serve(request, response).catch((error: unknown) => {
      response.writeHead(500);
      response.end(String(error));
    });
  };
}
