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
import type { Opened } from '../interactions/lane.js';
import type { Handler, Route } from '../interactions/routes.js';
import type { Services } from '../interactions/services.js';
import type { CommitOutcome, WriteSet } from '../store/port.js';
import { Turns } from './turns.js';

type Work = Opened<SubmitFacts, SubmitResolution, SubmitResult>;

/** Base64 and the JSON around it. */
const parametersOverhead = 64 * 1024;
/** Each conflict is another's success, and those about one person wait for each other. */
const mostAttempts = 20;
const turns = new Turns();

function requirePusher({ actor }: Grant): void {
  if (actor.kind !== 'system' && actor.kind !== 'operator') throw fail('forbidden', { reason: "Only a provider's system or the operator pushes documents." });
}

function queryOf(query: string): { labels: readonly string[]; category?: string } {
  const parameters = new URLSearchParams(query);
  const labels = parameters.getAll('securityLabel').flatMap((text) => text.split(',')).map((text) => text.trim()).filter((text) => text !== '');
  const categories = parameters.getAll('category').filter((text) => text.trim() !== '');
  if (categories.length > 1) throw fail('bad-request', { reason: 'The parameter "category" is given more than once.' });
  const [category] = categories;
  return { labels, ...(category === undefined ? {} : { category: category.trim() }) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

interface Push {
  readonly exchange: Exchange;
  readonly services: Services;
  readonly work: Work;
  /** The bytes of the document. */
  readonly bytes: Uint8Array;
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
  const { store, identityDomain, baseUrls, timeZone, clock } = services;
  return { store, server: services.serverGrant(), caller: exchange.grant, domain: identityDomain, bases: baseUrls, timeZone, received: clock(), trusting };
}

/** Once about this document as the store is now; undefined when others changed it meanwhile. @throws Failure of the decision */
async function attempt(push: Push, content: { ref?: SubmitResolution['content'] }, trusting: boolean): Promise<Answer | undefined> {
  const { services, work, bytes } = push;
  const { store } = services;
  const decision = await decideSubmission(work.facts, bytes, circumstances(push, trusting));
  if (decision.kind === 'known') return knownAnswer(push, decision);
  content.ref ??= await store.stage(once(bytes), work.facts.contentType);
  const { resolution } = decision;
  const result = await work.finish({ ...resolution, content: content.ref });
  const about = aboutPatient(result, resolution);
  const writes = [...result.puts, ...decision.writes, ...about.writes];
  const { maxCommitWrites } = store.capabilities;
  if (writes.length > maxCommitWrites) throw fail('too-costly', { reason: `The document holds more than ${maxCommitWrites} resources.` });
  const outcome = await store.commit({ writes, guards: [...decision.guards, ...about.guards] });
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
  if (conflict.kind === 'record-closed') throw fail('record-closed');
  return undefined;
}

/**
 * The first attempt is made at once and trusts that nothing stands in its way. After a conflict, pushes about one person are
 * decided one after the other, those that come meanwhile included: each finds what the one before it left.
 */
async function decide(push: Push): Promise<Answer> {
  const content: { ref?: SubmitResolution['content'] } = {};
  const { system, value } = push.work.facts.patientClaim;
  const person = `${system}|${value}`;
  const answer = turns.taken(person) ? undefined : await attempt(push, content, true);
  return answer ?? turns.take(person, async () => {
    for (let tries = 1; tries < mostAttempts; tries++) {
      const found = await attempt(push, content, false);
      if (found !== undefined) return found;
      // Another person's push, or another process, took the same professional or structure: a little apart, they pass.
      await pause(Math.random() * Math.min(200, 4 * 2 ** tries));
    }
    throw fail('contention');
  });
}

const submit: Handler = async (exchange, services) => {
  requirePusher(exchange.grant);
  const { limits, identityDomain, timeZone, baseUrls, lanes } = services;
  const { labels, category } = queryOf(exchange.query);
  const { value, setting } = limits.document;
  const sent = await exchange.body.bytes({ bytes: Math.ceil((value * 4) / 3) + parametersOverhead, setting });
  const input: SubmitInput = {
    // A copy: a parse thread takes its input away, and the bytes are still to be stored.
    bytes: new Uint8Array(sent), contentType: exchange.body.contentType, labels, limit: { bytes: value, setting },
    domain: identityDomain, timeZone, bases: baseUrls, ...(category === undefined ? {} : { category }),
  };
  const work = await lanes.open(submitTask, input, sent.length);
  try {
    return await decide({ exchange, services, work, bytes: work.facts.inner ?? sent });
  } finally {
    work.close();
  }
};

export const submitDocumentRoute: Route = {
  method: 'POST', pattern: ['DocumentReference', '$submit-document'], interaction: '$submit-document', level: 'type', handler: submit,
  operation: {
    definition: 'urn:passerelle:OperationDefinition:submit-document',
    documentation: 'Takes a CI-SIS document (CDA R2, as such or in Parameters) and makes FHIR resources of it in one step.',
  },
};
