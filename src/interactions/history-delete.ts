/**
 * delete-history and delete-history-version (https://hl7.org/fhir/http.html#delete-history): the operator erases past versions for
 * good, where the setting HISTORY_DELETE allows it. The current version, or the tombstone that says that the resource was
 * deleted, stays; nothing tells that the others were there but the numbers that are missing, and the audit log.
 */
import { fail } from '../fhir/failure.js';
import { auditOf, outcomeAnswer, preferOf } from './answers.js';
import type { Answer, AuditFacts, Exchange } from './exchange.js';
import { isStrict, readParameters } from './parameters.js';
import { isVersion, notFound } from './read.js';
import type { Handler, Route } from './routes.js';
import type { Services } from './services.js';
import type { StoredVersion } from '../store/port.js';
import { isRemembered } from './write/current.js';
import { requireNoProvenance } from './write/provenance.js';

/** @throws Failure forbidden, bad-parameter */
function requireOperator(exchange: Exchange, services: Services): void {
  if (exchange.grant.reach.kind !== 'everything') throw fail('forbidden', { reason: 'Only the operator erases past versions.' });
  readParameters(exchange.query, [], isStrict(exchange, services));
}

/** Who a deleted person, professional or document was is known by its last version, which therefore stays. @throws Failure conflict */
function requireForgettable({ type, version, deleted }: StoredVersion, erased?: number): void {
  if (!deleted || !isRemembered(type) || (erased !== undefined && erased !== version - 1)) return;
  throw fail('conflict', { reason: `The last version of a deleted ${type} says who or what it was, and stays. Erase it for good ($erase).` });
}

function answerErased(exchange: Exchange, erased: number, audit: AuditFacts): Answer {
  if (preferOf(exchange).return !== 'OperationOutcome') return { status: 204, headers: {}, audit };
  const diagnostics = erased === 1 ? 'One past version erased for good.' : `${erased} past versions erased for good.`;
  return outcomeAnswer(200, [{ severity: 'information', code: 'informational', diagnostics }], audit);
}

const eraseAll: Handler = async (exchange, services) => {
  requireOperator(exchange, services);
  requireNoProvenance(exchange);
  const { grant, path: [type = '', id = ''] } = exchange;
  const found = await services.store.read(grant, { type, id });
  if (!found) throw notFound(type, id);
  requireForgettable(found);
  return answerErased(exchange, await services.store.eraseHistory(grant, { type, id }), auditOf('delete-history', found));
};

const eraseOne: Handler = async (exchange, services) => {
  requireOperator(exchange, services);
  requireNoProvenance(exchange);
  const { grant, path: [type = '', id = '', , version = ''] } = exchange;
  const found = await services.store.read(grant, { type, id });
  if (!found || !isVersion(version)) throw notFound(type, id, version);
  if (found.version === Number(version)) throw fail('conflict', { reason: 'This is the current version, which stays. Delete the resource, or erase it for good ($erase).' });
  requireForgettable(found, Number(version));
  const erased = await services.store.eraseHistory(grant, { type, id }, Number(version));
  if (erased === 0) throw notFound(type, id, version);
  return answerErased(exchange, erased, auditOf('delete-history-version', found));
};

const offeredBy = { setting: 'HISTORY_DELETE', isOn: ({ historyDelete }: Services) => historyDelete === true };

export const historyDeleteRoutes: readonly Route[] = [
  { method: 'DELETE', pattern: [':type', ':id', '_history'], interaction: 'delete-history', level: 'instance', handler: eraseAll, offeredBy },
  { method: 'DELETE', pattern: [':type', ':id', '_history', ':version'], interaction: 'delete-history-version', level: 'instance', handler: eraseOne, offeredBy },
];
