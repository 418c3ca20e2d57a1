/** What several structures share: software fills it, the operator changes it (rules 2.4, 3.5). */
import type { Organization, Patient, Practitioner, PractitionerRole } from 'fhir/r4';
import type { Actor } from '../../../src/access/actor';
import { expectStatus, operator, startServer, system, testIns, type TestServer } from '../../support/server';

let server: TestServer;
beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());

const mine = system('1010000001');
const theirs = system('1020000002');
let counter = 0;
const next = (): string => String(++counter).padStart(4, '0');
const rpps = (value = `1009990${next()}`) => ({ system: 'https://rpps.esante.gouv.fr', value });
const idnps = ({ value }: { value: string }) => ({ system: 'urn:oid:1.2.250.1.71.4.2.1', value: `8${value}` });
const adeli = () => ({ system: 'urn:oid:1.2.250.1.71.4.2.1', value: `03599${next()}0` });
const finess = (value = `35009${next()}`) => ({ system: 'https://finess.esante.gouv.fr', value });
const local = { system: 'urn:oid:1.2.250.1.999.1', value: 'a' };

type Body = { resourceType: string; id?: string };
const post = (actor: Actor, body: Body) => server.as(actor)('POST', body.resourceType, { body });
const put = (actor: Actor, body: Body) => server.as(actor)('PUT', `${body.resourceType}/${body.id ?? ''}`, { body });
async function made<T>(actor: Actor, body: Body): Promise<T & { id: string }> {
  return expectStatus(await post(actor, body), 201).resource<T & { id: string }>();
}
const practitioner = (...identifier: object[]) => ({ resourceType: 'Practitioner', identifier, name: [{ family: 'REMY' }] });
const organization = (...identifier: object[]) => ({ resourceType: 'Organization', identifier, name: 'Maison de santé' });
const entryOf = (resource: Body, method: string) => ({ resource, request: { method, url: method === 'POST' ? resource.resourceType : `${resource.resourceType}/${resource.id ?? ''}` } });
const bundle = (type: string, ...entry: object[]) => ({ resourceType: 'Bundle', type, entry });

describe('two national numbers of one kind are refused', () => {
  const two = () => practitioner(rpps(), rpps());

  it('on every way in, for the operator too', async () => {
    const stored = await made<Practitioner>(operator, practitioner(rpps()));
    const both = { ...stored, identifier: [...(stored.identifier ?? []), rpps()] };
    const call = server.as(operator);
    const patch = [{ op: 'add', path: '/identifier/-', value: rpps() }];
    expect((await post(operator, two())).status).toBe(422);
    expect((await post(mine, two())).status).toBe(422);
    expect((await put(operator, both)).status).toBe(422);
    expect((await call('PUT', 'Practitioner/new', { body: { ...two(), id: 'new' } })).status).toBe(422);
    expect((await call('PATCH', `Practitioner/${stored.id}`, { body: patch, headers: { 'Content-Type': 'application/json-patch+json' } })).status).toBe(422);
    expect((await call('POST', '', { body: bundle('transaction', entryOf(two(), 'POST')) })).status).toBe(422);
    expect((await call('POST', '', { body: bundle('batch', entryOf(both, 'PUT')) })).resource()).toMatchObject({ entry: [{ response: { status: expect.stringMatching(/^422/) } }] });
    expect((await post(mine, organization(finess(), finess()))).status).toBe(422);
  });

  it('and two forms of one number, or numbers of two kinds, are taken', async () => {
    const number = rpps();
    expect((await post(mine, practitioner(number, idnps(number), adeli()))).status).toBe(201);
  });
});

