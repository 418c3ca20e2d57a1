/** What a write finds in its place. */
import { metaOf } from '../../fhir/body.js';
import { textOf } from '../../fhir/elements.js';
import { fail } from '../../fhir/failure.js';
import type { ResourceKey, StoredVersion } from '../../store/port.js';
import { notFound } from '../read.js';
import type { WriteContext } from './context.js';
import { requireMatch, type Preconditions } from './preconditions.js';

/**
 * Drawn from a document: it changes with its document only (rules 3.8). Not the index card of the document itself, nor
 * what was written through the API about a document (a Provenance, say), which the document rules but did not make.
 */
export function isDrawn({ type, id, document, deleted, text }: StoredVersion): boolean {
  if (document === undefined || (type === 'DocumentReference' && id === document)) return false;
  return deleted || textOf(metaOf(text).source) === `DocumentReference/${document}`;
}

const drawnFailure = ({ document }: StoredVersion): Error => fail('drawn-resource', { document: `DocumentReference/${document ?? ''}` });

/**
 * The version (or tombstone) that an update replaces; undefined when the id was never used.
 * @throws Failure not-found for an id that is hidden from the caller: it is never created anew (rules 4.4);
 *   drawn-resource, version-conflict, precondition-failed, bad-request
 */
export async function replaced({ services, grant }: WriteContext, key: ResourceKey, preconditions: Preconditions): Promise<StoredVersion | undefined> {
  const { store, serverGrant } = services;
  const seen = await store.read(grant, key);
  if (!seen && (await store.read(serverGrant(), key))) throw notFound(key.type, key.id);
  requireMatch(preconditions, seen);
  if (seen && isDrawn(seen)) throw drawnFailure(seen);
  return seen;
}

/**
 * The version (or tombstone) that a patch changes. What is not there is told before any precondition is looked at (RFC 9110, 13.2.1).
 * @throws Failure not-found (hidden too), drawn-resource, version-conflict, precondition-failed, bad-request
 */
export async function patched({ services, grant }: WriteContext, key: ResourceKey, preconditions: Preconditions): Promise<StoredVersion> {
  const seen = await services.store.read(grant, key);
  if (!seen) throw notFound(key.type, key.id);
  requireMatch(preconditions, seen);
  if (isDrawn(seen)) throw drawnFailure(seen);
  return seen;
}

/**
 * The live version that a deletion ends; undefined when there is none (rules 6.3: that is no failure).
 * @throws Failure as {@link replaced}
 */
export async function ended({ services, grant }: WriteContext, key: ResourceKey, preconditions: Preconditions): Promise<StoredVersion | undefined> {
  const { store, serverGrant } = services;
  const seen = await store.read(grant, key);
  if (!seen && (await store.read(serverGrant(), key))) throw notFound(key.type, key.id);
  requireMatch(preconditions, seen);
  if (!seen || seen.deleted) return undefined;
  if (isDrawn(seen)) throw drawnFailure(seen);
  return seen;
}

/** Types that say, when they are deleted, who or which one they were: nobody else may take their id over. */
const remembered: ReadonlySet<string> = new Set(['Patient', 'Practitioner', 'PractitionerRole', 'Organization', 'DocumentReference']);

/** Whether a deletion of that type leans on the version before it. */
export const isRemembered = (type: string): boolean => remembered.has(type);

/** The text of the last live version of a deleted resource, where it matters who it was. */
export async function lastVersion({ services }: Pick<WriteContext, 'services'>, tombstone: StoredVersion): Promise<string | undefined> {
  if (!remembered.has(tombstone.type)) return undefined;
  return (await services.store.vread(services.serverGrant(), tombstone, tombstone.version - 1))?.text;
}
