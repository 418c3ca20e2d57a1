/** From an examined resource to what the store writes, once it is known under which id and in place of what. */
import { isMainThread } from 'node:worker_threads';
import { bodyHalves } from '../../fhir/body.js';
import { objects } from '../../fhir/elements.js';
import { fail } from '../../fhir/failure.js';
import { Decimal, isObject, parseStored, sameJson, type Json, type JsonObject } from '../../fhir/json.js';
import { rewriteReferences } from '../../fhir/reference.js';
import type { TypedResource } from '../../fhir/resource.js';
import { claimsOf, heldClaims } from '../../identity/claims.js';
import { traitsOfPatient } from '../../identity/patient-traits.js';
import { revivedPatient } from '../../identity/revival.js';
import { contradictions } from '../../identity/traits.js';
import type { OwnParameters } from '../../search/index-state.js';
import { indexEntries } from '../../search/indexer.js';
import { packEntries, type PackedEntries } from '../../search/packed-entries.js';
import type { BodyHalves, Claim } from '../../store/port.js';
import { localTargets, type Examined, type ReadingSettings } from './examine.js';
import { frozenChanges } from './frozen.js';
import { reservedChanges } from './reserved.js';
import type { IdentityChange } from './writers.js';

export interface RenderRequest {
  readonly id: string;
  /** The current version, when there is a live one. */
  readonly stored?: { readonly text: string; /** of its content */ readonly sha256?: string };
  /** The last version of a deleted resource that is to live again: whoever revives it goes on with who it was. */
  readonly former?: string;
  /** The deleted Patient is created anew: see `identity/revival.ts`. */
  readonly rejoins?: { readonly corrects: boolean };
  /** Parameters of the operator, where they have changed since it was read. */
  readonly own?: OwnParameters;
}

export interface Change extends IdentityChange {
  /** Elements of a document's index card that belong to the document, and differ. */
  readonly frozen: readonly string[];
}

export interface Changed extends PackedEntries {
  readonly kind: 'changed';
  readonly body: BodyHalves;
  /** The whole set. */
  readonly claims: readonly Claim[];
  /** The resource as the decisions see it: without narrative, long texts cut, when it crosses threads. */
  readonly resource: JsonObject;
  /** `Type/id` of what it refers to here; told under REFERENTIAL_INTEGRITY=on only. */
  readonly targets: readonly string[];
  /** When there was a version before. */
  readonly change?: Change;
  /** Content of a Binary, handed out once. */
  readonly data?: Uint8Array;
}
export type Rendered =
  /** The very value that is stored (rules 6.3): nothing to write. */
  | { readonly kind: 'same' }
  | Changed;

/** What a caller can send again without meaning a change. */
function comparable(resource: JsonObject): JsonObject {
  const { meta, ...rest } = resource;
  if (!isObject(meta)) return rest;
  const kept: JsonObject = { ...meta };
  delete kept.versionId;
  delete kept.lastUpdated;
  return Object.keys(kept).length === 0 ? rest : { ...rest, meta: kept };
}

const sameClaim = (one: Claim) => (other: Claim): boolean => one.kind === other.kind && one.system === other.system && one.value === other.value;

/** @param sent what `after` was made of */
function changeOf(before: JsonObject, sent: JsonObject, after: JsonObject, claims: readonly Claim[]): Change {
  const held = heldClaims(before);
  const identified = held.some(({ kind }) => kind === 'patient-ins');
  return {
    lost: held.filter((claim) => !claims.some(sameClaim(claim))),
    contradicted: identified ? contradictions(traitsOfPatient(before), traitsOfPatient(sent)) : [],
    reserved: reservedChanges(before, after),
    frozen: frozenChanges(before, after),
  };
}

/** Beyond this many characters a text says nothing that a decision needs. */
const longText = 1000;
/** Values of a resource that decisions look into; more of them would hold the event loop where they arrive. */
const mostSeen = 50_000;

/** A copy that is cheap to send to another thread: plain numbers, no narrative, long texts cut. @throws Failure too-many-values */
function slim(value: Json, key = '', seen = { count: 0 }): Json {
  if (++seen.count > mostSeen) throw fail('too-many-values', { limit: mostSeen, what: 'values, and is of a type that rules of access and identity look into' });
  if (typeof value === 'string') return value.length > longText ? value.slice(0, longText) : value;
  if (value instanceof Decimal) return value.valueOf();
  if (Array.isArray(value)) return value.map((item) => slim(item, '', seen));
  if (!isObject(value)) return value;
  if (key === 'text' && 'div' in value) return {};
  const copy: JsonObject = {};
  for (const name in value) copy[name] = slim(value[name] as Json, name, seen);
  return copy;
}

/** Types that decisions look into; of any other they see what it contains. */
const lookedInto: ReadonlySet<string> = new Set(['Binary', 'Consent', 'DocumentReference', 'Organization', 'Patient', 'Practitioner', 'PractitionerRole', 'Provenance']);
/** What decisions look at in a resource within another. */
function named(value: Json): JsonObject {
  const { resourceType = '', id = '', identifier, subject } = isObject(value) ? value : {};
  return { resourceType, id, ...(identifier === undefined ? {} : { identifier: slim(identifier) }), ...(subject === undefined ? {} : { subject: slim(subject) }) };
}
/** What decisions see of a resource on the other side. */
function forDecisions(resource: JsonObject): JsonObject {
  if (lookedInto.has(String(resource.resourceType))) return slim(resource) as JsonObject;
  const { contained, entry } = resource;
  return {
    ...named(resource),
    ...(Array.isArray(contained) ? { contained: contained.map(named) } : {}),
    ...(resource.resourceType === 'Bundle' ? { entry: objects(entry).map(({ fullUrl = '', resource: inner = null }) => ({ fullUrl, resource: named(inner) })) } : {}),
  };
}

/** @throws Failure too-many-values */
function entriesOf(resource: JsonObject, { bases, timeZone, fullText, own }: ReadingSettings): PackedEntries {
  const entries = indexEntries(resource, { bases, timeZone, fullText, ...(own ? { own } : {}) });
  return isMainThread ? { entries } : packEntries(entries);
}

/**
 * @param targets what references that have no meaning outside of a Bundle are replaced by
 * @throws Failure too-many-values
 */
export function render(examined: Examined, { id, stored, former, rejoins, own }: RenderRequest, settings: ReadingSettings, targets: ReadonlyMap<string, string> = new Map()): Rendered {
  const sent = rewriteReferences<TypedResource>({ ...examined.resource, id }, targets);
  const before = stored === undefined ? undefined : parseStored(stored.text);
  if (isObject(before) && sameJson(comparable(before), comparable(sent)) && stored?.sha256 === examined.sha256) return { kind: 'same' };
  const last = former === undefined ? before : parseStored(former);
  const resource = rejoins && isObject(last) ? revivedPatient(last, sent, rejoins.corrects) : sent;
  const claims = resource === sent ? examined.facts.claims : claimsOf(resource, settings.domain).claims;
  // What is found by too much is refused before its text is made.
  const entries = entriesOf(resource, own ? { ...settings, own } : settings);
  const { data } = examined;
  delete examined.data;
  return {
    kind: 'changed',
    body: bodyHalves(resource),
    ...entries,
    claims,
    resource: isMainThread ? resource : forDecisions(resource),
    targets: settings.integrity ? localTargets(resource, settings.bases) : [],
    ...(isObject(last) ? { change: changeOf(last, sent, resource, claims) } : {}),
    ...(data ? { data } : {}),
  };
}
