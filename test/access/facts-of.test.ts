import { accessFacts, type DrawnFrom } from '../../src/access/facts-of';
import type { Actor } from '../../src/access/actor';
import type { KnownResource } from '../../src/access/facts-lookup';
import type { JsonObject } from '../../src/fhir/json';
import { indexEntries } from '../../src/search/indexer';
import { base, consent, ins, lookups, otherIns } from './lookups';

const system: Actor = { kind: 'system', structure: '1350099911' };
const entriesOf = (resource: JsonObject) => indexEntries(resource, { bases: [base], timeZone: 'Europe/Paris' });
const factsOf = (resource: unknown, options: { writer?: Actor; more?: Record<string, KnownResource>; drawn?: DrawnFrom; lookup?: ReturnType<typeof lookups> } = {}) => {
  const read = { id: 'x', ...(resource as JsonObject) };
  return accessFacts(read, entriesOf(read), options.writer ?? system, options.lookup ?? lookups(options.more), options.drawn);
};
const structures = ['1350099911'];

describe('the owner of a resource', () => {
  const ofP1 = { reference: 'Patient/p1' };
  it.each([
    ['is the Patient itself', { resourceType: 'Patient', id: 'me', link: [{ other: { reference: 'Patient/p2' }, type: 'seealso' }] }, ['me']],
    ['is the subject', { resourceType: 'Observation', subject: ofP1 }, ['p1']],
    ['is the subject, by a version of it', { resourceType: 'Observation', subject: { reference: 'Patient/p1/_history/3' } }, ['p1']],
    ['is the subject, by an absolute URL of this server', { resourceType: 'Condition', subject: { reference: `${base}/Patient/p1` } }, ['p1']],
    ['is the subject, by INS', { resourceType: 'Observation', subject: { identifier: ins } }, ['p1']],
    ['is the contained subject, by its INS', { resourceType: 'Observation', contained: [{ resourceType: 'Patient', id: 'him', identifier: [{ system: 'urn:oid:1.2', value: '1' }, ins] }], subject: { reference: '#him' } }, ['p1']],
    ['is the patient', { resourceType: 'AllergyIntolerance', patient: ofP1 }, ['p1']],
    ['is the person that a RelatedPerson is near to', { resourceType: 'RelatedPerson', patient: ofP1 }, ['p1']],
    ['is the beneficiary', { resourceType: 'Coverage', beneficiary: ofP1 }, ['p1']],
    ['is each participant', { resourceType: 'Appointment', participant: [{ actor: ofP1 }, { actor: { reference: 'Patient/p2' } }] }, ['p1', 'p2']],
    ['is subject and author', { resourceType: 'Composition', subject: ofP1, author: [{ reference: 'Patient/p2' }] }, ['p1', 'p2']],
    ['is named once though referred to twice', { resourceType: 'Composition', subject: ofP1, author: [ofP1] }, ['p1']],
    ['is the person whom a Task is for', { resourceType: 'Task', for: ofP1 }, ['p1']],
    ['is the person who bears a Device', { resourceType: 'Device', patient: ofP1 }, ['p1']],
  ])('%s', async (_, resource, owners) => {
    const facts = await factsOf(resource);
    expect(facts).toMatchObject({ exposure: 'owned', structures });
    expect([...facts.owners].sort()).toEqual(owners);
  });

  it.each([
    ['of another server', { resourceType: 'Observation', subject: { reference: 'https://elsewhere.example/Patient/p1' } }],
    ['with a local number only', { resourceType: 'Observation', subject: { identifier: { system: 'urn:oid:1.2.3', value: '279035121518989' } } }],
    ['who is no person', { resourceType: 'Observation', subject: { reference: 'Group/p1' } }],
    ['who only stands inside a contained resource', { resourceType: 'MedicationKnowledge', contained: [{ resourceType: 'Observation', id: 'o', subject: { reference: 'Patient/p1' } }] }],
    ['at all: a Medication', { resourceType: 'Medication' }],
    ['at all: an Endpoint', { resourceType: 'Endpoint' }],
    ['at all: Parameters of nobody', { resourceType: 'Basic', code: { text: 'x' } }],
    ['at all: a Binary', { resourceType: 'Binary' }],
    ['at all: a MessageHeader', { resourceType: 'MessageHeader' }],
    ['of a collection of several people', { resourceType: 'Bundle', type: 'collection', entry: [{ resource: { resourceType: 'Patient', identifier: [ins] } }, { resource: { resourceType: 'Patient', identifier: [otherIns] } }] }],
  ])('nobody %s leaves it to the operator and its writer', async (_, resource) => expect(await factsOf(resource)).toEqual({ exposure: 'private', owners: [], structures }));
});

