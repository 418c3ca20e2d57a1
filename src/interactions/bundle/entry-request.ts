/** What an entry of a batch or transaction asks for, read from its `request`: https://hl7.org/fhir/R4/bundle.html#Bundle.entry.request */
import { isResourceType } from '../../fhir/definitions.js';
import { textOf } from '../../fhir/elements.js';
import { fail } from '../../fhir/failure.js';
import { isId } from '../../fhir/id.js';
import type { JsonObject } from '../../fhir/json.js';
import type { Method } from '../routes.js';
import { criteriaIn } from '../write/conditional.js';

/** Entries that write are handled together; everything else goes through the route table. */
export type EntryKind = 'create' | 'update' | 'patch' | 'delete' | 'other';

export interface EntryTarget {
  readonly kind: EntryKind;
  readonly method: Method;
  /** Decoded segments under the FHIR base. */
  readonly path: readonly string[];
  readonly query: string;
  /** Of a conditional update, patch or delete: what finds the resource. */
  readonly criteria?: string;
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

const kinds: Readonly<Record<string, EntryKind | undefined>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** @returns undefined for what does not write a resource */
function kindOf(method: string, path: readonly string[], criteria: string): EntryKind | undefined {
  if (path.length > 2 || path.some((part) => /^[$_]/.test(part))) return undefined;
  const kind = kinds[method];
  if (kind === 'create') return path.length === 1 && criteria === '' ? kind : undefined;
  return path.length === 1 || criteria === '' ? kind : undefined;
}

/** @throws Failure bad-request, unknown-type, bad-id */
export function readTarget(request: JsonObject, bases: readonly string[]): EntryTarget {
  const method = textOf(request.method) as Method;
  const { path, query } = readUrl(textOf(request.url) ?? '', bases);
  // Without a path only all types can be searched.
  if (path.length === 0 && method !== 'GET' && method !== 'HEAD') throw fail('bad-request', { reason: 'request.url names nothing: a Bundle within a Bundle is not taken.' });
  const criteria = criteriaIn(query);
  const kind = kindOf(method, path, criteria);
  if (kind === undefined) return { kind: 'other', method, path, query };
  const [type = '', id] = path;
  if (!isResourceType(type)) throw fail('unknown-type', { type: type.slice(0, 64) });
  if (id !== undefined && !isId(id)) throw fail('bad-id', { id: id.slice(0, 64) });
  return { kind, method, path, query, ...(kind !== 'create' && id === undefined ? { criteria } : {}) };
}
