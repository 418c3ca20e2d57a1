/** From a Consent as it is sent to what each caller sees on the very next question: facts, decision and store together. */
import type { Actor } from '../../src/access/actor';
import { decide, serverGrant } from '../../src/access/decide';
import { accessFacts } from '../../src/access/facts-of';
import { bind } from '../../src/access/grant';
import { bodyHalves } from '../../src/fhir/body';
import type { JsonObject } from '../../src/fhir/json';
import { actorLookup } from '../../src/identity/actor-lookup';
import { claimsOf } from '../../src/identity/claims';
import { factsLookup } from '../../src/identity/facts-lookup';
import { indexEntries } from '../../src/search/indexer';
import type { SearchPlan } from '../../src/search/plan';
import { openTestStore } from '../support/stores';
import type { Store, Write } from '../../src/store/port';
import { consent as consentOf } from './lookups';

const base = 'https://server.example/fhir';
const timeZone = 'Europe/Paris';
const ins = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '279035121518989' };
const otherIns = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '248039263001064' };
const rpps = (value: string) => ({ system: 'https://rpps.esante.gouv.fr', value });
const finess = (value: string) => ({ system: 'https://finess.esante.gouv.fr', value });

const operator: Actor = { kind: 'operator', name: 'ada' };
const hospital: Actor = { kind: 'system', structure: '1350099911' };
const clinic: Actor = { kind: 'system', structure: '1350099929' };
const callers = {
  operator, hospital, clinic,
  person: { kind: 'patient', ins } as Actor,
  other: { kind: 'patient', ins: otherIns } as Actor,
  stranger: { kind: 'patient', ins: { ...ins, value: '185012A00400117' } } as Actor,
  // The author of the document, at the hospital and elsewhere, and a colleague whose token names no structure.
  author: { kind: 'professional', professional: '810099900011', structure: '1350099911' } as Actor,
  authorElsewhere: { kind: 'professional', professional: '810099900011', structure: '1350099929' } as Actor,
  authorSomewhere: { kind: 'professional', professional: '810099900011' } as Actor,
  colleague: { kind: 'professional', professional: '810099900022', structure: '1350099911' } as Actor,
  doctor: { kind: 'professional', professional: '810099900033', structure: '1350099929' } as Actor,
};
type Caller = keyof typeof callers;
const everyone = Object.keys(callers) as Caller[];

