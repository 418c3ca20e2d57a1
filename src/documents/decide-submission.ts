/** The decisions of one submission, with the state of the store as it is now. Decided again after a conflict. */
import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Grant } from '../access/grant.js';
import { concerning, fail, Failure, type Issue } from '../fhir/failure.js';
import { object, objects, textOf } from '../fhir/elements.js';
import { newId } from '../fhir/id.js';
import { parseStored, type JsonObject } from '../fhir/json.js';
import { documentClaim } from '../identity/claims.js';
import { factsLookup } from '../identity/facts-lookup.js';
import { judgeIdentity, traitsOfPatient } from '../identity/patient-traits.js';
import type { FullText } from '../search/index/full-text.js';
import type { Claim, Guard, ResourceKey, Store, StoredVersion, Write } from '../store/port.js';
import { claimKey } from './shared.js';
import type { Stored, SubmitFacts, SubmitResolution } from './submission-shapes.js';
import type { OwnParameters } from '../search/index-state.js';
import { decideChain } from './versions.js';

export interface Circumstances {
  readonly store: Store;
  readonly server: Grant;
  readonly caller: Grant;
  readonly bases: readonly string[];
  readonly timeZone: string;
  /** Parameters of the operator. */
  readonly own?: OwnParameters;
  /** Words that are indexed. */
  readonly fullText: FullText;
  /** ms UTC */
  readonly received: number;
  /** The first time: see `versions.ts`. */
  readonly trusting: boolean;
}

export type Decision =
  /** The same bytes are here. */
  | { readonly kind: 'known'; readonly document: string; readonly patients: readonly string[] }
  | {
    readonly kind: 'write';
    readonly resolution: SubmitResolution;
    readonly writes: readonly Write[];
    readonly guards: readonly Guard[];
    /** References of other documents that change and that the caller may see. */
    readonly visible: readonly string[];
  };

type Holder = ({ readonly deleted: boolean } & ResourceKey) | undefined;

const isLive = (holder: Holder): holder is { readonly deleted: false } & ResourceKey => holder !== undefined && !holder.deleted;
const asStored = ({ type, id, version, text }: StoredVersion): Stored => ({ type, id, version, text });

/** Bytes hashed before others get their turn: some milliseconds. */
const step = 2 * 1024 * 1024;

/** Lower-case hex. */
async function sha256Of(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += step) {
    if (at > 0) await breathe();
    hash.update(bytes.subarray(at, at + step));
  }
  return hash.digest('hex');
}

/** The document with the same identifier, compared by its bytes. @throws Failure document-hidden, document-deleted, document-known */
async function sameDocument(holder: ResourceKey, bytes: Uint8Array, { store, server, caller }: Circumstances): Promise<Decision> {
  const found = await store.read(caller, holder);
  if (found === undefined) throw fail('document-hidden');
  if (found.deleted) throw fail('document-deleted');
  const resource = parseStored(found.text) as JsonObject;
  const url = textOf(object(objects(resource.content)[0]?.attachment)?.url) ?? '';
  const id = /^Binary\/([A-Za-z0-9\-.]{1,64})$/.exec(url)?.[1];
  const binary = id === undefined ? undefined : await store.read(server, { type: 'Binary', id });
  const same = binary?.content !== undefined && binary.content.size === bytes.length && binary.content.sha256 === (await sha256Of(bytes));
  if (!same) throw fail('document-known');
  return { kind: 'known', document: found.id, patients: found.owners };
}

/** Whoever bears the INS. One who was deleted is still the same person, as their last version tells, and lives again. */
async function personOf(known: ResourceKey | undefined, { store, server }: Circumstances): Promise<Stored | undefined> {
  const found = known === undefined ? undefined : await store.read(server, known);
  if (found === undefined || !found.deleted) return found && asStored(found);
  const last = await store.vread(server, found, found.version - 1);
  return last && { ...asStored(found), text: last.text, deleted: true };
}

