import fc from 'fast-check';
import { consentRules } from '../../src/access/consent';
import type { ConsentRule } from '../../src/access/facts';
import type { Failure } from '../../src/fhir/failure';
import type { JsonObject } from '../../src/fhir/json';
import { base, consent, ins, lookups, otherIns } from './lookups';

const forever = { from: -8.64e15, until: 8.64e15 };
const actor = (reference: unknown, role: unknown = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] }) => ({ role, reference });
const byReference = (reference: string) => actor({ reference });
const byIdentifier = (system: string, value: string) => actor({ identifier: { system, value } });
const hides = (...documents: string[]) => documents.map((document) => ({ meaning: 'instance', reference: { reference: `DocumentReference/${document}` } }));
const inPermit = (nested: unknown, more: Record<string, unknown> = {}) => ({ type: 'permit', ...more, provision: [nested] });

const doctor = ['professional|810099900011'];
const hospital = ['structure|1350099911'];
/** Who does not say where they work may work at the hospital. */
const unknownPlace = ['structure|'];
const role = ['role|810099900011|1350099911', 'role|810099900011|'];

const block = (actors: readonly string[]): ConsentRule => ({ effect: 'block', patient: 'p1', actors, ...forever });
const forms: readonly (readonly [string, unknown, readonly ConsentRule[]])[] = [
  ['block a Practitioner', { type: 'deny', actor: [byReference('Practitioner/dr')] }, [block([...doctor, 'Practitioner/dr'])]],
  ['block a Practitioner by absolute reference', { type: 'deny', actor: [byReference(`${base}/Practitioner/dr`)] }, [block([...doctor, 'Practitioner/dr'])]],
  ['block by RPPS', { type: 'deny', actor: [byIdentifier('https://rpps.esante.gouv.fr', '10099900011')] }, [block(doctor)]],
  ['block by IDNPS', { type: 'deny', actor: [byIdentifier('urn:oid:1.2.250.1.71.4.2.1', '810099900011')] }, [block(doctor)]],
  ['block an Organization', { type: 'deny', actor: [byReference('Organization/hospital')] }, [block([...hospital, 'Organization/hospital', ...unknownPlace])]],
  ['block by FINESS', { type: 'deny', actor: [byIdentifier('https://finess.esante.gouv.fr', '350099911')] }, [block([...hospital, ...unknownPlace])]],
  ['block by IDNST', { type: 'deny', actor: [byIdentifier('urn:oid:1.2.250.1.71.4.2.2', '1350099911')] }, [block([...hospital, ...unknownPlace])]],
  ['block by SIRET', { type: 'deny', actor: [byIdentifier('https://sirene.fr', '73282932000074')] }, [block(['structure|373282932000074', ...unknownPlace])]],
  ['block a PractitionerRole: the person in that structure', { type: 'deny', actor: [byReference('PractitionerRole/dr-hospital')] }, [block(role)]],
  ['block a PractitionerRole without structure: the person', { type: 'deny', actor: [byReference('PractitionerRole/dr-alone')] }, [block(doctor)]],
  ['block two at once', { type: 'deny', actor: [byReference('Practitioner/dr'), byIdentifier('https://finess.esante.gouv.fr', '350099911')] }, [block([...doctor, 'Practitioner/dr', ...hospital, ...unknownPlace])]],
  ['close', { type: 'deny' }, [{ effect: 'close', patient: 'p1', ...forever }]],
  ['mask', { type: 'deny', data: hides('d1') }, [{ effect: 'mask', patient: 'p1', document: 'd1', ...forever }]],
  ['mask two documents', { type: 'deny', data: hides('d1', 'd2') }, [{ effect: 'mask', patient: 'p1', document: 'd1', ...forever }, { effect: 'mask', patient: 'p1', document: 'd2', ...forever }]],
  ['mask from one professional', { type: 'deny', actor: [byReference('Practitioner/dr')], data: hides('d1') }, [{ effect: 'mask', patient: 'p1', document: 'd1', actors: [...doctor, 'Practitioner/dr'], ...forever }]],
];