const record: readonly JsonObject[] = ([
  { resourceType: 'Practitioner', id: 'dr', identifier: [rpps('10099900011')] },
  { resourceType: 'Organization', id: 'hospital', identifier: [finess('350099911')] },
  { resourceType: 'PractitionerRole', id: 'dr-hospital', practitioner: { reference: 'Practitioner/dr' }, organization: { reference: 'Organization/hospital' } },
  { resourceType: 'Patient', id: 'person', identifier: [ins] },
  { resourceType: 'Patient', id: 'other', identifier: [otherIns] },
  { resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/person' } },
  { resourceType: 'Observation', id: 'o-other', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/other' } },
  { resourceType: 'DocumentReference', id: 'd1', status: 'superseded', subject: { reference: 'Patient/person' }, masterIdentifier: { system: 'urn:oid:1.2', value: '1' }, author: [{ reference: 'Practitioner/dr' }] },
  {
    resourceType: 'DocumentReference', id: 'd2', status: 'current', subject: { reference: 'Patient/person' }, masterIdentifier: { system: 'urn:oid:1.2', value: '2' }, author: [{ reference: 'Practitioner/dr' }],
    relatesTo: [{ code: 'replaces', target: { identifier: { system: 'urn:oid:1.2', value: '1' } } }],
  },
  { resourceType: 'Binary', id: 'b2', contentType: 'text/plain', securityContext: { reference: 'DocumentReference/d2' } },
  { resourceType: 'Provenance', id: 'pr2', target: [{ reference: 'DocumentReference/d2' }], recorded: '2026-01-01T00:00:00Z', agent: [{ who: { display: 'x' } }] },
  { resourceType: 'DocumentReference', id: 'd3', status: 'current', subject: { reference: 'Patient/person' }, masterIdentifier: { system: 'urn:oid:1.2', value: '3' } },
  { resourceType: 'Medication', id: 'm' },
] as unknown[]) as JsonObject[];

const chain = ['DocumentReference/d1', 'DocumentReference/d2', 'Binary/b2', 'Provenance/pr2'];
const ofPerson = ['Patient/person', 'Observation/o', ...chain, 'DocumentReference/d3'];
const ofOther = ['Patient/other', 'Observation/o-other'];
const names = [...ofPerson, ...ofOther, 'Medication/m', 'Consent/c'];

let store: Store;
let now: number;
beforeAll(async () => { store = await openTestStore(); });
afterAll(() => store.close());

const grantOf = (actor: Actor) => decide(actor, actorLookup(store), now);

async function write(resource: JsonObject, writer: Actor): Promise<void> {
  const server = serverGrant(now);
  const lookup = factsLookup({ store, server, writer: await grantOf(writer), bases: [base], timeZone });
  const entries = indexEntries(resource, { bases: [base], timeZone });
  const put: Write = {
    kind: 'put', type: String(resource.resourceType), id: String(resource.id), expect: 'any', body: bodyHalves(resource), entries,
    access: await accessFacts(resource, entries, writer, lookup), claims: claimsOf(resource, 'test').claims,
  };
  expect(await store.commit({ writes: [put], guards: [] })).toMatchObject({ kind: 'committed' });
}
const lift = () => store.commit({ writes: [{ kind: 'delete', type: 'Consent', id: 'c', expect: 'any', claims: [] }], guards: [] });

const planOf = (type: string): SearchPlan => ({ types: [type], where: { kind: 'all' }, sort: [], includes: [], page: { count: 100 }, total: 'accurate' });

/** What a caller sees, the same by read, version, history, search and count. */
async function seenBy(caller: Caller): Promise<string[]> {
  const grant = await grantOf(callers[caller]);
  const types = [...new Set(names.map((name) => name.split('/')[0] ?? ''))];
  const pages = await Promise.all(types.map((type) => store.search(bind(grant, planOf(type)))));
  pages.forEach((page) => expect(page.total).toBe(page.matches.length));
  const found = new Set(pages.flatMap(({ matches }) => matches.map(({ type, id }) => `${type}/${id}`)));
  for (const name of names) {
    const [type = '', id = ''] = name.split('/');
    const [read, version, history] = await Promise.all([store.read(grant, { type, id }), store.vread(grant, { type, id }, 1), store.history(grant, { type, id }, { count: 10 })]);
    if (read?.deleted) continue;
    expect([name, read !== undefined, version !== undefined, history !== undefined]).toEqual([name, found.has(name), found.has(name), found.has(name)]);
  }
  return names.filter((name) => found.has(name));
}

const open: Readonly<Record<Caller, readonly string[]>> = {
  operator: [...ofPerson, ...ofOther, 'Medication/m'], hospital: [...ofPerson, ...ofOther, 'Medication/m'], clinic: [],
  person: ofPerson, other: ofOther, stranger: [],
  author: [...ofPerson, ...ofOther], authorElsewhere: [...ofPerson, ...ofOther], authorSomewhere: [...ofPerson, ...ofOther], colleague: [...ofPerson, ...ofOther], doctor: [...ofPerson, ...ofOther],
};
const without = (caller: Caller, hidden: readonly string[]): string[] => open[caller].filter((name) => !hidden.includes(name));

async function expectHidden(hidden: Partial<Record<Caller, readonly string[]>>, consent: boolean): Promise<void> {
  for (const caller of everyone) {
    const shown = without(caller, hidden[caller] ?? []);
    const consents = consent && (caller === 'operator' || caller === 'person') ? ['Consent/c'] : [];
    expect([caller, await seenBy(caller)]).toEqual([caller, names.filter((name) => [...shown, ...consents].includes(name))]);
  }
}

beforeAll(async () => {
  now = Date.UTC(2026, 2, 1);
  for (const resource of record) await write(resource, hospital);
});

it('without a consent each sees what their role may', () => expectHidden({}, false));

const actor = (reference: unknown) => ({ role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] }, reference });
const mask = { data: [{ meaning: 'instance', reference: { reference: 'DocumentReference/d2' } }] };
const professionals: Caller[] = ['author', 'authorElsewhere', 'authorSomewhere', 'colleague', 'doctor'];
const all = (callersHit: readonly Caller[], hidden: readonly string[]) => Object.fromEntries(callersHit.map((caller) => [caller, hidden]));

