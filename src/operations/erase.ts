/**
 * `[type]/[id]/$erase`: erases for good every version, index entry, claim and byte of one resource, or of a Patient's
 * whole record. The operator's alone; the audit log stays (rules 3.8). What was interrupted goes on when called again.
 */
import { fail } from '../fhir/failure.js';
import { isId } from '../fhir/id.js';
import { outcomeAnswer } from '../interactions/answers.js';
import { isStrict, readParameters } from '../interactions/parameters.js';
import type { Handler, Route } from '../interactions/routes.js';
import { requireNoProvenance } from '../interactions/write/provenance.js';

const told = (type: string, done: number): string =>
  done === 0 ? 'There was nothing to erase.'
  : `Erased for good: ${type === 'Patient' ? 'the record of this Patient' : `this ${type}`} with every version (${done} ${done === 1 ? 'resource' : 'resources'}).`;

const erase: Handler = async (exchange, services) => {
  const { grant, path: [type = '', id = ''] } = exchange;
  const { store } = services;
  if (grant.reach.kind !== 'everything') throw fail('forbidden', { reason: 'Only the operator erases for good.' });
  // What is passed over would be erased against the caller's wish.
  readParameters(exchange.query, [], isStrict(exchange, services));
  requireNoProvenance(exchange);
  if (!isId(id)) throw fail('bad-id', { id: id.slice(0, 64) });
  const owners = (await store.read(grant, { type, id }))?.owners ?? [];
  let erased = 0;
  for await (const { done } of store.erase(grant, { type, id })) erased = done;
  const patients = type === 'Patient' ? [...new Set([id, ...owners])] : owners;
  return outcomeAnswer(200, [{ severity: 'information', code: 'informational', diagnostics: told(type, erased) }], { interaction: '$erase', type, id, patients });
};

export const eraseRoute: Route = {
  method: 'POST', pattern: [':type', ':id', '$erase'], interaction: '$erase', level: 'instance', handler: erase,
  operation: { definition: 'urn:passerelle:OperationDefinition:erase', documentation: 'Erases a resource, or the whole record of a Patient, for good. For the operator.' },
};
