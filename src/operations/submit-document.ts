/**
 * `DocumentReference/$submit-document`: a CI-SIS document becomes, in one atomic step, its original bytes, its metadata, the
 * person, professionals and structures that it names, and what its body says (rules section 3).
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Grant } from '../access/grant.js';
import { decideSubmission, type Circumstances, type Decision } from '../documents/decide-submission.js';
import { firstAnswer, submissionParameters } from '../documents/first-answer.js';
import { issuesOf } from '../documents/cda/header/provenance.js';
import type { SubmitFacts, SubmitInput, SubmitResolution, SubmitResult } from '../documents/submission-shapes.js';
import { submitTask } from '../documents/submit-task.js';
import { fail } from '../fhir/failure.js';
import { fhirJson } from '../interactions/answers.js';
import type { Answer, Exchange } from '../interactions/exchange.js';
import { copied } from '../interactions/pace.js';
import { readParameters } from '../interactions/parameters.js';
import type { Handler, Route } from '../interactions/routes.js';
import { ownOf, type Services } from '../interactions/services.js';
import { weightOf } from '../interactions/weight.js';
import { requireNoProvenance } from '../interactions/write/provenance.js';
import type { CommitOutcome, ContentRef, OwnContent, PutWrite, Store, Write, WriteSet } from '../store/port.js';
import { Turns } from './turns.js';

/** Base64 and the JSON around it. */
const parametersOverhead = 64 * 1024;
/** Each conflict is another's success, and those about one person wait for each other. */
const mostAttempts = 20;
const turns = new Turns();

function requirePusher({ actor }: Grant): void {
  if (actor.kind !== 'system' && actor.kind !== 'operator') throw fail('forbidden', { reason: "Only a provider's system or the operator pushes documents." });
}