const cases: readonly (readonly [string, unknown, Partial<Record<Caller, readonly string[]>>])[] = [
  ['a blocked professional', { type: 'deny', actor: [actor({ reference: 'Practitioner/dr' })] }, all(['author', 'authorElsewhere', 'authorSomewhere'], ofPerson)],
  ['a professional blocked by number', { type: 'deny', actor: [actor({ identifier: rpps('10099900033') })] }, all(['doctor'], ofPerson)],
  ['a blocked role: the professional there, or at a place untold', { type: 'deny', actor: [actor({ reference: 'PractitionerRole/dr-hospital' })] }, all(['author', 'authorSomewhere'], ofPerson)],
  ['a blocked structure, its software, and who may work there', { type: 'deny', actor: [actor({ identifier: finess('350099911') })] }, all(['author', 'authorSomewhere', 'colleague', 'hospital'], ofPerson)],
  ['all but the person, when they close their record', { type: 'deny' }, all([...professionals, 'hospital'], ofPerson)],
  ['all but the person, of a masked document and its versions', { type: 'deny', ...mask }, all([...professionals, 'hospital'], chain)],
  ['one professional, of a masked document', { type: 'deny', ...mask, actor: [actor({ identifier: rpps('10099900033') })] }, all(['doctor'], chain)],
  ['a blocked professional, nested in a permit', { type: 'permit', provision: [{ type: 'deny', actor: [actor({ reference: 'Practitioner/dr' })] }] }, all(['author', 'authorElsewhere', 'authorSomewhere'], ofPerson)],
];
describe('a consent hides, on every path and from the next question on,', () => {
  it.each(cases)('from %s', async (_, provision, hidden) => {
    const consent = consentOf(provision, { patient: { reference: 'Patient/person' } });
    await write(consent, callers.person);
    await expectHidden(hidden, true);
    await write({ ...consent, status: 'inactive' }, callers.person);
    await expectHidden({}, true);
    await write(consent, callers.person);
    await expectHidden(hidden, true);
    await lift();
    await expectHidden({}, false);
  });

  it('while its period lasts', async () => {
    await write(consentOf({ type: 'deny', period: { start: '2026-03-02', end: '2026-03-03' } }, { patient: { reference: 'Patient/person' } }), callers.person);
    const closed = all([...professionals, 'hospital'], ofPerson);
    for (const [moment, hidden] of [
      [Date.UTC(2026, 2, 1, 22, 59, 59, 999), {}], [Date.UTC(2026, 2, 1, 23), closed], [Date.UTC(2026, 2, 3, 22, 59, 59, 999), closed], [Date.UTC(2026, 2, 3, 23), {}],
    ] as const) {
      now = moment;
      await expectHidden(hidden, true);
    }
    now = Date.UTC(2026, 2, 1);
    await lift();
  });
});

