/** What is learnt of a resource before anything is decided: is it right, whom does it identify, what bytes does it carry. */
import { createHash } from 'node:crypto';
import { object, objects, textOf } from '../../fhir/elements.js';
import { fail, type Issue } from '../../fhir/failure.js';
import type { JsonObject } from '../../fhir/json.js';
import { parseReference, walkReferences } from '../../fhir/reference.js';
import type { TypedResource } from '../../fhir/resource.js';
import { validate } from '../../fhir/validate.js';
import { claimsOf } from '../../identity/claims.js';
import type { FullText } from '../../search/index/full-text.js';
import type { Claim } from '../../store/port.js';
import { definitionFaults } from '../../search/own-definition.js';
import type { OwnParameters } from '../../search/index-state.js';
import { ownOf, type Services } from '../services.js';

/** Settings that the work on a resource depends on, as plain data. */
export interface ReadingSettings {
  readonly bases: readonly string[];
  readonly timeZone: string;
  /** Words that are indexed. */
  readonly fullText: FullText;
  readonly domain: 'production' | 'test';
  /** Whether the local references are listed, because each of them must be there. */
  readonly integrity: boolean;
  /** Parameters of the operator. */
  readonly own?: OwnParameters;
  /** SEARCH_PARAMETERS_LIMIT */
  readonly mostOwn?: number;
}
export const readingSettings = ({ baseUrls, timeZone, fullText, identityDomain, referentialIntegrity, index }: Pick<Services, 'baseUrls' | 'timeZone' | 'fullText' | 'identityDomain' | 'referentialIntegrity' | 'index'>): ReadingSettings =>
  ({ bases: baseUrls, timeZone, fullText, domain: identityDomain, integrity: referentialIntegrity, ...(index ? { ...ownOf({ index }), mostOwn: index.most } : {}) });

export interface ResourceFacts {
  readonly type: string;
  /** That it was sent with. */
  readonly id?: string;
  readonly claims: readonly Claim[];
  /** Values of its identifiers. */
  readonly identifiers: readonly string[];
  /** Warnings and informations for the caller. */
  readonly issues: readonly Issue[];
}

export interface Examined {
  readonly resource: TypedResource;
  readonly facts: ResourceFacts;
  /** Content of a Binary, taken out of the text; undefined once it was handed out. */
  data?: Uint8Array;
  /** Lower-case hex, of `data`. */
  readonly sha256?: string;
}

/** Where a resource is meant to go: the type and, for an update, the id of the URL. */
export interface Address {
  readonly type: string;
  readonly id?: string;
}

const isError = ({ severity }: Issue): boolean => severity === 'error' || severity === 'fatal';

/** @throws Failure type-mismatch, id-mismatch */
function requireAddress(resource: TypedResource, { type, id }: Address): void {
  if (resource.resourceType !== type) throw fail('type-mismatch', { found: resource.resourceType, expected: type }, { expression: ['resourceType'] });
  if (id !== undefined && resource.id !== id) throw fail('id-mismatch', {}, { expression: [`${type}.id`] });
}

/** A part of a resource (`_summary`, `_elements`) sent back would erase the rest. */
function requireWhole({ meta, resourceType }: TypedResource): void {
  if (objects(object(meta)?.tag).some(({ code }) => code === 'SUBSETTED')) {
    throw fail('invalid', { reason: 'This is a part of a resource (SUBSETTED). Read the whole of it, then change that.' }, { expression: [`${resourceType}.meta.tag`] });
  }
}

/** Takes the content out of a Binary: bytes are kept as bytes. */
function takeData(resource: TypedResource): { data: Uint8Array; sha256: string } | undefined {
  const { data } = resource;
  if (resource.resourceType !== 'Binary' || typeof data !== 'string') return undefined;
  delete resource.data;
  const bytes = Buffer.from(data, 'base64');
  return { data: bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Identifiers of one resource: whoever writes it takes turns by each of them. */
const mostIdentifiers = 10_000;

/** What `identifier` finds it by: one or several, and that of a document. @throws Failure too-many-values */
function identifiersOf({ identifier, masterIdentifier }: TypedResource): readonly string[] {
  if (Array.isArray(identifier) && identifier.length > mostIdentifiers) throw fail('too-many-values', { limit: mostIdentifiers, what: 'identifiers' });
  const several = Array.isArray(identifier) ? objects(identifier) : [object(identifier)];
  return [...several, object(masterIdentifier)].flatMap((one) => textOf(one?.value) ?? []);
}

/**
 * @param resource is taken over: it must not be used by anybody else
 * @throws Failure type-mismatch, id-mismatch, too-many-values, invalid (with every fault), ins-domain, ins-key
 */
export function examine(resource: TypedResource, address: Address, settings: ReadingSettings): Examined {
  requireAddress(resource, address);
  requireWhole(resource);
  const identifiers = identifiersOf(resource);
  const faults = [...validate(resource), ...(resource.resourceType === 'SearchParameter' ? definitionFaults(resource, settings.own, settings.mostOwn) : [])];
  if (faults.some(isError)) throw fail('invalid', {}, { issues: faults });
  const { claims, issues } = claimsOf(resource, settings.domain);
  return { resource, facts: { type: resource.resourceType, ...(typeof resource.id === 'string' ? { id: resource.id } : {}), claims, identifiers, issues: [...faults, ...issues] }, ...takeData(resource) };
}

/** `Type/id` of every resource of this server that it refers to. */
export function localTargets(resource: JsonObject, bases: readonly string[]): readonly string[] {
  const found = new Set<string>();
  walkReferences(resource, ({ reference }) => {
    const parsed = parseReference(reference, bases);
    if (parsed?.form === 'local') found.add(`${parsed.type}/${parsed.id}`);
  });
  return [...found];
}
