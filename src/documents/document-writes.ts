/** Everything that one document becomes, as writes: mapped once, every reference final. */
import { chainKeys } from '../access/document-facts.js';
import type { AccessFacts } from '../access/facts.js';
import { bodyHalves } from '../fhir/body.js';
import type { Issue } from '../fhir/failure.js';
import { newId } from '../fhir/id.js';
import { isObject, type JsonObject } from '../fhir/json.js';
import { objects, textOf } from '../fhir/elements.js';
import type { XmlElement } from '../fhir/xml/tree.js';
import { heldClaims } from '../identity/claims.js';
import { identityElements } from '../identity/revival.js';
import { indexEntries } from '../search/indexer.js';
import type { PutWrite } from '../store/port.js';
import { attribute, child, children } from './cda/datatypes/elements.js';
import { consentsOf } from './cda/header/consents.js';
import { documentReferenceOf, headerRoles, type HeaderRoles } from './cda/header/document-reference.js';
import { encounterOf } from './cda/header/encounter.js';
import { castOf } from './cda/header/party.js';
import { identified, People } from './cda/header/people.js';
import { provenanceOf } from './cda/header/provenance.js';
import { unmappedHeader } from './cda/header/unmapped.js';
import { filled, SharedResources, type KnownResource } from './shared.js';
import { documentTime, drawBody, type Drawing } from './draw-body.js';
import { headerReading, information, warning } from './header-reading.js';
import { settle } from './settle.js';
import type { Stored, SubmitResolution, SubmitResult, SubmitSession } from './submission-shapes.js';

class Writer {
  readonly puts: PutWrite[] = [];
  readonly references: string[] = [];

  constructor(private readonly session: SubmitSession, private readonly resolution: SubmitResolution) {}

  put(resource: JsonObject, access: AccessFacts, replaces?: number): void {
    const { input } = this.session;
    const type = String(resource.resourceType);
    const id = String(resource.id);
    this.puts.push({
      kind: 'put', type, id, expect: replaces === undefined ? 'absent' : { version: replaces },
      body: bodyHalves(resource), entries: indexEntries(resource, { bases: input.bases, timeZone: input.timeZone, fullText: input.fullText, ...(input.own ? { own: input.own } : {}) }),
      access, claims: heldClaims(resource),
    });
    this.references.push(`${type}/${id}`);
  }

  /** What belongs to the document. */
  drawn(resource: JsonObject): void {
    const { ids } = this.resolution;
    this.put({ ...resource, meta: { ...(isObject(resource.meta) ? resource.meta : {}), source: `DocumentReference/${ids.document}` } }, {
      exposure: 'owned', owners: [ids.patient], document: ids.document, structures: this.structures,
    });
  }

  get structures(): readonly string[] {
    return this.resolution.structure === undefined ? [] : [this.resolution.structure];
  }
}

const known = ({ type, id, version, text }: Stored, parse: (text: string) => JsonObject): KnownResource => ({ type, id, version, resource: parse(text) });

/** Stored resources by claim, each text parsed once. */
function knownByClaim(resolution: SubmitResolution, parse: (text: string) => JsonObject): Map<string, KnownResource> {
  const parsed = new Map<string, KnownResource>();
  return new Map(resolution.known.map(([claim, stored]) => {
    const key = `${stored.type}/${stored.id}`;
    const found = parsed.get(key) ?? known(stored, parse);
    parsed.set(key, found);
    return [claim, found];
  }));
}

/** Médecin traitant: a participant INF whose function is PCP. */
function generalPractitioners(clinicalDocument: XmlElement, people: People, warn: (what: string) => void): JsonObject[] {
  return children(clinicalDocument, 'participant').flatMap((participant) => {
    if (attribute(child(participant, 'functionCode'), 'code') !== 'PCP' || attribute(participant, 'typeCode') !== 'INF') return [];
    const who = people.who(participant);
    if (who?.stored === undefined || who.kind === 'related' || who.kind === 'patient' || who.kind === 'device') {
      warn('The general practitioner has no national identifier: the Patient does not name them.');
      return [];
    }
    return [{ reference: who.stored }];
  });
}