describe('a label hides a document, its versions and what belongs to it', () => {
  const d2 = record.find(({ id }) => id === 'd2') as JsonObject;
  const labelled = (code: string): JsonObject => ({ ...d2, securityLabel: [{ coding: [{ code }] }] });
  afterEach(() => write(d2, hospital));

  it('MASQUE_PS from professionals, but not from its author', async () => {
    await write(labelled('MASQUE_PS'), hospital);
    await expectHidden(all(['colleague', 'doctor'], chain), false);
  });
  it('INVISIBLE_PATIENT from the person', async () => {
    await write(labelled('INVISIBLE_PATIENT'), hospital);
    await expectHidden(all(['person'], chain), false);
  });
  it('and a blocked author stays blocked', async () => {
    await write(labelled('MASQUE_PS'), hospital);
    await write(consentOf({ type: 'deny', actor: [actor({ reference: 'Practitioner/dr' })] }, { patient: { reference: 'Patient/person' } }), callers.person);
    await expectHidden({ ...all(['colleague', 'doctor'], chain), ...all(['author', 'authorElsewhere', 'authorSomewhere'], ofPerson) }, true);
    await lift();
  });
});

describe('who a caller stands for is judged anew, from the next question on', () => {
  const keysOf = async (caller: Caller): Promise<readonly string[]> => {
    const { reach } = await grantOf(callers[caller]);
    return reach.kind === 'professional' || reach.kind === 'structure' ? reach.keys.filter((key) => key.includes('/')) : [];
  };
  const patientOf = async (caller: Caller): Promise<string | undefined> => {
    const { reach } = await grantOf(callers[caller]);
    return reach.kind === 'patient' ? reach.patient : undefined;
  };
  const erased = async (type: string, id: string): Promise<void> => {
    for await (const { done, total } of store.erase(serverGrant(now), { type, id })) expect(done).toBeLessThanOrEqual(total);
  };
  const resource = (type: string, id: string, ...identifier: readonly unknown[]) => ({ resourceType: type, id, identifier }) as unknown as JsonObject;

  it('a professional: known, moved to another resource, let go of, erased', async () => {
    const doctor = rpps('10099900033');
    expect(await keysOf('doctor')).toEqual([]);
    await write(resource('Practitioner', 'first', doctor), hospital);
    expect(await keysOf('doctor')).toEqual(['Practitioner/first']);
    await write(resource('Practitioner', 'first', rpps('10099900044')), operator);
    expect(await keysOf('doctor')).toEqual([]);
    await write(resource('Practitioner', 'second', doctor), hospital);
    expect(await keysOf('doctor')).toEqual(['Practitioner/second']);
    await erased('Practitioner', 'second');
    expect(await keysOf('doctor')).toEqual([]);
    await write(resource('Organization', 'clinic', finess('350099929')), hospital);
    expect([await keysOf('doctor'), await keysOf('clinic')]).toEqual([['Organization/clinic'], ['Organization/clinic']]);
    await store.commit({ writes: [{ kind: 'delete', type: 'Organization', id: 'clinic', expect: 'any', claims: [] }], guards: [] });
    expect([await keysOf('doctor'), await keysOf('clinic')]).toEqual([[], []]);
  });

  it('a block of the resource that they have become', async () => {
    await write(resource('Practitioner', 'third', rpps('10099900033')), hospital);
    await write(consentOf({ type: 'deny', actor: [actor({ reference: 'Practitioner/third' })] }, { patient: { reference: 'Patient/person' } }), callers.person);
    await expectHidden(all(['doctor'], ofPerson), true);
    await lift();
    await erased('Practitioner', 'third');
    await expectHidden({}, false);
  });

  it('a person: known, deleted and still the same, erased', async () => {
    const patient = resource('Patient', 'late', { ...ins, value: '185012A00400117' });
    expect(await patientOf('stranger')).toBeUndefined();
    await write(patient, hospital);
    expect(await patientOf('stranger')).toBe('late');
    await store.commit({ writes: [{ kind: 'delete', type: 'Patient', id: 'late', expect: 'any', claims: claimsOf(patient, 'test').claims }], guards: [] });
    expect(await patientOf('stranger')).toBe('late');
    await erased('Patient', 'late');
    expect(await patientOf('stranger')).toBeUndefined();
  });
});
