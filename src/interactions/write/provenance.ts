/**
 * X-Provenance: a Provenance sent along with a write, made in the step that writes what it is about
 * (https://hl7.org/fhir/R4/provenance.html#header). The server fills its targets in: the very versions of that step.
 */
import type { KnownResource } from '../../access/facts-lookup.js';
import { fail, Failure } from '../../fhir/failure.js';
import { newId } from '../../fhir/id.js';
import { isObject, parseJson, type Json, type JsonObject } from '../../fhir/json.js';
import { decodeUtf8, type TypedResource } from '../../fhir/resource.js';
import type { PutWrite, ResourceKey, StoredVersion, WriteSet } from '../../store/port.js';
import type { Exchange } from '../exchange.js';
import type { Services } from '../services.js';
import type { WriteContext } from './context.js';
import { examine, readingSettings } from './examine.js';
import { place, type Placed } from './place.js';
import { render } from './render.js';
import { requireWriter } from './writers.js';

const header = 'x-provenance';

/** What would be lost is refused. @throws Failure bad-request */
export function requireNoProvenance({ headers }: Pick<Exchange, 'headers'>): void {
  if (headers[header] !== undefined) throw fail('bad-request', { reason: 'X-Provenance is taken with create, update, patch, delete and transaction. Write the Provenance by itself.' });
}

/** A Provenance on its way in, without its targets. */
export interface ProvenanceNote {
  /** @param placeholders what references that mean something in a Bundle only are replaced by */
  about(context: WriteContext, targets: readonly Target[], placeholders?: ReadonlyMap<string, string>): Promise<Placed>;
}

/** What a step writes or ends, and whose that is. */
interface Target extends ResourceKey {
  readonly version: number;
  readonly owners: readonly string[];
  readonly document?: string;
}

/** Header fields are bytes: UTF-8, or as old as HTTP. */
function textOfHeader(value: string): string {
  try {
    return decodeUtf8(Buffer.from(value, 'latin1'));
  } catch (error) {
    if (error instanceof Failure) return value;
    throw error;
  }
}

function parsed(value: string): Json {
  try {
    return parseJson(textOfHeader(value));
  } catch (error) {
    if (error instanceof Failure) throw fail('bad-provenance', { reason: 'it is not the JSON of one resource' });
    throw error;
  }
}

const refused = (reason: string, expression: string): Failure => fail('invalid', { reason: `X-Provenance: ${reason}` }, { expression: [expression] });

/** @throws Failure bad-provenance, invalid */
function readNote(value: string): JsonObject {
  const resource = parsed(value);
  if (!isObject(resource)) throw fail('bad-provenance', { reason: 'it is not a JSON object' });
  if (resource.resourceType !== 'Provenance') throw refused('it must hold a Provenance.', 'resourceType');
  if (resource.target !== undefined || resource._target !== undefined) throw refused('it must not have a target: the server fills in what is written.', 'Provenance.target');
  return resource;
}

const keyText = ({ type, id }: ResourceKey): string => `${type}/${id}`;
const versionText = (target: Target): string => `${keyText(target)}/_history/${target.version}`;

/** The targets as they will be, before the resources and tombstones that stand in their place now. */
function inSight(context: WriteContext, targets: readonly Target[]): WriteContext {
  const known = new Map(targets.map((target): [string, KnownResource] => [
    keyText(target), { resource: {}, owners: target.owners, ...(target.document === undefined ? {} : { document: target.document }) },
  ]));
  const { lookup, underWay } = context;
  return {
    ...context,
    lookup: { ...lookup, resource: async (key) => known.get(keyText(key)) ?? lookup.resource(key) },
    underWay: { resource: (key) => known.get(keyText(key)) ?? underWay?.resource(key), holder: (claim) => underWay?.holder(claim), attachedTo: (key) => underWay?.attachedTo(key) },
  };
}

/**
 * The Provenance of a request's header, judged before anything is written.
 * @throws Failure bad-provenance, invalid, forbidden
 */
export function provenanceIn({ headers, grant }: Pick<Exchange, 'headers' | 'grant'>, services: Services): ProvenanceNote | undefined {
  const value = headers[header];
  if (value === undefined) return undefined;
  requireWriter(grant, 'Provenance');
  const note = readNote(value);
  const settings = readingSettings(services);
  const withTargets = (references: readonly string[]): TypedResource => ({ ...note, resourceType: 'Provenance', target: references.map((reference) => ({ reference })) });
  const { facts } = examine(withTargets(['Basic/checked']), { type: 'Provenance' }, settings);
  const id = newId();
  return {
    async about(context, targets, placeholders = new Map()) {
      const rendered = render({ resource: withTargets(targets.map(versionText)), facts }, { id }, settings, placeholders);
      if (rendered.kind === 'same') throw new TypeError('A new Provenance was compared with a stored one');
      const draft = { facts, render: async () => rendered, content: async () => undefined };
      return place(inSight(context, targets), draft, rendered, { key: { type: 'Provenance', id }, expect: 'absent' });
    },
  };
}

const put = ({ type, id, expect, access }: PutWrite): Target =>
  ({ type, id, version: typeof expect === 'object' ? expect.version + 1 : 1, owners: access.owners, ...(access.document === undefined ? {} : { document: access.document }) });
const tombstone = ({ type, id, version, owners, document }: StoredVersion): Target => ({ type, id, version: version + 1, owners, ...(document === undefined ? {} : { document }) });

/**
 * A step with the Provenance of what it writes, when there is one.
 * @param ended the last live versions of what was asked to be deleted
 */
export async function noted(context: WriteContext, set: WriteSet, ended: readonly StoredVersion[] = [], placeholders?: ReadonlyMap<string, string>): Promise<WriteSet> {
  if (!context.provenance) return set;
  const targets = [...set.writes.flatMap((write) => (write.kind === 'put' ? [put(write)] : [])), ...ended.map(tombstone)];
  if (targets.length === 0) return set;
  const { write, guards } = await context.provenance.about(context, targets, placeholders);
  return { writes: [...set.writes, write], guards: [...set.guards, ...guards] };
}