describe('a consent is enforced', () => {
  it.each(forms)('%s', async (_, provision, rules) => expect(await consentRules(consent(provision), lookups())).toEqual(rules));
  it.each(forms)('%s, nested in a permit', async (_, denial, rules) => expect(await consentRules(consent(inPermit(denial)), lookups())).toEqual(rules));

  it('whose actor is contained', async () => {
    const contained = [{ resourceType: 'Practitioner', id: 'him', identifier: [{ system: 'https://rpps.esante.gouv.fr', value: '10099900011' }] }];
    expect(await consentRules(consent({ type: 'deny', actor: [byReference('#him')] }, { contained }), lookups())).toEqual([block(doctor)]);
  });
  it('whose patient is named by INS', async () =>
    expect(await consentRules(consent({ type: 'deny' }, { patient: { identifier: ins } }), lookups())).toMatchObject([{ effect: 'close', patient: 'p1' }]));
  it('with everything that describes it and changes nothing', async () => {
    const described = consent({ type: 'deny', extension: [{ url: 'https://x.example', valueString: 'x' }] }, {
      category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }], dateTime: '2026-01-01', performer: [{ reference: 'Patient/p1' }], organization: [{ display: 'x' }],
      sourceReference: { reference: 'DocumentReference/d1' }, policy: [{ uri: 'https://profiles.ihe.net/ITI/PCF/Policy-basic-normal' }], policyRule: { coding: [{ code: 'OPTIN' }] },
      verification: [{ verified: true }], text: { status: 'generated', div: '<div/>' }, identifier: [{ value: '1' }], language: 'fr', meta: {},
    });
    expect(await consentRules(described, lookups())).toHaveLength(1);
  });
  it.each(['draft', 'proposed', 'rejected', 'inactive', 'entered-in-error'])('not while its status is %s', async (status) =>
    expect(await consentRules(consent({ type: 'deny', class: [{ code: 'x' }] }, { status }), lookups())).toEqual([]));
});

