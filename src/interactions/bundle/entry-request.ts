/** What an entry of a batch or transaction asks for, read from its `request`: https://hl7.org/fhir/R4/bundle.html#Bundle.entry.request */
import { isResourceType } from '../../fhir/definitions.js';
import { textOf } from '../../fhir/elements.js';
import { fail } from '../../fhir/failure.js';
import { isId } from '../../fhir/id.js';
import type { JsonObject } from '../../fhir/json.js';
import type { Method } from '../routes.js';

/** Entries that write are handled together; everything else goes through the route table. */
export type EntryKind = 'create' | 'update' | 'delete' | 'other';

export interface EntryTarget {
  readonly kind: EntryKind;
  readonly method: Method;
  /** Decoded segments under the FHIR base. */
  readonly path: readonly string[];
  readonly query: string;
}

/** `request.url` may be relative to the base or stand under it. @throws Failure bad-request */
export function readUrl(url: string, bases: readonly string[]): { path: readonly string[]; query: string } {
  const base = bases.find((own) => url === own || url.startsWith(`${own}/`) || url.startsWith(`${own}?`));
  const relative = base === undefined ? url : url.slice(base.length);
  if (/^[a-z][a-z0-9+.-]*:/i.test(relative)) throw fail('bad-request', { reason: 'request.url is not under the base of this server.' });
  const [path = '', query = ''] = relative.split(/\?(.*)/s);
  try {
    return { path: path.split('/').filter((part) => part !== '').map(decodeURIComponent), query };
  } catch (error) {
    if (error instanceof URIError) throw fail('bad-request', { reason: 'request.url is not percent-encoded UTF-8.' });
    throw error;
  }
}

const kinds: readonly (readonly [method: string, segments: number, kind: EntryKind])[] = [['POST', 1, 'create'], ['PUT', 2, 'update'], ['DELETE', 2, 'delete']];

/** @throws Failure bad-request, unknown-type, bad-id */
export function readTarget(request: JsonObject, bases: readonly string[]): EntryTarget {
  const method = textOf(request.method) as Method;
  const { path, query } = readUrl(textOf(request.url) ?? '', bases);
  if (path.length === 0) throw fail('bad-request', { reason: 'request.url names nothing: a Bundle within a Bundle is not taken.' });
  const kind = query === '' && !path.some((part) => /^[$_]/.test(part)) ? kinds.find(([of, segments]) => of === method && segments === path.length)?.[2] : undefined;
  if (kind === undefined) return { kind: 'other', method, path, query };
  const [type = '', id] = path;
  if (!isResourceType(type)) throw fail('unknown-type', { type: type.slice(0, 64) });
  if (id !== undefined && !isId(id)) throw fail('bad-id', { id: id.slice(0, 64) });
  return { kind, method, path, query };
}
