/** read and vread: https://hl7.org/fhir/R4/http.html#read. The stored text leaves as it is. */
import { fail } from '../fhir/failure.js';
import { isId } from '../fhir/id.js';
import { withoutMatricule } from '../search/question/form.js';
import type { StoredVersion } from '../store/port.js';
import { auditOf, etag, httpDate, textAnswer, versionUrl } from './answers.js';
import { notModified } from './conditional-read.js';
import type { Answer, Exchange } from './exchange.js';
import { masked, readMask } from './mask.js';
import type { Handler } from './routes.js';
import type { Services } from './services.js';

const versionNumber = /^[1-9]\d{0,8}$/;
export const isVersion = (text: string): boolean => versionNumber.test(text);

const tellable = (text: string): string => withoutMatricule(text).slice(0, 64);

/** Not there, or not for this caller: the same words for both. Somebody's matricule in the place of an id is not repeated. */
export function notFound(type: string, id: string, version?: string): Error {
  const told = tellable(id);
  if (!isId(id)) return fail('bad-id', { id: told });
  return version === undefined ? fail('not-found', { type, id: told }) : fail('no-version', { type, id: told, version: tellable(version) });
}

/**
 * The version that the path names: `[type]/[id]` the current one, `[type]/[id]/_history/[version]` a past one.
 * @throws Failure not-found, bad-id, gone (only to those who could see it)
 */
export async function findVersion({ grant, path }: Pick<Exchange, 'grant' | 'path'>, { store, baseUrl }: Pick<Services, 'store' | 'baseUrl'>): Promise<StoredVersion> {
  const [type = '', id = '', , version] = path;
  const key = { type, id };
  const found = version === undefined ? await store.read(grant, key)
    : isVersion(version) ? await store.vread(grant, key, Number(version)) : undefined;
  if (!found) throw notFound(type, id, version);
  if (found.deleted) throw fail(version === undefined ? 'gone' : 'gone-version', { type, id, version: found.version }, { headers: { ETag: etag(found.version), Location: versionUrl(baseUrl, found) } });
  return found;
}

/** Headers of a 304: those that the 200 would have had. */
export function notModifiedAnswer(interaction: string, found: StoredVersion, tag: string): Answer {
  return { status: 304, headers: { ETag: tag, 'Last-Modified': httpDate(found.lastUpdated) }, audit: auditOf(interaction, found), of: found };
}

const reader = (interaction: 'read' | 'vread'): Handler => async (exchange, services) => {
  const mask = exchange.query === '' ? undefined : readMask(exchange, services);
  const found = await findVersion(exchange, services);
  const tag = etag(found.version);
  if (notModified(exchange.headers, tag, found.lastUpdated)) return notModifiedAnswer(interaction, found, tag);
  const headers = { ETag: tag, 'Last-Modified': httpDate(found.lastUpdated) };
  const audit = auditOf(interaction, found);
  if (mask) return textAnswer(200, await masked(found, mask, services), audit, headers, found);
  return textAnswer(200, found.text, audit, { ...headers, 'Content-Location': versionUrl(services.baseUrl, found) }, found);
};

export const read = reader('read');
export const vread = reader('vread');