describe('what belongs to something has its owners, and its document', () => {
  it.each([
    ['a Binary of a document', { resourceType: 'Binary', securityContext: { reference: 'DocumentReference/d1' } }, 'd1'],
    ['a Binary of what was drawn from a document', { resourceType: 'Binary', securityContext: { reference: `${base}/Observation/drawn` } }, 'd1'],
    ['a Binary of a Patient', { resourceType: 'Binary', securityContext: { reference: 'Patient/p1' } }, undefined],
    ['a Binary of somebody by INS', { resourceType: 'Binary', securityContext: { identifier: ins } }, undefined],
    ['a Provenance of a document', { resourceType: 'Provenance', target: [{ reference: 'DocumentReference/d1' }] }, 'd1'],
    ['a Provenance of a version of a document', { resourceType: 'Provenance', target: [{ reference: 'DocumentReference/d1/_history/1' }] }, 'd1'],
    ['a Provenance of a document, its Binary, its person and a practitioner', { resourceType: 'Provenance', target: ['DocumentReference/d1', 'Binary/of-d1', 'Patient/p1', 'Practitioner/dr'].map((reference) => ({ reference })) }, 'd1'],
    ['a Provenance of an Observation', { resourceType: 'Provenance', target: [{ reference: 'Observation/plain' }] }, undefined],
  ])('%s', async (_, resource, document) => expect(await factsOf(resource)).toEqual({ exposure: 'owned', owners: ['p1'], structures, ...(document ? { document } : {}) }));

  it('a Provenance of two people belongs to both', async () =>
    expect(await factsOf({ resourceType: 'Provenance', target: [{ reference: 'Observation/plain' }, { reference: 'Patient/p2' }] })).toMatchObject({ exposure: 'owned', owners: expect.arrayContaining(['p1', 'p2']) }));
  it.each([
    ['of two documents, which cannot both rule it', ['DocumentReference/d1', 'DocumentReference/d2', 'Patient/p1']],
    ['of what nobody knows', ['Observation/absent']],
    ['of what everybody may read', ['Practitioner/dr']],
  ])('a Provenance %s is for its writer and the operator', async (_, targets) =>
    expect(await factsOf({ resourceType: 'Provenance', target: targets.map((reference) => ({ reference })) })).toMatchObject({ exposure: 'private', owners: [] }));
  it('a Provenance of a Consent that is deleted and of its person stays from professionals', async () => {
    const target = ['Consent/deleted', 'Patient/p1'].map((reference) => ({ reference }));
    for (const targets of [target, [...target].reverse()]) expect(await factsOf({ resourceType: 'Provenance', target: targets })).toMatchObject({ exposure: 'subject', owners: ['p1'] });
  });
  it('a Provenance of a Consent is read by those who read the Consent', async () =>
    expect(await factsOf({ resourceType: 'Provenance', target: [{ reference: 'Consent/c1' }] })).toMatchObject({ exposure: 'subject', owners: ['p1'] }));

  it.each([
    ['by a reference inside the Bundle to a Patient with an INS', 'urn:uuid:1', [{ fullUrl: 'urn:uuid:1', resource: { resourceType: 'Patient', identifier: [ins] } }], ['p1']],
    ['by a relative reference inside the Bundle', 'Patient/77', [{ fullUrl: 'https://elsewhere.example/Patient/77', resource: { resourceType: 'Patient', id: '77', identifier: [ins] } }], ['p1']],
    ['by a reference to a Patient of this server', 'Patient/p1', [], ['p1']],
    ['but not because another server uses the same id', 'Patient/p1', [{ fullUrl: 'https://elsewhere.example/Patient/p1', resource: { resourceType: 'Patient', id: 'p1' } }], []],
  ])('a document Bundle has the subject of its Composition as owner, %s', async (_, reference, more, owners) => {
    const entry = [{ fullUrl: 'urn:uuid:0', resource: { resourceType: 'Composition', subject: { reference } } }, ...more];
    expect(await factsOf({ resourceType: 'Bundle', type: 'document', entry })).toMatchObject({ exposure: owners.length > 0 ? 'owned' : 'private', owners });
  });

  it('resources of the same step are known', async () => {
    const document = { resourceType: 'DocumentReference', id: 'new', subject: { reference: 'Patient/new' } } as JsonObject;
    const more = { 'DocumentReference/new': { resource: document, entries: entriesOf(document) } };
    expect(await factsOf({ resourceType: 'Provenance', target: [{ reference: 'DocumentReference/new' }] }, { more })).toMatchObject({ exposure: 'owned', owners: ['new'], document: 'new' });
    expect(await factsOf({ resourceType: 'Binary', id: 'bytes' }, { lookup: { ...lookups(more), attachedTo: ({ id }) => (id === 'bytes' ? 'new' : undefined) } })).toMatchObject({ owners: ['new'], document: 'new' });
  });
  it('a circle ends', async () => {
    const circle = (id: string, target: string) => ({ resourceType: 'Provenance', id, target: [{ reference: `Provenance/${target}` }] }) as JsonObject;
    const more = Object.fromEntries(['a', 'b'].map((id) => [`Provenance/${id}`, { resource: circle(id, id === 'a' ? 'b' : 'a'), entries: entriesOf(circle(id, 'x')) }]));
    expect(await factsOf(circle('c', 'a'), { more })).toMatchObject({ exposure: 'private' });
  });
});