describe('software', () => {
  it.each([
    ['a second RPPS beside the first', (one: Practitioner) => ({ ...one, identifier: [...(one.identifier ?? []), rpps()] }), 422],
    ['another kind of number', (one: Practitioner) => ({ ...one, identifier: [...(one.identifier ?? []), adeli()] }), 403],
    ['another RPPS in place of the first', (one: Practitioner) => ({ ...one, identifier: [rpps()] }), 403],
    ['no RPPS any more', (one: Practitioner) => ({ ...one, identifier: [local] }), 403],
    ['another name', (one: Practitioner) => ({ ...one, name: [{ family: 'AUTRE' }] }), 403],
    ['no name', (one: Practitioner) => ({ ...one, name: undefined }), 403],
    ['what turns the meaning of the rest', (one: Practitioner) => ({ ...one, modifierExtension: [{ url: 'http://x.example', valueBoolean: true }] }), 403],
  ] as const)('does not give a Practitioner who bears an RPPS %s', async (_, change, status) => {
    const one = await made<Practitioner>(mine, practitioner(rpps()));
    for (const actor of [mine, theirs]) {
      const refused = await put(actor, change(one) as Body);
      expect(refused.status).toBe(status);
      expect(refused.text).not.toMatch(/1009990|03599/);
      if (status === 403) expect(refused.text).toContain('operator');
    }
    expect((await server.as(operator)('GET', `Practitioner/${one.id}`)).headers.ETag).toBe('W/"1"');
    if (status === 403) expectStatus(await put(operator, change(one) as Body), 200);
  });

  it('fills what a Practitioner lacks: elements, local identifiers, another form of the number', async () => {
    const number = rpps();
    const one = await made<Practitioner>(mine, practitioner(number));
    const more = { ...one, identifier: [...(one.identifier ?? []), local, idnps(number)], gender: 'female', telecom: [{ system: 'phone', value: '1' }] };
    expectStatus(await put(theirs, more as Body), 200);
    const patch = [{ op: 'add', path: '/birthDate', value: '1970-01-01' }];
    const call = (value: object[]) => server.as(theirs)('PATCH', `Practitioner/${one.id}`, { body: value, headers: { 'Content-Type': 'application/json-patch+json' } });
    expect((await call(patch)).status).toBe(200);
    expect((await call([{ op: 'replace', path: '/birthDate', value: '1971-01-01' }])).status).toBe(403);
    const refused = await server.as(theirs)('POST', '', { body: bundle('transaction', entryOf({ ...more, name: [{ family: 'AUTRE' }] } as Body, 'PUT')) });
    expect([refused.status, refused.issues[0]?.expression]).toEqual([403, expect.arrayContaining([expect.stringContaining('Bundle.entry[0]')])]);
  });

  it('gives a national number to nobody who stands without one, and corrects them otherwise', async () => {
    const one = await made<Practitioner>(mine, practitioner(local));
    expect((await put(mine, { ...one, identifier: [local, rpps()] } as Body)).status).toBe(403);
    expectStatus(await put(mine, { ...one, name: [{ family: 'AUTRE' }] } as Body), 200);
    expectStatus(await put(operator, { ...one, identifier: [local, rpps()] } as Body), 200);
  });

  it('does not come by a deleted id as somebody else', async () => {
    const one = await made<Practitioner>(operator, practitioner(rpps()));
    expectStatus(await server.as(operator)('DELETE', `Practitioner/${one.id}`), 204);
    expect((await put(mine, { ...one, identifier: [rpps()] } as Body)).status).toBe(403);
    expect((await put(mine, one as Body)).status).toBe(201);
  });

  it('neither adds a FINESS to an Organization nor renames one that bears it', async () => {
    const [number, legal] = [finess(), { ...finess(), type: { coding: [{ code: 'FINEJ' }] } }];
    const one = await made<Organization>(mine, organization(number));
    const unknown = await made<Organization>(mine, organization(local));
    expect((await put(theirs, { ...one, name: 'Autre' } as Body)).status).toBe(403);
    // Of its legal entity: no claim, and an identity all the same.
    expect((await put(theirs, { ...one, identifier: [number, legal] } as Body)).status).toBe(403);
    expect((await put(theirs, { ...unknown, identifier: [local, number] } as Body)).status).toBe(403);
    expect((await put(theirs, { ...one, telecom: [{ system: 'phone', value: '1' }] } as Body)).status).toBe(200);
  });

  it('does not move a role to another person or structure, whether it bears their numbers or not', async () => {
    const [one, other] = [await made<Practitioner>(mine, practitioner(rpps())), await made<Practitioner>(mine, practitioner(rpps()))];
    const plain = await made<PractitionerRole>(mine, { resourceType: 'PractitionerRole', practitioner: { reference: `Practitioner/${one.id}` } } as Body);
    const whole = await made<PractitionerRole>(mine, { resourceType: 'PractitionerRole', practitioner: { reference: `Practitioner/${one.id}`, identifier: one.identifier?.[0] }, organization: { identifier: finess() }, code: [{ text: 'x' }] } as Body);
    for (const role of [plain, whole]) expect((await put(theirs, { ...role, practitioner: { reference: `Practitioner/${other.id}` } } as Body)).status).toBe(403);
    expect((await put(theirs, { ...plain, active: true } as Body)).status).toBe(200);
    expect((await put(theirs, { ...whole, code: [{ text: 'y' }] } as Body)).status).toBe(403);
    expect((await put(operator, { ...whole, code: [{ text: 'y' }] } as Body)).status).toBe(200);
  });
});