describe('a consent that would not be enforced is refused, and the element named', () => {
  const modifier = [{ url: 'https://x.example', valueBoolean: true }];
  const refused: readonly (readonly [string, JsonObject, string])[] = [
    ['no provision', consent(undefined), 'Consent.provision'],
    ['a permit alone', consent({ type: 'permit' }), 'Consent.provision.provision'],
    ['a permit of one professional', consent({ type: 'permit', actor: [byReference('Practitioner/dr')] }), 'Consent.provision.actor'],
    ['no type', consent({}), 'Consent.provision.type'],
    ['two nested provisions', consent({ type: 'permit', provision: [{ type: 'deny' }, { type: 'deny' }] }), 'Consent.provision.provision'],
    ['a nested permit', consent(inPermit({ type: 'permit' })), 'Consent.provision.provision[0].type'],
    ['a permit nested in a denial', consent({ type: 'deny', provision: [{ type: 'permit' }] }), 'Consent.provision.provision'],
    ['deeper nesting', consent(inPermit({ type: 'deny', provision: [{ type: 'deny' }] })), 'Consent.provision.provision[0].provision'],
    ['a narrowed permit around the denial', consent(inPermit({ type: 'deny' }, { purpose: [{ code: 'TREAT' }] })), 'Consent.provision.purpose'],
    ...['class', 'code', 'action', 'purpose', 'securityLabel', 'dataPeriod', 'modifierExtension', 'invented'].flatMap((name) => [
      [name, consent({ type: 'deny', [name]: [{ code: 'x' }] }), `Consent.provision.${name}`] as const,
      [`${name}, nested`, consent(inPermit({ type: 'deny', [name]: [{ code: 'x' }] })), `Consent.provision.provision[0].${name}`] as const,
    ]),
    ['modifierExtension on an actor', consent({ type: 'deny', actor: [{ ...byReference('Practitioner/dr'), modifierExtension: modifier }] }), 'Consent.provision.actor[0].modifierExtension'],
    ['modifierExtension on the data', consent({ type: 'deny', data: [{ ...hides('d1')[0], modifierExtension: modifier }] }), 'Consent.provision.data[0].modifierExtension'],
    ['modifierExtension on the whole', consent({ type: 'deny' }, { modifierExtension: modifier }), 'Consent.modifierExtension'],
    ['implicitRules', consent({ type: 'deny' }, { implicitRules: 'https://x.example' }), 'Consent.implicitRules'],
    ['a base rule of opting out', consent({ type: 'deny' }, { policyRule: { coding: [{ code: 'OPTOUT' }] } }), 'Consent.policyRule'],
    ['a base policy that denies', consent({ type: 'deny' }, { policy: [{ uri: 'https://profiles.ihe.net/ITI/PCF/Policy-deny' }] }), 'Consent.policy[0].uri'],
    ...[
      'Practitioner/absent', 'Practitioner/nameless', 'Organization/nameless', 'PractitionerRole/absent', 'PractitionerRole/hospital-alone', 'Patient/p1', 'Device/x', 'CareTeam/x',
      'https://elsewhere.example/Practitioner/dr', '#absent', 'urn:uuid:6a0b2f6e-2c7c-4b5e-9c26-000000000000',
    ].map((reference) => [`an actor ${reference}`, consent({ type: 'deny', actor: [byReference(reference)] }), 'Consent.provision.actor[0].reference'] as const),
    ['an actor by a local identifier', consent({ type: 'deny', actor: [byIdentifier('urn:oid:1.2.3', '4')] }), 'Consent.provision.actor[0].reference'],
    ['an actor by an INS', consent({ type: 'deny', actor: [byIdentifier(ins.system, ins.value)] }), 'Consent.provision.actor[0].reference'],
    ['a second actor who is nobody', consent({ type: 'deny', actor: [byReference('Practitioner/dr'), actor({ display: 'Dr X' })] }), 'Consent.provision.actor[1].reference'],
    ['an author as actor', consent({ type: 'deny', actor: [actor({ reference: 'Practitioner/dr' }, { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'AUT' }] })] }), 'Consent.provision.actor[0].role'],
    ['actors of the wrong shape', consent({ type: 'deny', actor: ['Practitioner/dr'] }), 'Consent.provision.actor'],
    ['data of the wrong shape', consent({ type: 'deny', data: ['d1'] }), 'Consent.provision.data'],
    ...['related', 'dependents', 'authoredby', undefined].map((meaning) => [`data meaning ${meaning}`, consent({ type: 'deny', data: [{ ...hides('d1')[0], meaning }] }), 'Consent.provision.data[0].meaning'] as const),
    ...['DocumentReference/absent', 'DocumentReference/of-p2', 'Observation/plain', 'Patient/p1', 'https://elsewhere.example/DocumentReference/d1'].map((reference) =>
      [`a mask of ${reference}`, consent({ type: 'deny', data: [{ meaning: 'instance', reference: { reference } }] }), 'Consent.provision.data[0].reference'] as const),
    ['a start that is no date', consent({ type: 'deny', period: { start: '2026-02-30' } }), 'Consent.provision.period.start'],
    ['an end that is no date', consent({ type: 'deny', period: { end: 'soon' } }), 'Consent.provision.period.end'],
    ['a period that ends before it starts', consent({ type: 'deny', period: { start: '2026-03-02', end: '2026-03-01' } }), 'Consent.provision.period'],
    ['a period outside that of the permit', consent(inPermit({ type: 'deny', period: { start: '2027' } }, { period: { end: '2026' } })), 'Consent.provision.provision[0].period'],
    ['another scope', consent({ type: 'deny' }, { scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'adr' }] } }), 'Consent.scope'],
    ['the scope under another system', consent({ type: 'deny' }, { scope: { coding: [{ system: 'https://x.example', code: 'patient-privacy' }] } }), 'Consent.scope'],
    ['two scopes', consent({ type: 'deny' }, { scope: { coding: ['patient-privacy', 'research'].map((code) => ({ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code })) } }), 'Consent.scope'],
    ['no scope', consent({ type: 'deny' }, { scope: { text: 'privacy' } }), 'Consent.scope'],
    ['another scope, though inactive', consent({ type: 'deny' }, { status: 'inactive', scope: {} }), 'Consent.scope'],
    ...[{}, { reference: 'Patient/absent' }, { reference: 'Practitioner/dr' }, { reference: 'https://elsewhere.example/Patient/p1' }, { identifier: { system: ins.system, value: '1' } }].map((patient) =>
      [`the patient ${JSON.stringify(patient)}`, consent({ type: 'deny' }, { patient }), 'Consent.patient'] as const),
  ];
  it.each(refused)('%s', async (_, resource, expression) => {
    const failure: unknown = await consentRules(resource, lookups()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ failure: 'consent-not-enforceable', status: 422 });
    expect((failure as Failure).issues.map((issue) => issue.expression)).toEqual([[expression]]);
  });

  it('a hidden document, patient or INS exactly like one that is not there', async () => {
    const of = (resource: JsonObject, hidden: string[]) => consentRules(resource, lookups({}, hidden)).catch((error: unknown) => (error as Failure).issues);
    const mask = (id: string) => consent({ type: 'deny', data: hides(id) });
    expect(await of(mask('d1'), ['DocumentReference/d1'])).toEqual(await of(mask('absent'), []));
    const from = (patient: unknown) => consent({ type: 'deny' }, { patient });
    expect(await of(from({ reference: 'Patient/p2' }), ['Patient/p2'])).toEqual(await of(from({ reference: 'Patient/absent' }), []));
    expect(await of(from({ identifier: otherIns }), ['Patient/p2'])).toEqual(await of(from({ identifier: { ...otherIns, value: '1' } }), []));
  });
});

