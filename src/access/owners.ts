/** Whose a resource is (rules 4.3): by the Patient compartment, else by what it belongs to. */
import { containedIn, object, objects, systemValue, textOf } from '../fhir/elements.js';
import type { JsonObject } from '../fhir/json.js';
import type { IndexEntries, ReferenceEntry } from '../search/entries.js';
import { patientCompartment } from '../search/parameters.js';
import { readReference, type FactsLookup, type KnownResource, type ResourceId } from './facts-lookup.js';

export interface Belonging {
  /** Ids of Patients. */
  readonly owners: readonly string[];
  /** The document whose labels, masks and authors rule it. */
  readonly document?: string;
  /** It tells of a consent, which its person and the operator alone may read. */
  readonly confidential?: boolean;
}
const nobodys: Belonging = { owners: [] };
const unique = (ids: readonly (string | undefined)[]): readonly string[] => [...new Set(ids.filter((id) => id !== undefined))];

/** Types outside the compartment may still name their person by these (Task.for, Device.patient …). */
const personParameters = ['patient', 'subject'];

/** The Patients that a contained Patient is: those who bear its INS. */
async function patientsLike(patient: JsonObject | undefined, lookup: FactsLookup): Promise<readonly string[]> {
  if (patient?.resourceType !== 'Patient') return [];
  const identifiers = objects(patient.identifier).map(systemValue).filter((identifier) => identifier !== undefined);
  return unique(await Promise.all(identifiers.map((identifier) => lookup.patientByIns(identifier))));
}

async function patientsOf(entry: ReferenceEntry, resource: JsonObject, lookup: FactsLookup): Promise<readonly string[]> {
  switch (entry.form) {
    case 'local':
      return entry.type === 'Patient' ? [entry.id] : [];
    case 'logical':
      return entry.value === '' ? [] : unique([await lookup.patientByIns({ system: entry.system, value: entry.value })]);
    case 'contained':
      return patientsLike(containedIn(resource, entry.id), lookup);
    default:
      return [];
  }
}

/** The Patients that these parameters of a resource name. */
export async function patientsBy(codes: readonly string[], resource: JsonObject, entries: IndexEntries, lookup: FactsLookup): Promise<readonly string[]> {
  const params = new Set(codes.map((code) => `${textOf(resource.resourceType) ?? ''}.${code}`));
  const named = entries.reference.filter((entry) => entry.contained === undefined && params.has(entry.param));
  const found: string[] = [];
  for (const entry of named) found.push(...(await patientsOf(entry, resource, lookup)));
  return unique(found);
}

/** How far belonging is followed: a Provenance of a Binary of a document, and one more. */
const furthest = 4;

/** What a resource of which only the name is known belongs to. */
async function belongingOf(key: ResourceId, lookup: FactsLookup, left: number): Promise<Belonging> {
  const known: KnownResource | undefined = left > 0 ? await lookup.resource(key) : undefined;
  // What tells of a consent goes on doing so when the consent is deleted, or not here yet.
  if (!known) return key.type === 'Consent' ? { owners: [], confidential: true } : nobodys;
  const { owners, document } = 'entries' in known ? await belonging(known.resource, known.entries, lookup, left - 1) : known;
  const ruling = key.type === 'DocumentReference' ? key.id : document;
  return { owners, ...(ruling === undefined ? {} : { document: ruling }), ...(key.type === 'Consent' ? { confidential: true } : {}) };
}

/**
 * Of several things at once: of all their owners. Documents of two chains can not both rule one resource, so what is
 * about two of them is nobody's.
 */
function together(all: readonly Belonging[]): Belonging | undefined {
  const documents = unique(all.map(({ document }) => document));
  if (documents.length > 1) return undefined;
  const [document] = documents;
  return {
    owners: unique(all.flatMap(({ owners }) => owners)),
    ...(document === undefined ? {} : { document }),
    ...(all.some(({ confidential }) => confidential) ? { confidential: true } : {}),
  };
}

async function throughReferences(references: readonly JsonObject[], lookup: FactsLookup, left: number): Promise<Belonging | undefined> {
  const all: Belonging[] = [];
  for (const reference of references) {
    const { local, identifier } = readReference(reference, lookup.bases);
    if (local) all.push(await belongingOf(local, lookup, left));
    else if (identifier) all.push({ owners: unique([await lookup.patientByIns(identifier)]) });
  }
  return together(all);
}

async function ofBinary(binary: JsonObject, lookup: FactsLookup, left: number): Promise<Belonging | undefined> {
  const context = object(binary.securityContext);
  if (context) return throughReferences([context], lookup, left);
  const document = lookup.attachedTo?.({ type: 'Binary', id: textOf(binary.id) ?? '' });
  return document === undefined ? nobodys : belongingOf({ type: 'DocumentReference', id: document }, lookup, left);
}

/** A document Bundle is about the subject of its Composition. Any other may hold several people, and is nobody's. */
async function ofBundle(bundle: JsonObject, lookup: FactsLookup): Promise<Belonging> {
  const entries = objects(bundle.entry);
  const composition = object(entries[0]?.resource);
  const subject = composition?.resourceType === 'Composition' ? object(composition.subject) : undefined;
  if (!subject) return nobodys;
  const written = textOf(subject.reference);
  // A relative reference in a Bundle names the entry that stands under the same base, which need not be ours.
  const inside = written === undefined ? undefined : entries.find(({ fullUrl }) => fullUrl === written || textOf(fullUrl)?.endsWith(`/${written}`));
  const { local, identifier } = readReference(inside ? { reference: inside.fullUrl ?? '' } : subject, lookup.bases);
  const named = systemValue(object(subject.identifier)) ?? identifier;
  return {
    owners: unique([
      ...(await patientsLike(object(inside?.resource), lookup)),
      local?.type === 'Patient' ? local.id : undefined,
      named && (await lookup.patientByIns(named)),
    ]),
  };
}

const others: Readonly<Record<string, (resource: JsonObject, lookup: FactsLookup, left: number) => Promise<Belonging | undefined>>> = {
  Binary: ofBinary,
  Bundle: ofBundle,
  Provenance: (provenance, lookup, left) => throughReferences(objects(provenance.target), lookup, left),
};

/** Whose a resource is, and which document rules it. */
export async function belonging(resource: JsonObject, entries: IndexEntries, lookup: FactsLookup, left = furthest): Promise<Belonging> {
  const type = textOf(resource.resourceType) ?? '';
  // Links between Patients do not make one the owner of the other.
  if (type === 'Patient') return { owners: unique([textOf(resource.id)]) };
  const other = Object.hasOwn(others, type) ? others[type] : undefined;
  const compartment = await patientsBy([...(patientCompartment.get(type) ?? []), ...personParameters], resource, entries, lookup);
  if (!other) return { owners: compartment };
  const through = await other(resource, lookup, left);
  return through === undefined ? nobodys : { ...through, owners: unique([...compartment, ...through.owners]) };
}