/** @throws Failure identity-contradiction; @returns warnings */
function judgePerson(patient: Stored | undefined, facts: SubmitFacts): readonly Issue[] {
  return patient === undefined ? [] : judgeIdentity(traitsOfPatient(parseStored(patient.text) as JsonObject), facts.traits);
}

/**
 * @param bytes of the document
 * @throws Failure record-closed, document-hidden, document-deleted, document-known, identity-contradiction, other-patient, document-superseded, invalid
 */
export async function decideSubmission(facts: SubmitFacts, bytes: Uint8Array, circumstances: Circumstances): Promise<Decision> {
  const { store, server } = circumstances;
  const claims = [facts.documentClaim, facts.patientClaim, ...facts.related.map(({ identifier }) => documentClaim(identifier)), ...facts.sharedClaims];
  const [documentHolder, patientHolder, ...others] = await store.claimed(server, claims);
  try {
    return await decideAbout(patientHolder, documentHolder, others, facts, bytes, circumstances);
  } catch (error) {
    throw error instanceof Failure && patientHolder !== undefined ? concerning(error, [patientHolder.id]) : error;
  }
}

async function decideAbout(known: ResourceKey | undefined, documentHolder: Holder, others: readonly Holder[], facts: SubmitFacts, bytes: Uint8Array, circumstances: Circumstances): Promise<Decision> {
  const { store, server, caller, received, bases, timeZone, fullText, own, trusting } = circumstances;
  if (known !== undefined && (await store.isClosed(server, known.id))) throw fail('record-closed');
  if (documentHolder !== undefined) return sameDocument(documentHolder, bytes, circumstances);

  const person = await personOf(known, circumstances);
  const identityIssues = judgePerson(person, facts);
  const document = newId();
  const patient = person?.id ?? newId();
  const lookup = factsLookup({ store, server, writer: caller, bases, timeZone });
  const chain = await decideChain({
    store, server, caller, lookup, fullText, identifier: facts.identifier, related: facts.related, holders: others.slice(0, facts.related.length), document, trusting,
    ...(own ? { own } : {}), ...(facts.setId === undefined ? {} : { setId: facts.setId }), ...(person === undefined ? {} : { patient: person.id }),
  });
  const { actor } = caller;
  return {
    kind: 'write',
    writes: chain.writes,
    guards: [...chain.guards, ...(person === undefined ? [] : [{ kind: 'record-open', patient: person.id, moment: received } as const])],
    visible: chain.visible,
    resolution: {
      ids: { document, binary: newId(), provenance: newId(), patient },
      ...(person === undefined ? {} : { patient: person }),
      known: await knownResources(facts, others.slice(facts.related.length), circumstances),
      status: chain.status, relatedReferences: chain.references, changed: chain.changed, received,
      ...(actor.kind === 'system' ? { structure: actor.structure } : {}),
      issues: [...identityIssues, ...chain.issues],
    },
  };
}

/** Shared resources that are read before others have their turn. */
const readAtOnce = 256;

/** The shared resources that are here, by the claims that the document names; each is read once. */
async function knownResources({ sharedClaims }: SubmitFacts, holders: readonly Holder[], { store, server }: Circumstances): Promise<(readonly [string, Stored])[]> {
  const reads = new Map<string, Promise<StoredVersion | undefined>>();
  const knownBy = async (claim: Claim, index: number) => {
    const holder = holders[index];
    if (!isLive(holder)) return undefined;
    const key = `${holder.type}/${holder.id}`;
    const reading = reads.get(key) ?? store.read(server, holder);
    reads.set(key, reading);
    const stored = await reading;
    return stored === undefined || stored.deleted ? undefined : ([claimKey(claim), asStored(stored)] as const);
  };
  const found: (readonly [string, Stored])[] = [];
  for (let at = 0; at < sharedClaims.length; at += readAtOnce) {
    if (at > 0) await breathe();
    const some = await Promise.all(sharedClaims.slice(at, at + readAtOnce).map((claim, index) => knownBy(claim, at + index)));
    found.push(...some.filter((pair) => pair !== undefined));
  }
  return found;
}