describe('the period of a consent', () => {
  const rule = async (period: unknown) => (await consentRules(consent({ type: 'deny', period }), lookups()))[0];

  it.each([
    // A day of the period counts to its end, read in Europe/Paris (UTC+1 in winter, UTC+2 in summer).
    [{ start: '2026-01-10', end: '2026-01-10' }, Date.UTC(2026, 0, 9, 23), Date.UTC(2026, 0, 10, 23)],
    [{ start: '2026-07-01', end: '2026-07-31' }, Date.UTC(2026, 5, 30, 22), Date.UTC(2026, 6, 31, 22)],
    [{ start: '2026', end: '2026' }, Date.UTC(2025, 11, 31, 23), Date.UTC(2026, 11, 31, 23)],
    [{ start: '2026-01-10T08:00:00Z', end: '2026-01-10T09:00:00+00:00' }, Date.UTC(2026, 0, 10, 8), Date.UTC(2026, 0, 10, 9, 0, 1)],
    [{ start: '2026-01-10' }, Date.UTC(2026, 0, 9, 23), 8.64e15],
    [{ end: '2026-01-10' }, -8.64e15, Date.UTC(2026, 0, 10, 23)],
    [{}, -8.64e15, 8.64e15],
  ])('%j', async (period, from, until) => expect(await rule(period)).toMatchObject({ from, until }));

  it('nested in a permit is in force while both are', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 4_000_000_000 }), { minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 4_000_000_000 }), async (bounds, probe) => {
      const text = (seconds: number) => new Date(seconds * 1000).toISOString();
      const [outerStart = 0, outerEnd = 0] = bounds.slice(0, 2).sort((one, other) => one - other);
      const [innerStart = 0, innerEnd = 0] = bounds.slice(2).sort((one, other) => one - other);
      const nested = inPermit({ type: 'deny', period: { start: text(innerStart), end: text(innerEnd) } }, { period: { start: text(outerStart), end: text(outerEnd) } });
      // A period that is never in force is refused, which is how none of it is.
      const rules = await consentRules(consent(nested), lookups()).catch((error: unknown) => ((error as Failure).failure === 'consent-not-enforceable' ? [] : Promise.reject(error)));
      const inForce = rules.some(({ from, until }) => from <= probe * 1000 && probe * 1000 < until);
      expect(inForce).toBe(outerStart <= probe && probe <= outerEnd && innerStart <= probe && probe <= innerEnd);
    }));
  });
});
