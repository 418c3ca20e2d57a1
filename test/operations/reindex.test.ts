/** Search parameters of the operator, from their definition to every way of asking by them, and the work that makes them complete. */
import { startTestServer, type Reply, type TestServer } from '../support/http-server';

let server: TestServer;
let operator: string;
beforeAll(async () => {
  server = await startTestServer();
  operator = await server.token({ as: 'operator' });
}, 60_000);
afterAll(() => server.stop());

const ask = (path: string, call: { method?: string; body?: object; headers?: Record<string, string> } = {}): Promise<Reply> => server.call(path.slice(1), { token: operator, ...call });
const ids = ({ body }: Reply): string[] => (body.entry ?? []).filter((entry: { search: { mode: string } }) => entry.search.mode === 'match').map((entry: { resource: { id: string } }) => entry.resource.id).sort();

/** Until it is answered otherwise than "being indexed". */
async function ready(path: string): Promise<Reply> {
  for (;;) {
    const reply = await ask(path);
    if (reply.status !== 503) return reply;
    expect(reply.body.issue[0]).toMatchObject({ code: 'transient', diagnostics: expect.stringMatching(/being indexed \(\d+ % done\)/) });
    expect(reply.headers.get('retry-after')).toBe('10');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const parameter = (code: string, more: object) => ({ resourceType: 'SearchParameter', url: `http://example.org/SearchParameter/${code}`, name: code, description: code, status: 'active', code, ...more });
const define = (id: string, code: string, more: object) => ask(`/SearchParameter/${id}`, { method: 'PUT', body: { ...parameter(code, more), id } });

const part = (definition: string, expression: string) => ({ definition: `http://hl7.org/fhir/SearchParameter/${definition}`, expression });

const family = { base: ['Patient'], type: 'string', expression: 'Patient.contact.name.family' };
const patient = (id: string, contact?: string, more: object = {}) => ask(`/Patient/${id}`, { method: 'PUT', body: { resourceType: 'Patient', id, ...(contact ? { contact: [{ name: { family: contact } }] } : {}), ...more } });

describe('a search parameter of the operator', () => {
  beforeAll(async () => {
    await patient('a', 'Durand');
    await patient('b', 'Martin');
    await patient('c');
    await ask('/Observation/o', { method: 'PUT', body: { resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/a' } } });
    await ask('/Observation/inner', { method: 'PUT', body: { resourceType: 'Observation', id: 'inner', status: 'final', code: { text: 'x' }, contained: [{ resourceType: 'Patient', id: 'p', contact: [{ name: { family: 'Dupond' } }] }], subject: { reference: '#p' } } });
    expect((await ask('/Patient?contact-family=durand')).status).toBe(400);
    expect((await define('family', 'contact-family', family)).status).toBe(201);
    await ready('/Patient?contact-family=durand');
  }, 60_000);

  it.each([
    ['contact-family=durand', ['a']], ['contact-family:exact=Martin', ['b']], ['contact-family:missing=true', ['c']], ['contact-family:missing=false', ['a', 'b']], ['contact-family:contains=ARTI', ['b']],
  ])('finds what was there before by Patient?%s', async (query, expected) => {
    expect(ids(await ready(`/Patient?${query}`))).toEqual(expected);
  });

  it('is sorted by, missing values last', async () => {
    const found = await ask('/Patient?_sort=-contact-family');
    expect(found.body.entry.map((entry: { resource: { id: string } }) => entry.resource.id)).toEqual(['b', 'a', 'c']);
  });

  it('is chained to, also into what is contained', async () => {
    expect(ids(await ask('/Observation?subject:Patient.contact-family=durand'))).toEqual(['o']);
    expect(ids(await ask('/Observation?subject:Patient.contact-family=dupond'))).toEqual(['inner']);
  });

  it('finds what is written from then on', async () => {
    await patient('d', 'Durand-Ruel');
    await patient('b', 'Durandal');
    expect(ids(await ask('/Patient?contact-family=durand'))).toEqual(['a', 'b', 'd']);
    expect(ids(await ask('/Patient?contact-family=martin'))).toEqual([]);
    await ask('/Patient/d', { method: 'DELETE' });
    await patient('b', 'Martin');
  });

  it('is used by conditions of writes', async () => {
    const reply = await ask('/Patient', { method: 'POST', body: { resourceType: 'Patient', contact: [{ name: { family: 'Durand' } }] }, headers: { 'If-None-Exist': 'contact-family=durand' } });
    expect([reply.status, reply.headers.get('location') ?? reply.body.id]).toEqual([200, expect.stringContaining('a')]);
  });

  it('is told in metadata', async () => {
    const { body } = await ask('/metadata');
    const { searchParam } = body.rest[0].resource.find(({ type }: { type: string }) => type === 'Patient');
    expect(searchParam).toContainEqual({ name: 'contact-family', type: 'string', definition: 'http://example.org/SearchParameter/contact-family' });
  });

  it('of a reference is included and followed back', async () => {
    await ask('/Organization/org', { method: 'PUT', body: { resourceType: 'Organization', id: 'org', name: 'X' } });
    await patient('e', undefined, { contact: [{ organization: { reference: 'Organization/org' } }] });
    await define('org', 'contact-org', { base: ['Patient'], type: 'reference', target: ['Organization'], expression: 'Patient.contact.organization' });
    const found = await ready('/Patient?contact-org=Organization/org&_include=Patient:contact-org');
    expect(found.body.entry.map((entry: { fullUrl: string }) => entry.fullUrl.split('/').at(-1)).sort()).toEqual(['e', 'org']);
    expect(ids(await ask('/Organization?_has:Patient:contact-org:_id=e'))).toEqual(['org']);
    expect(ids(await ask('/Patient?contact-org.name=x'))).toEqual(['e']);
  });

  it('of an extension is read by its URL and its type', async () => {
    const extension = [{ url: 'http://example.org/level', valueInteger: 7 }, { url: 'http://example.org/other', valueInteger: 8 }];
    await patient('f', undefined, { extension });
    await define('level', 'level', { base: ['Patient'], type: 'number', expression: "Patient.extension.where(url='http://example.org/level').value.ofType(integer)" });
    expect(ids(await ready('/Patient?level=7'))).toEqual(['f']);
    expect(ids(await ask('/Patient?level=8'))).toEqual([]);
  });

  it('of two components finds what both are in', async () => {
    for (const [id, status, day] of [['s1', 'final', '2024-01-02'], ['s2', 'amended', '2024-01-02'], ['s3', 'final', '2023-05-05']] as const) await ask(`/Observation/${id}`, { method: 'PUT', body: { resourceType: 'Observation', id, status, code: { text: 'x' }, effectiveDateTime: day } });
    await define('status-date', 'status-date', { base: ['Observation'], type: 'composite', expression: 'Observation', component: [part('Observation-status', 'status'), part('clinical-date', 'effective')] });
    expect(ids(await ready('/Observation?status-date=final$ge2024'))).toEqual(['s1']);
    expect(ids(await ask('/Observation?status-date=amended$2024-01-02,final$lt2024'))).toEqual(['s2', 's3']);
    expect((await ask('/Observation?status-date=final')).status).toBe(400);
  });

  it('of Resource is one of every type, alone and together', async () => {
    await patient('h', undefined, { language: 'fr' });
    await ask('/Organization/h', { method: 'PUT', body: { resourceType: 'Organization', id: 'h', name: 'X', language: 'fr' } });
    await define('written-in', 'written-in', { base: ['Resource'], type: 'token', expression: 'Resource.language' });
    expect(ids(await ready('/Patient?written-in=fr'))).toEqual(['h']);
    expect((await ready('/?_type=Patient,Organization&written-in=fr')).body.entry.map(({ resource }: { resource: { resourceType: string } }) => resource.resourceType).sort()).toEqual(['Organization', 'Patient']);
    expect(ids(await ask('/Bundle?written-in=fr'))).toEqual([]);
    expect((await ask('/SearchParameter', { body: parameter('written-in', { base: ['Patient'], type: 'token', expression: 'Patient.language' }) })).status).toBe(422);
  });

  it('that is defined otherwise finds by its new definition alone', async () => {
    await define('gift', 'gift', { base: ['Patient'], type: 'string', expression: 'Patient.contact.name.family' });
    expect(ids(await ready('/Patient?gift=durand'))).toEqual(['a']);
    await patient('g', undefined, { contact: [{ name: { text: 'Zola' } }] });
    await define('gift', 'gift', { base: ['Patient'], type: 'string', expression: 'Patient.contact.name.text' });
    expect(ids(await ready('/Patient?gift=zola'))).toEqual(['g']);
    expect(ids(await ask('/Patient?gift=durand'))).toEqual([]);
  });

  it('that is retired, or deleted, is unknown again', async () => {
    await define('gone', 'gone', { base: ['Patient'], type: 'token', expression: 'Patient.contact.gender' });
    expect((await ready('/Patient?gone=male')).status).toBe(200);
    await define('gone', 'gone', { base: ['Patient'], type: 'token', expression: 'Patient.contact.gender', status: 'retired' });
    expect((await ready('/Patient?gone=male')).status).toBe(400);
    await define('gone', 'gone', { base: ['Patient'], type: 'token', expression: 'Patient.contact.gender' });
    expect((await ready('/Patient?gone=male')).status).toBe(200);
    await ask('/SearchParameter/gone', { method: 'DELETE' });
    expect((await ready('/Patient?gone=male')).status).toBe(400);
  });
});

describe('a definition that cannot be one of this server', () => {
  it.each([
    ['a function', { base: ['Patient'], type: 'string', expression: 'Patient.name.first().family' }, 'expression', /HumanName\.first/],
    ['an operator', { base: ['Patient'], type: 'token', expression: 'Patient.name.count() > 1' }, 'expression', /cannot be read/],
    ['an element that is not there', { base: ['Patient'], type: 'string', expression: 'Patient.nickname' }, 'expression', /Patient\.nickname/],
    ['an element of another kind', { base: ['Patient'], type: 'date', expression: 'Patient.name.family' }, 'expression', /leads to no element/],
    ['another type', { base: ['Patient'], type: 'string', expression: 'Observation.note.text' }, 'expression', /on Patient/],
    ['a special one', { base: ['Patient'], type: 'special', expression: 'Patient' }, 'type', /special/],
    ['a composite without components', { base: ['Observation'], type: 'composite', expression: 'Observation' }, 'component', /two or three/],
    ['a component of another type', { base: ['Observation'], type: 'composite', expression: 'Observation', component: [part('Patient-gender', 'gender'), part('clinical-date', 'effective')] }, 'component[0].definition', /every type of base/],
    ['a first component that is no code', { base: ['Observation'], type: 'composite', expression: 'Observation', component: [part('clinical-date', 'effective'), part('clinical-date', 'effective')] }, 'component[0].definition', /of the type token/],
    ['a component from elsewhere', { base: ['Observation'], type: 'composite', expression: 'Observation', component: [part('Observation-status', 'Observation.status'), part('clinical-date', 'effective')] }, 'component[0].expression', /%resource/],
    ['an element of a component that is not there', { base: ['Observation'], type: 'composite', expression: 'Observation', component: [part('Observation-status', 'state'), part('clinical-date', 'effective')] }, 'expression', /Observation\.state/],
    ['an element that not every type has', { base: ['Resource'], type: 'token', expression: 'Resource.text.status' }, 'expression', /on Binary it cannot be read/],
    ['no expression', { base: ['Patient'], type: 'token' }, 'expression', /missing/],
  ])('is refused, and what it does not know is named: %s', async (_, more, element, text) => {
    const reply = await ask('/SearchParameter', { body: parameter('refused', more) });
    expect([reply.status, reply.body.issue[0].expression]).toEqual([422, [`SearchParameter.${element}`]]);
    expect(reply.body.issue[0].diagnostics).toMatch(text);
  });

  it('is refused under the code of a parameter of the standard, or of another one', async () => {
    expect((await ask('/SearchParameter', { body: parameter('family', family) })).status).toBe(422);
    expect((await ask('/SearchParameter', { body: parameter('contact-family', family) })).status).toBe(422);
  });

  it('is kept while it is a draft, without effect', async () => {
    expect((await ask('/SearchParameter', { body: parameter('drafted', { base: ['Patient'], type: 'string', expression: 'Patient.nickname', status: 'draft' }) })).status).toBe(201);
    expect((await ask('/Patient?drafted=x')).status).toBe(400);
  });

  it('comes from nobody but the operator', async () => {
    const token = await server.token({ as: 'system', structure: '1010000001' });
    const reply = await server.call('SearchParameter', { token, body: parameter('foreign', family) });
    expect(reply.status).toBe(403);
  });
});

describe('$reindex', () => {
  it('has everything indexed anew, tells how far it is, and takes nothing from searches', async () => {
    const begun = await ask('/$reindex', { method: 'POST' });
    expect(begun.body.parameter).toEqual(expect.arrayContaining([{ name: 'status', valueCode: 'in-progress' }, { name: 'usable', valueBoolean: true }]));
    expect(ids(await ask('/Patient?contact-family=durand'))).toEqual(['a']);
    for (;;) {
      const { body } = await ask('/$reindex');
      if (body.parameter[0].valueCode === 'completed') break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(ids(await ask('/Patient?contact-family=durand'))).toEqual(['a']);
  });

  it('is for the operator', async () => {
    const token = await server.token({ as: 'system', structure: '1010000001' });
    expect([(await server.call('$reindex', { token })).status, (await server.call('$reindex', { token, method: 'POST' })).status]).toEqual([403, 403]);
  });
});
