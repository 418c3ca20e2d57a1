/** Small JSON documents of an issuer, fetched with every limit that a stranger's server calls for. */

export type Fetch = (url: string, init: { readonly redirect: 'error'; readonly signal: AbortSignal; readonly headers: Readonly<Record<string, string>> }) => Promise<Response>;

const timeout = 5000;
const maxBytes = 256 * 1024;
const loopback = /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/;

/** https, or http to this very machine: keys that came over an open wire prove nothing. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  return username === '' && password === '' && (protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname)));
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.byteLength;
    if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/**
 * @returns a JSON object
 * @throws Error when the URL is not safe, the answer is not 200, redirects, is too large, too slow, or no JSON object
 */
export async function fetchJson(fetch: Fetch, url: string): Promise<Readonly<Record<string, unknown>>> {
  if (!isSafeUrl(url)) throw new Error('the URL is neither https nor http to loopback');
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeout), headers: { accept: 'application/json' } });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the answer is ${response.status}`);
  }
  const value: unknown = JSON.parse(await boundedText(response));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('the answer is not a JSON object');
  return value as Readonly<Record<string, unknown>>;
}