export function writeDocument(session: SubmitSession, resolution: SubmitResolution, parse: (text: string) => JsonObject): SubmitResult {
  const { input, submission, body, labels, category, facts, zone } = session;
  const { clinicalDocument } = submission.recognized;
  const { ids, status, received } = resolution;
  const patientReference = `Patient/${ids.patient}`;
  const drawing: Drawing = { resources: [], issues: [...session.issues, ...resolution.issues], references: new Map() };
  const told = new Set<string>();
  const warn = (what: string): void => {
    if (!told.has(what)) drawing.issues.push(warning(what));
    told.add(what);
  };
  const own = (resource: JsonObject): string => {
    const id = newId();
    drawing.resources.push(identified(resource, id));
    return `${String(resource.resourceType)}/${id}`;
  };
  const reading = headerReading(zone, input.timeZone, drawing.issues);
  const shared = new SharedResources(knownByClaim(resolution, parse), newId);
  const cast = castOf(clinicalDocument, facts.patientClaim);
  const people = new People({ cast, patient: patientReference, shared, own, reading, warn });
  const roles = headerRoles(clinicalDocument, people, warn);

  const practitioners = generalPractitioners(clinicalDocument, people, warn);
  const patient: JsonObject = practitioners.length === 0 ? session.patient : { ...session.patient, generalPractitioner: practitioners };
  const documentAt = documentTime(session, received);
  const live = status === 'current';
  const encounter = live
    ? encounterOf(clinicalDocument, { subject: patientReference, people, reading, documentAt: documentAt.at, received, own, assumed: (what) => drawing.issues.push(information(what)) })
    : undefined;
  const consents = live ? consentsOf(clinicalDocument, patientReference, documentAt.text, reading).map(own) : [];
  drawing.issues.push(...unmappedHeader(clinicalDocument, body).map(information));

  const documentReference = documentReferenceOf(clinicalDocument, roles, {
    id: ids.document, patient: patientReference, writtenPatient: patient, people, reading, identifier: facts.identifier, status, labels, body, received: new Date(received).toISOString(), warn,
    related: facts.related.map((related, index) => {
      const reference = resolution.relatedReferences[index];
      return reference === undefined ? related : { ...related, reference };
    }),
    attached: { binary: ids.binary, size: submission.size, sha1: facts.sha1, sha256: facts.sha256, contentType: mediaType(facts.contentType) },
    ...(category === undefined ? {} : { category }), ...(encounter === undefined ? {} : { encounter }),
  });
  if (live && body.level === 3) {
    drawBody(session, roles, people, drawing, { patientReference, encounter, documentAt, consents, category: objects(documentReference.category) });
  }
  return write(session, resolution, { documentReference, patient, roles, people, shared, drawing, parse });
}

const mediaType = (contentType: string): string => contentType.split(';', 1)[0] ?? contentType;

interface Drawn {
  readonly documentReference: JsonObject;
  readonly patient: JsonObject;
  readonly roles: HeaderRoles;
  readonly people: People;
  readonly shared: SharedResources;
  readonly drawing: Drawing;
  readonly parse: (text: string) => JsonObject;
}

function write(session: SubmitSession, resolution: SubmitResolution, drawn: Drawn): SubmitResult {
  const { documentReference, patient, roles, people, shared, drawing, parse } = drawn;
  const { ids, structure } = resolution;
  const writer = new Writer(session, resolution);
  writer.put(documentReference, {
    exposure: 'owned', owners: [ids.patient], structures: writer.structures,
    documentFacts: {
      chainKeys: chainKeys(documentReference, ids.patient, []), labels: session.labels.visibility,
      authors: [...new Set(roles.authors.flatMap((who) => who.actors))],
    },
  });
  writer.drawn({
    resourceType: 'Binary', id: ids.binary, contentType: session.facts.contentType, securityContext: { reference: `DocumentReference/${ids.document}` },
  });

  const access: AccessFacts = { exposure: 'owned', owners: [ids.patient], structures: writer.structures };
  let patientUntouched = false;
  if (resolution.patient === undefined) {
    writer.put(identified(patient, ids.patient), access);
  } else {
    const stored = known(resolution.patient, parse);
    const more = filled(stored.resource, patient, identityElements) ?? (resolution.patient.deleted ? stored.resource : undefined);
    if (more !== undefined) writer.put(more, access, stored.version);
    else patientUntouched = true;
    if (usedNamesDiffer(stored.resource, patient)) drawing.issues.push(information(`Patient/${ids.patient}: the document writes another name in use than the stored one, which is kept.`));
  }
  for (const resource of drawing.resources) writer.drawn(settle(resource, drawing.references, people.locals));
  const { writes, issues } = shared.writes();
  drawing.issues.push(...issues);
  for (const { resource, replaces } of writes) writer.put(resource, { exposure: 'public', owners: [], structures: writer.structures }, replaces);

  const all = drawing.issues.length > 0 ? once(drawing.issues) : [information('The document is stored; everything in it was mapped.')];
  const targets = [...writer.references, ...resolution.changed];
  const provenance = provenanceOf(roles, {
    id: ids.provenance, targets, received: new Date(resolution.received).toISOString(), binary: ids.binary, people, issues: all, ...(structure === undefined ? {} : { structure }),
  });
  writer.drawn(settle(provenance, drawing.references, people.locals));
  return { puts: writer.puts, patientUntouched, resources: [...targets, `Provenance/${ids.provenance}`], issues: all };
}

/** The same is said once, however often it was met. */
const once = (issues: readonly Issue[]): Issue[] => [...new Map(issues.map((issue) => [`${issue.severity} ${issue.diagnostics}`, issue])).values()];

function usedNamesDiffer(stored: JsonObject, written: JsonObject): boolean {
  const used = (patient: JsonObject): string | undefined => textOf(objects(patient.name).find((name) => name.use === 'usual')?.family)?.toUpperCase();
  const [one, other] = [used(stored), used(written)];
  return one !== undefined && other !== undefined && one !== other;
}
