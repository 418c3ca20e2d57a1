/** The interactions that write: https://hl7.org/fhir/R4/http.html */
import { auditOf, etag, outcomeAnswer, preferOf } from './answers.js';
import { processBundle } from './bundle/process.js';
import type { Answer, Exchange } from './exchange.js';
import { charsetOf } from './negotiate.js';
import { patchFormat, type PatchSource } from './patch-format.js';
import type { Handler, Route } from './routes.js';
import { byteLimit, type Services } from './services.js';
import { withDraft } from './write/body-draft.js';
import type { WriteContext } from './write/context.js';
import { create } from './write/create.js';
import { remove, type Deleted } from './write/delete.js';
import { factsLookup } from './write/facts-lookup.js';
import { patchResource, withPatch } from './write/patch.js';
import { preconditionsOf } from './write/preconditions.js';
import { requireId, requireUsableId, update } from './write/update.js';
import { requireWriter } from './write/writers.js';
import { answerWritten } from './write/written.js';

const contextOf = ({ grant }: Pick<Exchange, 'grant'>, services: Services): WriteContext => ({ services, grant, lookup: factsLookup(services, grant) });

/** Whoever may not write is told so before anything is read. */
const createOne: Handler = async (exchange, services) => {
  const [type = ''] = exchange.path;
  requireWriter(exchange.grant, type);
  const condition = exchange.headers['if-none-exist'];
  const written = await withDraft(exchange, services, { type }, (draft) => create(contextOf(exchange, services), draft, type, condition));
  return answerWritten(written, exchange, services.baseUrl);
};

const updateOne: Handler = async (exchange, services) => {
  const [type = '', id = ''] = exchange.path;
  requireWriter(exchange.grant, type);
  requireUsableId(id);
  const preconditions = preconditionsOf(exchange.headers);
  const written = await withDraft(exchange, services, { type, id }, (draft) => update(contextOf(exchange, services), draft, { type, id }, preconditions));
  return answerWritten(written, exchange, services.baseUrl);
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
  requireId(id);
  const preconditions = preconditionsOf(exchange.headers);
  const written = await withPatch(await patchOf(exchange, services), services, (patch) => patchResource(contextOf(exchange, services), patch, { type, id }, preconditions));
  return answerWritten(written, exchange, services.baseUrl);
};

function answerDeleted({ ended, version }: Deleted, exchange: Exchange): Answer {
  const [type = '', id = ''] = exchange.path;
  const audit = auditOf('delete', ended ?? { type, id, owners: [] });
  const headers: Record<string, string> = version === undefined ? {} : { ETag: etag(version) };
  if (preferOf(exchange).return !== 'OperationOutcome') return { status: 204, headers, audit };
  const diagnostics = ended ? 'Deleted.' : 'There was nothing to delete.';
  return outcomeAnswer(200, [{ severity: 'information', code: 'informational', diagnostics }], audit, headers);
}

const deleteOne: Handler = async (exchange, services) => {
  const [type = '', id = ''] = exchange.path;
  requireId(id);
  return answerDeleted(await remove(contextOf(exchange, services), { type, id }, preconditionsOf(exchange.headers)), exchange);
};

export const writeRoutes: readonly Route[] = [
  { method: 'POST', pattern: [':type'], interaction: 'create', level: 'type', handler: createOne },
  { method: 'PUT', pattern: [':type', ':id'], interaction: 'update', level: 'instance', handler: updateOne },
  { method: 'PATCH', pattern: [':type', ':id'], interaction: 'patch', level: 'instance', handler: patchOne },
  { method: 'DELETE', pattern: [':type', ':id'], interaction: 'delete', level: 'instance', handler: deleteOne },
  { method: 'POST', pattern: [], interaction: 'transaction', level: 'system', handler: processBundle },
];
