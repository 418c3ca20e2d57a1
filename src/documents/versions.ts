/**
 * Chains of versions (rules 3.4). Only a replacement (RPLC) supersedes. Parents and children may arrive in any order: a
 * child waits for its parent, and what was looked at is guarded, so that both arriving at once are decided one after the other.
 */
import { documentFacts } from '../access/document-facts.js';
import { readReference, type FactsLookup } from '../access/facts-lookup.js';
import type { Grant, GrantedPlan } from '../access/grant.js';
import { bodyHalves } from '../fhir/body.js';
import { object, objects, systemValue, textOf } from '../fhir/elements.js';
import { fail, type Issue } from '../fhir/failure.js';
import { parseStored, type Json, type JsonObject } from '../fhir/json.js';
import { documentClaim, heldClaims } from '../identity/claims.js';
import type { OwnParameters } from '../search/index-state.js';
import type { FullText } from '../search/index/full-text.js';
import { indexEntries } from '../search/indexer.js';
import type { DeleteWrite, Guard, PutWrite, ResourceKey, Store, StoredVersion, Write } from '../store/port.js';
import type { RelatedDocument } from './cda/header/document-facts.js';
import type { Token } from './cda/header/identifiers.js';
import { drawnFrom, ofSet, relatingTo } from './plans.js';

export interface ChainQuestion {
  /** Parameters of the operator. */
  readonly own?: OwnParameters;
  readonly store: Store;
  /** Of reach `everything`: chains are judged over all data. */
  readonly server: Grant;
  readonly caller: Grant;
  /** Words that are indexed. */
  readonly fullText: FullText;
  readonly lookup: FactsLookup;
  readonly identifier: Token;
  readonly setId?: Token;
  readonly related: readonly RelatedDocument[];
  /** Who bears the claim of each related document. */
  readonly holders: readonly (({ readonly deleted: boolean } & ResourceKey) | undefined)[];
  /** Id of the Patient; undefined when the person is not known yet. */
  readonly patient?: string;
  /** The id that the new document will have. */
  readonly document: string;
  /**
   * Nearly every document has neither a waiting child nor a twin of its set. The first time that is taken for granted, and
   * the guards say so at the commit; when they do not hold, it is looked at.
   */
  readonly trusting: boolean;
}

export interface ChainDecision {
  readonly status: 'current' | 'superseded';
  /** In the order of `related`. */
  readonly references: readonly (string | undefined)[];
  readonly writes: readonly Write[];
  readonly guards: readonly Guard[];
  /** References of the documents that change, and of those that the caller may see. */
  readonly changed: readonly string[];
  readonly visible: readonly string[];
  readonly issues: readonly Issue[];
}

interface ChainDocument {
  readonly stored: StoredVersion;
  readonly resource: JsonObject;
}

const information = (diagnostics: string): Issue => ({ severity: 'information', code: 'informational', diagnostics });
const warning = (diagnostics: string): Issue => ({ severity: 'warning', code: 'business-rule', diagnostics });
const read = (stored: StoredVersion): ChainDocument => ({ stored, resource: parseStored(stored.text) as JsonObject });
const reference = ({ stored }: ChainDocument): string => `DocumentReference/${stored.id}`;

/** What stays of a superseded document; everything else that was drawn from it goes. */
const kept: ReadonlySet<string> = new Set(['Binary', 'Provenance', 'DocumentReference']);

function replaces(resource: JsonObject, { system, value }: Token): boolean {
  const sought = documentClaim({ system, value });
  return objects(resource.relatesTo).some((relation) => {
    const identifier = relation.code === 'replaces' ? systemValue(object(relation.target)?.identifier) : undefined;
    if (identifier === undefined) return false;
    const claim = documentClaim(identifier);
    return claim.system === sought.system && claim.value === sought.value;
  });
}

const isOf = ({ stored }: ChainDocument, patient: string | undefined): boolean => patient !== undefined && stored.owners.includes(patient);

/** The person that a stored document is about; its owners may be others too (a patient among the authors). */
function subjectOf({ subject }: JsonObject, { owners }: StoredVersion, bases: readonly string[]): string {
  const { local } = readReference(object(subject), bases);
  return local?.type === 'Patient' ? local.id : owners[0] ?? '';
}