describe('software, of a Patient', () => {
  const ins = (use = 'official') => ({ use, system: testIns, value: `25501750${String(++counter).padStart(5, '0')}08` });
  const person = (more: object = {}) => ({ resourceType: 'Patient', identifier: [ins()], name: [{ use: 'official', family: 'Durand', given: ['Anne'] }, { use: 'usual', family: 'Martin' }], birthDate: '1955-01', gender: 'unknown', ...more });
  const birthPlace = { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace', valueAddress: { city: 'Paris' } }] };

  it.each([
    ['a second INS', (one: Patient) => ({ ...one, identifier: [...(one.identifier ?? []), ins('old')] })],
    ['another INS, the former one kept', (one: Patient) => ({ ...one, identifier: [{ ...one.identifier?.[0], use: 'old' }, ins()] })],
    ['an INS that is a former one', (one: Patient) => ({ ...one, identifier: [{ ...one.identifier?.[0], use: 'old' }] })],
    ['no birth date', (one: Patient) => ({ ...one, birthDate: undefined })], ['a birth date of more digits', (one: Patient) => ({ ...one, birthDate: '1955-01-02' })],
    ['a sex that was unknown', (one: Patient) => ({ ...one, gender: 'female' })], ['no birth name', (one: Patient) => ({ ...one, name: one.name?.slice(1) })],
    ['another first given name', (one: Patient) => ({ ...one, name: [{ ...one.name?.[0], given: ['Marie'] }] })],
    ['a place of birth', (one: Patient) => ({ ...one, ...birthPlace })],
  ])('who bears an INS, does not write %s', async (_, change) => {
    const one = await made<Patient>(mine, person());
    const refused = await put(mine, change(one) as Body);
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('operator')]);
    expectStatus(await put(operator, change(one) as Body), 200);
  });

  it('who bears an INS, writes the rest', async () => {
    const one = await made<Patient>(mine, person());
    const more = { ...one, identifier: [...(one.identifier ?? []), local], name: [{ ...one.name?.[0], family: 'DURAND' }, { use: 'usual', family: 'Petit' }], telecom: [{ system: 'phone', value: '1' }] };
    expectStatus(await put(mine, more as Body), 200);
    expectStatus(await put(mine, { ...one, telecom: [{ system: 'phone', value: '2' }] } as Body), 200);
  });

  it('who bears none yet, says who they are, once', async () => {
    const one = await made<Patient>(mine, person({ identifier: [local] }));
    const identified = { ...one, identifier: [local, ins()], birthDate: '1955-01-02' };
    expectStatus(await put(mine, identified as Body), 200);
    expect((await put(mine, { ...identified, birthDate: '1955-01' } as Body)).status).toBe(403);
    const other = await made<Patient>(theirs, person({ identifier: [local] }));
    expect((await put(theirs, { ...other, identifier: identified.identifier } as Body)).status).toBe(409);
  });
});
