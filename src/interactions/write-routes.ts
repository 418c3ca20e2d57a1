/** The interactions that write: https://hl7.org/fhir/R4/http.html */
import { applied, auditOf, etag, outcomeAnswer, preferOf } from './answers.js';
import { ownersOf } from './bundle.js';
import { processBundle } from './bundle/process.js';
import type { Answer, AuditFacts, Exchange } from './exchange.js';
import { readMask, type Mask } from './mask.js';
import type { AnswerHeaders } from './headers.js';
import { historyDeleteRoutes } from './history-delete.js';
import { charsetOf } from './negotiate.js';
import { isStrict, readParameters } from './parameters.js';
import { patchFormat, type PatchSource } from './patch-format.js';
import type { Handler, Route } from './routes.js';
import { byteLimit, type Services } from './services.js';
import { withDraft } from './write/body-draft.js';
import { criteriaIn } from './write/conditional.js';
import type { WriteContext } from './write/context.js';
import { create } from './write/create.js';
import { remove, removeWhere, type Deleted } from './write/delete.js';
import { factsLookup } from './write/facts-lookup.js';
import { patchResource, patchWhere, withPatch } from './write/patch.js';
import { preconditionsOf } from './write/preconditions.js';
import { provenanceIn } from './write/provenance.js';
import { requireId, requireUsableId, update, updateWhere } from './write/update.js';
import { requireWriter } from './write/writers.js';
import { answerWritten } from './write/written.js';

function contextOf(exchange: Pick<Exchange, 'grant' | 'headers' | 'signal'>, services: Services): WriteContext {
  const { grant, signal } = exchange;
  const provenance = provenanceIn(exchange, services);
  return { services, grant, signal, lookup: factsLookup(services, grant), ...(provenance ? { provenance } : {}) };
}

/** The part of what is written that the caller wants back. Judged before anything is written. @throws Failure bad-parameter */
const maskOfWrite = (exchange: Exchange, services: Services): Mask | undefined => (exchange.query === '' ? undefined : readMask(exchange, services));

/** Whoever may not write is told so before anything is read. */
const createOne: Handler = async (exchange, services) => {
  const [type = ''] = exchange.path;
  requireWriter(exchange.grant, type);
  const mask = maskOfWrite(exchange, services);
  const condition = exchange.headers['if-none-exist'];
  const written = await withDraft(exchange, services, { type }, (draft) => create(contextOf(exchange, services), draft, type, condition));
  return answerWritten(written, exchange, services, mask);
};

const updateOne: Handler = async (exchange, services) => {
  const [type = '', id = ''] = exchange.path;
  requireWriter(exchange.grant, type);
  const mask = maskOfWrite(exchange, services);
  requireUsableId(id);
  const preconditions = preconditionsOf(exchange.headers);
  const written = await withDraft(exchange, services, { type, id }, (draft) => update(contextOf(exchange, services), draft, { type, id }, preconditions));
  return answerWritten(written, exchange, services, mask);
};

const updateMatch: Handler = async (exchange, services) => {
  const [type = ''] = exchange.path;
  requireWriter(exchange.grant, type);
  const preconditions = preconditionsOf(exchange.headers);
  const written = await withDraft(exchange, services, { type }, (draft) => updateWhere(contextOf(exchange, services), draft, type, criteriaIn(exchange.query), preconditions));
  return answerWritten(written, exchange, services);
};

/** The body of a PATCH. @throws Failure unsupported-type, too-large */
async function patchOf({ body }: Exchange, { limits }: Services): Promise<PatchSource> {
  const format = patchFormat(body.contentType);
  const charset = charsetOf(body.contentType);
  return { format, bytes: await body.bytes(byteLimit(limits.body)), ...(charset === undefined ? {} : { charset }) };
}

const patchOne: Handler = async (exchange, services) => {
  const [type = '', id = ''] = exchange.path;
  requireWriter(exchange.grant, type);
  const mask = maskOfWrite(exchange, services);
  requireId(id);
  const preconditions = preconditionsOf(exchange.headers);
  const written = await withPatch(await patchOf(exchange, services), services, (patch) => patchResource(contextOf(exchange, services), patch, { type, id }, preconditions));
  return answerWritten(written, exchange, services, mask);
};

const patchMatch: Handler = async (exchange, services) => {
  const [type = ''] = exchange.path;
  requireWriter(exchange.grant, type);
  const preconditions = preconditionsOf(exchange.headers);
  const written = await withPatch(await patchOf(exchange, services), services, (patch) => patchWhere(contextOf(exchange, services), patch, type, criteriaIn(exchange.query), preconditions));
  return answerWritten(written, exchange, services);
};

function auditDeleted({ ended }: Deleted, [type = '', id]: readonly string[]): AuditFacts {
  const [one, ...more] = ended;
  if (one && more.length === 0) return auditOf('delete', one);
  return { interaction: 'delete', type, ...(id === undefined ? {} : { id }), patients: ownersOf(ended) };
}

function answerDeleted(deleted: Deleted, exchange: Exchange): Answer {
  const { ended, version } = deleted;
  const audit = auditDeleted(deleted, exchange.path);
  const headers: AnswerHeaders = version === undefined ? {} : { ETag: etag(version) };
  const prefer = preferOf(exchange);
  if (prefer.return !== 'OperationOutcome') return { status: 204, headers: prefer.said && prefer.return === 'minimal' ? applied(headers, 'return=minimal') : headers, audit };
  const diagnostics = ended.length === 0 ? 'There was nothing to delete.' : ended.length === 1 ? 'Deleted.' : `${ended.length} resources deleted.`;
  return outcomeAnswer(200, [{ severity: 'information', code: 'informational', diagnostics }], audit, applied(headers, 'return=OperationOutcome'));
}

const deleteOne: Handler = async (exchange, services) => {
  const [type = '', id = ''] = exchange.path;
  if (exchange.query !== '') readParameters(exchange.query, [], isStrict(exchange, services));
  requireId(id);
  return answerDeleted(await remove(contextOf(exchange, services), { type, id }, preconditionsOf(exchange.headers)), exchange);
};

const deleteMatches: Handler = async (exchange, services) => {
  const [type = ''] = exchange.path;
  return answerDeleted(await removeWhere(contextOf(exchange, services), type, criteriaIn(exchange.query), preconditionsOf(exchange.headers)), exchange);
};

export const writeRoutes: readonly Route[] = [
  { method: 'POST', pattern: [':type'], interaction: 'create', level: 'type', handler: createOne },
  { method: 'PUT', pattern: [':type', ':id'], interaction: 'update', level: 'instance', handler: updateOne },
  { method: 'PUT', pattern: [':type'], interaction: 'update', level: 'type', handler: updateMatch },
  { method: 'PATCH', pattern: [':type'], interaction: 'patch', level: 'type', handler: patchMatch },
  { method: 'DELETE', pattern: [':type'], interaction: 'delete', level: 'type', handler: deleteMatches },
  { method: 'PATCH', pattern: [':type', ':id'], interaction: 'patch', level: 'instance', handler: patchOne },
  { method: 'DELETE', pattern: [':type', ':id'], interaction: 'delete', level: 'instance', handler: deleteOne },
  ...historyDeleteRoutes,
  { method: 'POST', pattern: [], interaction: 'transaction', level: 'system', handler: processBundle },
];