/** A document of a chain, rewritten. No structure is added to those that wrote it: it is another's push that changes it. */
async function rewrite({ stored }: ChainDocument, resource: JsonObject, { lookup, fullText, own }: ChainQuestion): Promise<PutWrite> {
  const { bases, timeZone } = lookup;
  return {
    kind: 'put', type: 'DocumentReference', id: stored.id, expect: { version: stored.version },
    body: bodyHalves(resource), entries: indexEntries(resource, { bases, timeZone, fullText, ...(own ? { own } : {}) }), claims: heldClaims(resource),
    access: { exposure: 'owned', owners: stored.owners, structures: [], documentFacts: await documentFacts(resource, subjectOf(resource, stored, bases), lookup) },
  };
}

/** Deletions of all that was drawn from a document, less what a superseded one keeps. */
export async function clinicalDeletes(store: Store, server: Grant, document: string): Promise<DeleteWrite[]> {
  const drawn = await drawnFrom(store, server, document);
  return drawn.filter(({ type }) => !kept.has(type)).map(({ type, id, version }) => ({ kind: 'delete', type, id, expect: { version }, claims: [] }));
}

interface Found {
  readonly documents: readonly ChainDocument[];
  readonly guard: Guard;
}

/** The live documents that say they replace this identifier, and the guard that there are no others at the commit. */
async function replacersOf({ store, server }: ChainQuestion, identifier: Token): Promise<Found> {
  const plan = relatingTo(server, identifier);
  const { matches } = await store.search(plan);
  const documents = matches.map(read).filter(({ resource }) => resource.status !== 'entered-in-error' && replaces(resource, identifier));
  return { documents, guard: { kind: 'matches', plan, ids: matches.map(({ id }) => id) } };
}

interface Parents {
  readonly references: readonly (string | undefined)[];
  /** Those that become superseded. */
  readonly superseded: readonly ChainDocument[];
  readonly known: readonly ChainDocument[];
  readonly guards: readonly Guard[];
  readonly issues: readonly Issue[];
}

/** @throws Failure other-patient, document-superseded */
async function parentsOf(question: ChainQuestion): Promise<Parents> {
  const { store, server, related, holders, patient } = question;
  const references: (string | undefined)[] = [];
  const superseded: ChainDocument[] = [];
  const known: ChainDocument[] = [];
  const guards: Guard[] = [];
  const issues: Issue[] = [];
  for (const [index, { code, identifier }] of related.entries()) {
    const holder = holders[index];
    const found = holder === undefined || holder.deleted ? undefined : await store.read(server, holder);
    const document = found === undefined || found.deleted ? undefined : read(found);
    references.push(undefined);
    if (document === undefined) {
      if (holder === undefined) guards.push({ kind: 'claim-free', claim: documentClaim(identifier) });
      if (code === 'replaces') issues.push(information('The document to replace is not here: this one is stored, and waits for it.'));
      continue;
    }
    if (!isOf(document, patient)) {
      if (code === 'replaces') throw fail('other-patient', {}, { expression: ['ClinicalDocument.relatedDocument.parentDocument.id'] });
      issues.push(warning('A related document is about another person: it is not referred to.'));
      continue;
    }
    references[index] = reference(document);
    if (code !== 'replaces') continue;
    known.push(document);
    if (document.resource.status === 'current') superseded.push(document);
    else guards.push(...(await refuseSecond(question, identifier, document, issues)));
  }
  return { references, superseded, known, guards, issues };
}

/** A document that is no longer current may be replaced only where nothing that is here replaced it. */
async function refuseSecond(question: ChainQuestion, identifier: Token, parent: ChainDocument, issues: Issue[]): Promise<Guard[]> {
  if (parent.resource.status !== 'superseded') {
    issues.push(warning('The document to replace is marked as entered in error: its status is left as it is.'));
    return [];
  }
  const { documents, guard } = await replacersOf(question, identifier);
  if (documents.some((document) => isOf(document, question.patient))) throw fail('document-superseded', {}, { expression: ['ClinicalDocument.relatedDocument.parentDocument.id'] });
  return [guard];
}

/** Versions of one document that are looked through. */
const longest = 5_000;