describe('exposure', () => {
  it.each(['Practitioner', 'PractitionerRole', 'Organization', 'Location', 'ValueSet', 'CodeSystem', 'ConceptMap', 'StructureDefinition', 'SearchParameter', 'Questionnaire'])('%s is for every authenticated caller', async (resourceType) =>
    expect(await factsOf({ resourceType })).toEqual({ exposure: 'public', owners: [], structures }));

  it('a Consent is for its person and the operator, and gives its rules', async () =>
    expect(await factsOf(consent({ type: 'deny' }), { writer: { kind: 'patient', ins } })).toEqual({
      exposure: 'subject', owners: ['p1'], structures: [], rules: [{ effect: 'close', patient: 'p1', from: -8.64e15, until: 8.64e15 }],
    }));
  it.each([
    ['reference', { reference: 'Patient/p2' }], ['INS', { identifier: otherIns }], ['reference to nobody', { reference: 'Patient/absent' }], ['INS of nobody', { identifier: { ...ins, value: '1' } }], ['no reference', {}],
  ])('a patient writes no Consent for another: by %s', (_, patient) =>
    expect(factsOf(consent({ type: 'deny' }, { patient }), { writer: { kind: 'patient', ins } })).rejects.toMatchObject({ failure: 'forbidden', status: 403, message: expect.stringContaining('written by the person') }));
  it('a patient who is not here yet writes none', () =>
    expect(factsOf(consent({ type: 'deny' }), { writer: { kind: 'patient', ins: { ...ins, value: '1' } } })).rejects.toMatchObject({ failure: 'forbidden' }));
  it('an inactive Consent takes back the rules that it gave', async () => expect(await factsOf(consent({ type: 'deny' }, { status: 'inactive' }))).toMatchObject({ exposure: 'subject', rules: [] }));
  it('a Consent that came with a document never enters the decision', async () => {
    const facts = await factsOf(consent({ type: 'deny' }), { drawn: { document: 'd1', owners: ['p1'] } });
    expect(facts).toEqual({ exposure: 'owned', owners: ['p1'], structures, document: 'd1' });
  });

  it.each(['Observation', 'Medication', 'Location', 'Device', 'Encounter', 'Binary', 'Provenance', 'Composition'])('a %s drawn from a document follows it', async (resourceType) =>
    expect(await factsOf({ resourceType }, { drawn: { document: 'd1', owners: ['p1'] } })).toEqual({ exposure: 'owned', owners: ['p1'], structures, document: 'd1' }));
  it.each(['Practitioner', 'PractitionerRole', 'Organization'])('a %s met in a document is shared', async (resourceType) =>
    expect(await factsOf({ resourceType }, { drawn: { document: 'd1', owners: ['p1'] } })).toEqual({ exposure: 'public', owners: [], structures }));
  it('a Patient met in a document is their own', async () =>
    expect(await factsOf({ resourceType: 'Patient', id: 'p1' }, { drawn: { document: 'd1', owners: ['p1'] } })).toEqual({ exposure: 'owned', owners: ['p1'], structures }));

  it.each([[{ kind: 'operator', name: 'x' }, []], [{ kind: 'patient', ins }, []], [{ kind: 'professional', professional: '81', structure: '12' }, []], [system, structures]] as [Actor, string[]][])('%j leaves its structure when it is a system', async (writer, expected) =>
    expect((await factsOf({ resourceType: 'Medication' }, { writer })).structures).toEqual(expected));
});