/** An unknown name is always refused: a misspelt label that is passed over would leave a document open to those it was to be hidden from. */
function queryOf(query: string): { labels: readonly string[]; category?: string } {
  const parameters = readParameters(query, ['securityLabel', 'category'], true);
  const labels = parameters.all('securityLabel').flatMap((text) => text.split(',')).map((text) => text.trim()).filter((text) => text !== '');
  const categories = parameters.all('category').filter((text) => text.trim() !== '');
  if (categories.length > 1) throw fail('bad-request', { reason: 'The parameter "category" is given more than once.' });
  const [category] = categories;
  return { labels, ...(category === undefined ? {} : { category: category.trim() }) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** What is longer than a step takes along is staged while the document is mapped. */
function contentOf(bytes: Uint8Array, { sha1, sha256, contentType }: SubmitFacts, store: Store): Promise<ContentRef> | OwnContent {
  if (bytes.length <= store.capabilities.ownContent) return { bytes, size: bytes.length, sha1, sha256, contentType };
  const staged = store.stage(once(bytes), contentType);
  // Awaited by the write; when that is not reached, nobody else is to hear of it.
  staged.catch(() => undefined);
  return staged;
}

interface Push {
  readonly exchange: Exchange;
  readonly services: Services;
  readonly sent: Buffer;
  readonly input: Omit<SubmitInput, 'bytes'>;
  /** The bytes of the document: on their way to the store, or ready for the step that writes them. */
  content?: Promise<ContentRef> | OwnContent;
}

const parametersAnswer = (status: 200 | 201, document: string, patients: readonly string[], body: string, baseUrl: string): Answer => ({
  status,
  headers: { 'Content-Type': fhirJson, Location: `${baseUrl}/DocumentReference/${document}` },
  body,
  audit: { interaction: '$submit-document', type: 'DocumentReference', id: document, patients },
});

async function knownAnswer({ exchange, services }: Push, { document, patients }: Extract<Decision, { kind: 'known' }>): Promise<Answer> {
  const body = await firstAnswer(services.store, exchange.grant, services.serverGrant(), document);
  return parametersAnswer(200, document, patients, body, services.baseUrl);
}

function circumstances({ exchange, services }: Push, trusting: boolean): Circumstances {
  const { store, baseUrls, timeZone, clock } = services;
  return { store, server: services.serverGrant(), caller: exchange.grant, bases: baseUrls, timeZone, fullText: services.fullText, received: clock(), trusting, ...ownOf(services) };
}

interface Made {
  readonly decision: Extract<Decision, { kind: 'write' }>;
  readonly result: SubmitResult;
}

/**
 * Reads, decides and maps. The tree of the document lives no longer than this: nothing of it is waited with, and after a
 * conflict it is read again.
 * @returns the answer to a document that is here; `person` alone when others are at work about that person
 * @throws Failure of reading and of the decision
 */
async function make(push: Push, trusting: boolean): Promise<{ readonly person: string; readonly answer?: Answer; readonly made?: Made }> {
  const { services, sent, input } = push;
  // A copy: a parse thread takes its input away, and the bytes are still to be stored.
  const work = await services.lanes.open(submitTask, { ...input, bytes: await copied(sent) }, weightOf(sent));
  try {
    const { facts } = work;
    const person = `${facts.patientClaim.system}|${facts.patientClaim.value}`;
    if (trusting && turns.taken(person)) return { person };
    const bytes = facts.inner ?? sent;
    const decision = await decideSubmission(facts, bytes, circumstances(push, trusting));
    if (decision.kind === 'known') return { person, answer: await knownAnswer(push, decision) };
    push.content ??= contentOf(bytes, facts, services.store);
    return { person, made: { decision, result: await work.finish(decision.resolution) } };
  } finally {
    work.close();
  }
}

/** The writes of what was made, the Binary with its bytes; what was made holds them no more. */
const takenOut = ({ puts }: SubmitResult, content: ContentRef | OwnContent | undefined): PutWrite[] =>
  puts.splice(0).map((put) => (put.type === 'Binary' && content !== undefined ? { ...put, content } : put));

/** Writes what was made; undefined when others changed it meanwhile. @throws Failure record-closed, too-costly */
async function write({ exchange, services, content: given }: Push, { decision, result }: Made): Promise<Answer | undefined> {
  const { store } = services;
  const { resolution } = decision;
  const content = await given;
  const about = aboutPatient(result, resolution);
  const writes: Write[] = [...takenOut(result, content), ...decision.writes, ...about.writes];
  const { maxCommitWrites } = store.capabilities;
  if (writes.length > maxCommitWrites) throw fail('too-costly', { reason: `The document holds more than ${maxCommitWrites} resources.` });
  // What was made is many times what the answer needs: it is not held on to while the step waits for the disk.
  const taken = (): void => void writes.splice(0);
  const outcome = await store.commit({ writes, guards: [...decision.guards, ...about.guards], taken }, exchange.signal);
  if (outcome.kind === 'conflict') return refusedByConflict(outcome);
  const { document, patient } = resolution.ids;
  const hidden = new Set(resolution.changed.filter((reference) => !decision.visible.includes(reference)));
  const body = submissionParameters(document, result.resources.filter((reference) => !hidden.has(reference)), issuesOf(result.issues));
  return parametersAnswer(201, document, [patient], body, services.baseUrl);
}

/** A push about a known person is a write to their record, also when it changes nothing of the Patient, who must still be there. */
function aboutPatient({ patientUntouched }: SubmitResult, { ids, structure, patient }: Pick<SubmitResolution, 'ids' | 'structure' | 'patient'>): WriteSet {
  if (!patientUntouched || patient === undefined) return { writes: [], guards: [] };
  const key = { type: 'Patient', id: ids.patient };
  return structure === undefined
    ? { writes: [], guards: [{ kind: 'version', key, version: patient.version }] }
    : { writes: [{ kind: 'access', ...key, structures: [structure] }], guards: [] };
}

function refusedByConflict({ conflict }: Extract<CommitOutcome, { kind: 'conflict' }>): undefined {
  if (conflict.kind === 'record-closed') throw fail('record-closed', {}, { concerns: [conflict.patient] });
  if (conflict.kind === 'index') throw fail('index-changed', {}, { headers: { 'Retry-After': '1' } });
  return undefined;
}

/**
 * The first attempt is made at once and trusts that nothing stands in its way. After a conflict, pushes about one person are
 * decided one after the other, those that come meanwhile included: each finds what the one before it left.
 */
async function decide(push: Push): Promise<Answer> {
  const { person, answer, made } = await make(push, true);
  const first = answer ?? (made && (await write(push, made)));
  return first ?? turns.take(person, async () => {
    for (let tries = 1; tries < mostAttempts; tries++) {
      const again = await make(push, false);
      const found = again.answer ?? (again.made && (await write(push, again.made)));
      if (found !== undefined) return found;
      // Another person's push, or another process, took the same professional or structure: a little apart, they pass.
      await pause(Math.random() * Math.min(200, 4 * 2 ** tries));
    }
    throw fail('contention');
  });
}

const submit: Handler = async (exchange, services) => {
  requirePusher(exchange.grant);
  requireNoProvenance(exchange);
  const { limits, identityDomain, timeZone, fullText, baseUrls } = services;
  const { labels, category } = queryOf(exchange.query);
  const { value, setting } = limits.document;
  const sent = await exchange.body.bytes({ bytes: Math.ceil((value * 4) / 3) + parametersOverhead, setting });
  const input = {
    contentType: exchange.body.contentType, labels, limit: { bytes: value, setting },
    domain: identityDomain, timeZone, fullText, bases: baseUrls, ...ownOf(services), ...(category === undefined ? {} : { category }),
  };
  return decide({ exchange, services, sent, input });
};

export const submitDocumentRoute: Route = {
  method: 'POST', pattern: ['DocumentReference', '$submit-document'], interaction: '$submit-document', level: 'type', handler: submit,
  operation: {
    definition: 'urn:passerelle:OperationDefinition:submit-document',
    documentation: 'Takes a CI-SIS document (CDA R2, as such or in Parameters) and makes FHIR resources of it in one step.',
  },
};