/** Whether a waiting child stands among what the new document replaces: a circle would leave no current document. @throws Failure invalid, also where there are too many to tell */
async function refuseCircle({ store, server }: ChainQuestion, parents: readonly ChainDocument[], children: readonly ChainDocument[]): Promise<void> {
  const sought = new Set(children.map(({ stored }) => stored.id));
  const open = [...parents];
  const met = new Set<string>();
  for (let document = open.pop(); document !== undefined; document = open.pop()) {
    const { id: own } = document.stored;
    if (sought.has(own)) throw fail('invalid', { reason: 'This document replaces one that replaces it.' });
    if (met.size === longest) throw fail('invalid', { reason: `This document replaces one of more than ${longest} versions, and another waits for it: they may replace each other in a circle.` });
    met.add(own);
    for (const relation of objects(document.resource.relatesTo)) {
      const target = relation.code === 'replaces' ? textOf(object(relation.target)?.reference) : undefined;
      const id = target?.startsWith('DocumentReference/') ? target.slice('DocumentReference/'.length) : undefined;
      const found = id === undefined || met.has(id) ? undefined : await store.read(server, { type: 'DocumentReference', id });
      if (found !== undefined && !found.deleted) open.push(read(found));
    }
  }
}

/** The child with the reference of its parent, which is known now. */
function withReference(resource: JsonObject, identifier: Token, document: string): JsonObject {
  const relatesTo = objects(resource.relatesTo).map((relation): Json => {
    const target = object(relation.target);
    const single: JsonObject = { relatesTo: [relation] };
    return target !== undefined && target.reference === undefined && replaces(single, identifier) ? { ...relation, target: { reference: `DocumentReference/${document}`, ...target } } : relation;
  });
  return { ...resource, relatesTo };
}

const several = 'Several documents say that they replace this one: it stays current.';
const ofAnother = 'A document about another person says that it replaces this one: it stays current.';

/** @throws Failure other-patient, document-superseded, invalid (a circle) */
export async function decideChain(question: ChainQuestion): Promise<ChainDecision> {
  const { store, server, caller, identifier, patient, document } = question;
  const parents = await parentsOf(question);
  const waiting = await (question.trusting ? noneOf(relatingTo(server, identifier)) : replacersOf(question, identifier));
  const twins = await twinsOf(question);
  const children = waiting.documents.filter((child) => isOf(child, patient));
  if (children.length > 0 && parents.known.length > 0) await refuseCircle(question, parents.known, children);
  const status = children.length === 1 ? 'superseded' : 'current';
  const issues = [...parents.issues];
  if (children.length === 1) issues.push(information('A newer version is here already: this one is stored as superseded, without resources of its body.'));
  if (children.length > 1) issues.push(warning(several));
  if (children.length === 0 && waiting.documents.length > 0) issues.push(warning(ofAnother));
  if (twins.visible && status === 'current') issues.push(warning('Another current document bears the same setId, and this one does not say that it replaces it (relatedDocument RPLC): both stay current.'));

  const writes: Write[] = [];
  for (const parent of parents.superseded) {
    writes.push(await rewrite(parent, { ...parent.resource, status: 'superseded' }, question));
    writes.push(...(await clinicalDeletes(store, server, parent.stored.id)));
  }
  for (const child of children) writes.push(await rewrite(child, withReference(child.resource, identifier, document), question));
  const touched = [...parents.superseded, ...children];
  const seen = await Promise.all(touched.map(({ stored }) => store.read(caller, stored)));
  return {
    status, writes, issues, references: parents.references,
    guards: [...parents.guards, waiting.guard, ...twins.guards],
    changed: touched.map(reference),
    visible: touched.filter((_, index) => seen[index] !== undefined).map(reference),
  };
}

const noneOf = (plan: GrantedPlan): Found => ({ documents: [], guard: { kind: 'matches', plan, ids: [] } });

/** Current documents of the same set, which this one does not say that it replaces: told where the caller may see one. */
async function twinsOf({ store, server, caller, setId, related, patient, trusting }: ChainQuestion): Promise<{ visible: boolean; guards: readonly Guard[] }> {
  if (setId === undefined || patient === undefined || related.some(({ code }) => code === 'replaces')) return { visible: false, guards: [] };
  if (trusting) return { visible: false, guards: [noneOf(ofSet(server, setId, patient)).guard] };
  return { visible: (await store.search(ofSet(caller, setId, patient))).matches.length > 0, guards: [] };
}