describe('a DocumentReference', () => {
  const document = (more: Record<string, unknown>) => ({ resourceType: 'DocumentReference', id: 'd9', subject: { reference: 'Patient/p1' }, ...more });
  const documentFacts = async (more: Record<string, unknown>, lookup = lookups()) => (await factsOf(document(more), { lookup })).documentFacts;
  const uuid = 'urn:uuid:6f2a1c1e-0d5b-4b5f-9a39-0c3a2b1d4e5f';
  const rfc = 'urn:ietf:rfc:3986';

  it('is its person’s, whoever wrote it', async () => expect(await factsOf(document({}))).toMatchObject({ exposure: 'owned', owners: ['p1'] }));

  it.each([
    ['its own identifier', { masterIdentifier: { system: rfc, value: uuid.toUpperCase() } }, [`p1|${rfc}|${uuid}`]],
    ['the identifier that it replaces', { relatesTo: [{ code: 'replaces', target: { identifier: { system: 'urn:oid:1.2.3', value: 'Ab' } } }] }, ['p1|urn:oid:1.2.3|Ab']],
    ['the document that it replaces', { relatesTo: [{ code: 'replaces', target: { reference: `${base}/DocumentReference/d1` } }] }, ['p1|DocumentReference|d1']],
    ['nothing of what it appends to', { relatesTo: [{ code: 'appends', target: { reference: 'DocumentReference/d1', identifier: { system: rfc, value: uuid } } }] }, []],
    ['nothing of a document elsewhere', { relatesTo: [{ code: 'replaces', target: { reference: 'https://elsewhere.example/DocumentReference/d1' } }] }, []],
  ])('shares with its versions %s', async (_, more, keys) => expect((await documentFacts(more))?.chainKeys).toEqual(['p1|DocumentReference|d9', ...keys]));
  it('never shares a chain with the document of another person', async () => {
    const master = { masterIdentifier: { system: rfc, value: uuid } };
    const own = (await documentFacts(master))?.chainKeys ?? [];
    const others = (await documentFacts({ id: 'of-p2', subject: { reference: 'Patient/p2' }, relatesTo: [{ code: 'replaces', target: { identifier: master.masterIdentifier, reference: 'DocumentReference/d9' } }] }))?.chainKeys ?? [];
    expect(others.filter((key) => own.includes(key))).toEqual([]);
  });

  const tre = 'https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument';
  it.each([
    [[{ coding: [{ system: tre, code: 'MASQUE_PS' }] }], ['MASQUE_PS']],
    [[{ coding: [{ system: tre.replace('Statut', 'Status'), code: 'MASQUE_PS' }] }], ['MASQUE_PS']],
    [[{ coding: [{ system: 'urn:oid:1.2.250.1.213.1.1.4.13', code: 'INVISIBLE_PATIENT' }] }], ['INVISIBLE_PATIENT']],
    [[{ coding: [{ code: 'masque_ps' }] }], ['MASQUE_PS']],
    [[{ coding: [{ system: tre, code: 'INVISIBLE_REP_LEGAUX' }] }], ['INVISIBLE_REPRESENTANTS_LEGAUX']],
    [[{ coding: [{ code: 'N' }, { code: 'MASQUE_PS' }] }, { coding: [{ code: 'INVISIBLE_REPRESENTANTS_LEGAUX' }] }], ['MASQUE_PS', 'INVISIBLE_REPRESENTANTS_LEGAUX']],
    [[{ coding: [{ code: 'N' }] }, { coding: [{ code: 'R' }] }, { text: 'MASQUE_PS' }], []],
    [undefined, []],
  ])('with securityLabel %j bears %j', async (securityLabel, labels) => expect((await documentFacts({ securityLabel }))?.labels).toEqual(labels));
  it('cannot be hidden from both sides', () =>
    expect(documentFacts({ securityLabel: ['MASQUE_PS', 'INVISIBLE_PATIENT'].map((code) => ({ coding: [{ code }] })) })).rejects.toMatchObject({ failure: 'visibility-conflict', status: 422 }));

  const rpps = { system: 'https://rpps.esante.gouv.fr', value: '10099900011' };
  const alternate = { url: 'http://hl7.org/fhir/StructureDefinition/alternate-reference', valueReference: { reference: 'PractitionerRole/r' } };
  it.each([
    ['a contained role and its contained person', { contained: [{ resourceType: 'PractitionerRole', id: 'a', practitioner: { reference: '#b' } }, { resourceType: 'Practitioner', id: 'b', identifier: [rpps] }], author: [{ reference: '#a', extension: [alternate] }] }, ['professional|810099900011']],
    ['a contained role and the identifier of its person', { contained: [{ resourceType: 'PractitionerRole', id: 'a', practitioner: { reference: 'Practitioner/dr', identifier: rpps } }], author: [{ reference: '#a' }] }, ['professional|810099900011', 'Practitioner/dr']],
    ['an identifier', { author: [{ identifier: { system: 'urn:oid:1.2.250.1.71.4.2.1', value: '810099900011' } }] }, ['professional|810099900011']],
    ['a stored Practitioner', { author: [{ reference: 'Practitioner/dr' }] }, ['professional|810099900011', 'Practitioner/dr']],
    ['a stored Practitioner without a national id', { author: [{ reference: 'Practitioner/nameless' }] }, ['Practitioner/nameless']],
    ['a stored role', { author: [{ reference: 'PractitionerRole/dr-hospital' }] }, ['professional|810099900011', 'Practitioner/dr']],
    ['another stored copy of a contained role', { contained: [{ resourceType: 'PractitionerRole', id: 'a' }], author: [{ reference: '#a', extension: [{ ...alternate, valueReference: { reference: 'PractitionerRole/dr-hospital' } }] }] }, ['professional|810099900011', 'Practitioner/dr']],
    ['the person of a contained role whose structure alone is told', { contained: [{ resourceType: 'PractitionerRole', id: 'a', practitioner: { reference: 'Practitioner/dr' }, organization: { identifier: { system: 'https://finess.esante.gouv.fr', value: '350099911' } } }], author: [{ reference: '#a' }] }, ['professional|810099900011', 'Practitioner/dr']],
    ['two professionals', { author: [{ identifier: rpps }, { reference: 'Practitioner/nameless' }] }, ['professional|810099900011', 'Practitioner/nameless']],
    ['whom an identifier tells, and not another whom the reference beside it leads to', { author: [{ reference: 'Practitioner/dr', identifier: { ...rpps, value: '10099900033' } }] }, ['professional|810099900033']],
    ['whom an identifier tells, and nobody who is not there yet', { author: [{ reference: 'Practitioner/absent', identifier: rpps }] }, ['professional|810099900011']],
    ['nobody: the structure is not a professional', { author: [{ reference: 'Organization/hospital' }] }, []],
    ['nobody: the software is not a professional', { contained: [{ resourceType: 'Device', id: 'a', identifier: [{ system: 'urn:oid:1.2.250.1.71.4.2.1', value: '3350099911/x' }] }], author: [{ reference: '#a' }] }, []],
    ['nobody: who signs it is not its author', { authenticator: { identifier: rpps } }, []],
    ['nobody who is not there', { author: [{ reference: '#absent' }, { reference: 'PractitionerRole/absent' }, { display: 'Dr X' }] }, []],
  ])('has as author %s', async (_, more, authors) => expect((await documentFacts(more))?.authors).toEqual(authors));

  it('asks for no stored resource where its own text tells the author', async () => {
    const lookup = lookups();
    await documentFacts({ contained: [{ resourceType: 'PractitionerRole', id: 'a', practitioner: { reference: '#b' } }, { resourceType: 'Practitioner', id: 'b', identifier: [rpps] }], author: [{ reference: '#a', extension: [alternate] }] }, lookup);
    expect(lookup.asked).toEqual([]);
  });
});
