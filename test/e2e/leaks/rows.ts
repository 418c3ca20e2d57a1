/** The rows of the leak matrix: every way of hiding, and from whom. */
import { doctor, laboratory, type Row, type World } from './record';
import type { Reply } from '../../support/http-server';

const consent = (provision: object) => ({ as, names }: World): Promise<Reply> => as('operator', 'Consent', {
  body: {
    resourceType: 'Consent', status: 'active', scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }], policy: [{ uri: 'https://profiles.ihe.net/ITI/PCF/Policy-basic-normal' }], patient: { reference: `Patient/${names.patient}` }, provision,
  },
});
const actor = (reference: object): object => ({ role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] }, reference });
const block = (reference: object) => consent({ type: 'deny', actor: [actor(reference)] });
const identifier = (system: string, value: string): object => ({ identifier: { system, value } });

const mask = (more: object = {}) => (world: World): Promise<Reply> =>
  consent({ type: 'deny', data: [{ meaning: 'instance', reference: { reference: `DocumentReference/${world.named}` } }], ...more })(world);
const label = (code: string) => ({ as, named }: World): Promise<Reply> => as('operator', `DocumentReference/${named}`, {
  method: 'PATCH', headers: { 'Content-Type': 'application/json-patch+json' }, body: JSON.stringify([{ op: 'add', path: '/securityLabel/-', value: { coding: [{ system: 'https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument', code }] } }]),
});

const rpps = 'https://rpps.esante.gouv.fr';
const finess = 'https://finess.esante.gouv.fr';
const national = 'urn:oid:1.2.250.1.71.4.2.2';

/** INVISIBLE_REPRESENTANTS_LEGAUX hides from nobody who can ask today: legal representatives have no access. */
export const rows: readonly Row[] = [
  {
    caller: 'professional', hides: 'record', ways: {
      'a closed record': consent({ type: 'deny' }), 'a block by reference': block({ reference: 'Practitioner/the-doctor' }), 'a block by RPPS': block(identifier(rpps, doctor.rpps)), 'a block of the structure by FINESS': block(identifier(finess, doctor.structure)),
    },
  },
  {
    caller: 'laboratory', hides: 'record', ways: {
      'a closed record': consent({ type: 'permit', provision: [{ type: 'deny' }] }), 'a block by FINESS': block(identifier(finess, laboratory)), 'a block by national id': block(identifier(national, `1${laboratory}`)),
    },
  },
  { caller: 'clinic', hides: 'record', ways: { 'what another structure wrote': undefined } },
  { caller: 'other', hides: 'record', ways: { 'what is of another person': undefined } },
  { caller: 'professional', hides: 'document', ways: { 'MASQUE_PS': label('MASQUE_PS'), 'a mask': mask(), 'a mask from one professional': mask({ actor: [actor(identifier(rpps, doctor.rpps))] }) } },
  { caller: 'laboratory', hides: 'document', ways: { 'a mask': mask(), 'a mask from one structure': mask({ actor: [actor(identifier(finess, laboratory))] }) } },
  { caller: 'person', hides: 'document', ways: { 'INVISIBLE_PATIENT': label('INVISIBLE_PATIENT') } },
  { caller: 'professional', hides: 'document', version: 'earlier', ways: { 'a mask of an earlier version': mask() } },
  { caller: 'laboratory', hides: 'document', version: 'later', ways: { 'a mask of a later version': mask() } },
];

/** Ends what a way of hiding began. */
export const lift = async ({ as, names }: World, hiding: Reply): Promise<Reply> => {
  if (hiding.body.resourceType === 'Consent') return as('operator', `Consent/${hiding.body.id as string}`, { method: 'DELETE' });
  const change = [{ op: 'replace', path: '/securityLabel', value: [{ coding: [{ code: 'N' }] }] }];
  return as('operator', `DocumentReference/${names.document}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json-patch+json' }, body: JSON.stringify(change) });
};
