/**
 * People whose records are closed, or blocked to one professional, put into the store through its port: what a decision has to look
 * past. They answer none of the questions, so that a professional is asked for the same pages as the operator.
 */
import type { AccessFacts, ConsentRule } from '../../../access/facts.js';
import { professionalActor, professionalKey, professionalOid } from '../../../access/keys.js';
import { bodyHalves } from '../../../fhir/body.js';
import { newId } from '../../../fhir/id.js';
import type { JsonObject } from '../../../fhir/json.js';
import type { Services } from '../../../interactions/services.js';
import { indexEntries } from '../../../search/indexer.js';
import type { PutWrite } from '../../../store/port.js';

/** People of one step. */
const step = 500;
const always = { from: -8.64e15, until: 8.64e15 } as const;
const coding = (system: string, code: string): JsonObject => ({ coding: [{ system, code }] });

const personOf = (id: string): JsonObject => ({ resourceType: 'Patient', id, name: [{ family: 'Zzimon', given: ['Zoé'] }], gender: 'other', birthDate: '1990-05-17' });
function consentOf(patient: string, rpps: string | undefined): JsonObject {
  const actor = rpps === undefined ? {} : { actor: [{ role: coding('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'PRCP'), reference: { identifier: { system: `urn:oid:${professionalOid}`, value: rpps } } }] };
  return {
    resourceType: 'Consent', id: newId(), status: 'active', scope: coding('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [coding('http://loinc.org', '59284-0')], patient: { reference: `Patient/${patient}` }, provision: { type: 'deny', ...actor },
  };
}

/** What the interaction `create` would give the store. */
const writeOf = ({ baseUrls: bases, timeZone, fullText }: Services, resource: JsonObject, access: AccessFacts): PutWrite => ({
  kind: 'put', type: String(resource.resourceType), id: String(resource.id), expect: 'absent', claims: [], access,
  body: bodyHalves(resource), entries: indexEntries(resource, { bases, timeZone, fullText }),
});

function writesOf(services: Services, rpps: string | undefined): PutWrite[] {
  const patient = newId();
  const actors = rpps === undefined ? {} : { actors: [professionalActor(professionalKey(professionalOid, rpps) ?? '')] };
  const rule: ConsentRule = { effect: rpps === undefined ? 'close' : 'block', patient, ...always, ...actors };
  return [
    writeOf(services, personOf(patient), { exposure: 'owned', owners: [patient], structures: [] }),
    writeOf(services, consentOf(patient, rpps), { exposure: 'subject', owners: [patient], structures: [], rules: [rule] }),
  ];
}

/** Adds so many people. @param rpps whom they block; left out, they close their record to everyone */
export async function addCrowd(services: Services, count: number, rpps?: string): Promise<void> {
  for (let made = 0; made < count; made += step) {
    const writes = Array.from({ length: Math.min(step, count - made) }, () => writesOf(services, rpps)).flat();
    const { kind } = await services.store.commit({ writes, guards: [] });
    if (kind !== 'committed') throw new Error(`The people of the bench were not taken: ${kind}.`);
  }
}
