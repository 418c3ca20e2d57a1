import type { Binary, Consent, Observation, Patient } from 'fhir/r4';
import type { Actor } from '../../../src/access/actor';
import { expectStatus, operator, patient, professional, startServer, system, testIns, type TestServer } from '../../support/server';
import type { Reply } from '../../support/exchange';

let server: TestServer;
beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());

type Operation = { op: string; path: string; from?: string; value?: unknown };
const jsonPatch = (target: string, operations: unknown, actor: Actor = operator, headers: Record<string, string> = {}): Promise<Reply> =>
  server.as(actor)('PATCH', target, { body: typeof operations === 'string' ? operations : JSON.stringify(operations), headers: { 'Content-Type': 'application/json-patch+json', ...headers } });
const put = (type: string, text: string, actor: Actor = operator): Promise<Reply> => server.as(actor)('PUT', type, { body: text });
const created = async <T>(body: { resourceType: string }, actor: Actor = operator): Promise<T & { id: string }> =>
  expectStatus(await server.as(actor)('POST', body.resourceType, { body }), 201).resource<T & { id: string }>();
const observation = (more: object = {}) => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...more });
const amend: Operation[] = [{ op: 'replace', path: '/status', value: 'amended' }];

describe('a patch', () => {
  it('makes the next version, which says what it says and nothing else', async () => {
    const text = '{"resourceType":"Observation","id":"literal","status":"final","code":{"text":"é"},"component":[{"code":{"text":"a"},"valueQuantity":{"value":1.00}},{"code":{"text":"b"},"valueQuantity":{"value":-0.0}}]}';
    expectStatus(await put('Observation/literal', text), 201);
    const reply = expectStatus(await jsonPatch('Observation/literal', '[{"op":"replace","path":"/component/0/valueQuantity/value","value":2.50}]'), 200);
    expect(reply.headers).toMatchObject({ ETag: 'W/"2"', Location: 'http://localhost:8080/fhir/Observation/literal/_history/2' });
    expect(reply.text).toContain('"value":2.50}');
    expect(reply.text).toContain('"value":-0.0}');
    expect(reply.audit).toMatchObject({ interaction: 'patch', type: 'Observation', id: 'literal' });
    expect((await server.as(operator)('GET', 'Observation/literal')).text).toBe(reply.text);
    expect((await server.as(operator)('GET', 'Observation/literal/_history/1')).text).toContain('"value":1.00}');
  });

  it('is found by what it changed', async () => {
    const { id } = await created<Observation>(observation({ code: { coding: [{ system: 'http://t.example', code: 'before' }] } }));
    expectStatus(await jsonPatch(`Observation/${id}`, [{ op: 'replace', path: '/code/coding/0/code', value: 'after' }]), 200);
    const found = async (code: string): Promise<number> => (await server.as(operator)('GET', `Observation?code=${code}`)).resource<{ total: number }>().total;
    expect([await found('before'), await found('after')]).toEqual([0, 1]);
  });

  it('that changes nothing makes no version', async () => {
    const { id } = await created<Observation>(observation());
    for (const same of [[], [{ op: 'replace', path: '/status', value: 'final' }], [{ op: 'remove', path: '/meta' }], [{ op: 'add', path: '/meta/versionId', value: '77' }]]) {
      expect(expectStatus(await jsonPatch(`Observation/${id}`, same), 200).headers.ETag).toBe('W/"1"');
    }
  });

  it('can test the version that it was made for', async () => {
    const { id } = await created<Observation>(observation());
    const guarded = [{ op: 'test', path: '/meta/versionId', value: '1' }, ...amend];
    expectStatus(await jsonPatch(`Observation/${id}`, guarded), 200);
    expect((await jsonPatch(`Observation/${id}`, guarded)).status).toBe(422);
  });

  it('is answered as the caller prefers', async () => {
    const { id } = await created<Observation>(observation());
    const minimal = await jsonPatch(`Observation/${id}`, amend, operator, { Prefer: 'return=minimal' });
    expect([minimal.status, minimal.text, minimal.headers.ETag]).toEqual([200, '', 'W/"2"']);
    expect((await jsonPatch(`Observation/${id}`, amend, operator, { Prefer: 'return=OperationOutcome' })).resource()).toMatchObject({ resourceType: 'OperationOutcome' });
  });

  it('holds for the version that If-Match names', async () => {
    const { id } = await created<Observation>(observation());
    expect((await jsonPatch(`Observation/${id}`, amend, operator, { 'If-Match': 'W/"2"' })).status).toBe(412);
    expectStatus(await jsonPatch(`Observation/${id}`, amend, operator, { 'If-Match': 'W/"1"' }), 200);
  });

  it('is applied anew when others were faster: of 50 at once none is lost', async () => {
    const { id } = await created<Observation>(observation());
    const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => jsonPatch(`Observation/${id}`, [
      { op: 'test', path: '/status', value: 'final' },
      { op: 'add', path: index === 0 ? '/note' : `/category`, value: index === 0 ? [{ text: 'first' }] : [{ text: String(index) }] },
    ])));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    const stored = (await server.as(operator)('GET', `Observation/${id}`)).resource<Observation>();
    expect(stored.meta?.versionId).toBe('51');
    expect(stored.note).toEqual([{ text: 'first' }]);
  });

  it('of a large resource works on a parse thread just the same', async () => {
    const div = `<div xmlns="http://www.w3.org/1999/xhtml">${'é'.repeat(300_000)}</div>`;
    const { id } = await created<Observation>(observation({ text: { status: 'generated', div }, valueQuantity: { value: 1 } }));
    const reply = expectStatus(await jsonPatch(`Observation/${id}`, amend), 200).resource<Observation>();
    expect([reply.status, reply.text?.div]).toEqual(['amended', div]);
    expect((await jsonPatch(`Observation/${id}`, [{ op: 'test', path: '/status', value: 'final' }])).status).toBe(422);
  });

  it('of a Binary keeps its bytes, or brings others', async () => {
    const id = 'patched-bytes';
    const binary: Binary = { resourceType: 'Binary', id, contentType: 'text/plain', data: Buffer.from('bytes').toString('base64') };
    expectStatus(await server.as(operator)('PUT', `Binary/${id}`, { body: binary }), 201);
    expect(expectStatus(await jsonPatch(`Binary/${id}`, []), 200).headers.ETag).toBe('W/"1"');
    expectStatus(await jsonPatch(`Binary/${id}`, [{ op: 'add', path: '/language', value: 'fr' }]), 200);
    expect((await server.as(operator)('GET', `Binary/${id}`)).text).toBe('bytes');
    expectStatus(await jsonPatch(`Binary/${id}`, [{ op: 'add', path: '/data', value: Buffer.from('others').toString('base64') }]), 200);
    expect((await server.as(operator)('GET', `Binary/${id}`)).text).toBe('others');
  });
});

describe('a patch is refused', () => {
  it.each([
    ['what is no JSON', '[', 400], ['what is no list', '{}', 400], ['a key twice', '[{"op":"remove","op":"remove","path":"/status"}]', 400], ['an unknown operation', '[{"op":"set","path":"/status"}]', 400],
    ['a path that finds nothing', '[{"op":"remove","path":"/note"}]', 422], ['a test that fails', '[{"op":"test","path":"/status","value":"amended"}]', 422],
    ['another id', '[{"op":"replace","path":"/id","value":"other"}]', 422], ['no id', '[{"op":"remove","path":"/id"}]', 422],
    ['another type', '[{"op":"replace","path":"/resourceType","value":"Patient"}]', 422], ['no object', '[{"op":"replace","path":"","value":1}]', 422],
    ['an unknown element', '[{"op":"add","path":"/nonsense","value":1}]', 422], ['a required element taken away', '[{"op":"remove","path":"/status"}]', 422],
    ['an empty list', '[{"op":"add","path":"/note","value":[]}]', 422], ['a part of a resource', '[{"op":"add","path":"/meta/tag","value":[{"code":"SUBSETTED"}]}]', 422],
    ['__proto__', '[{"op":"add","path":"/__proto__","value":{}}]', 400],
  ])('for %s, and changes nothing', async (_, operations, status) => {
    const { id } = await created<Observation>(observation());
    const reply = await jsonPatch(`Observation/${id}`, operations);
    expect([reply.status, reply.thrown]).toEqual([status, undefined]);
    expect(reply.issues.length).toBeGreaterThan(0);
    expect((await server.as(operator)('GET', `Observation/${id}`)).resource<Observation>().meta?.versionId).toBe('1');
  });

  it('in any other media type, with the list', async () => {
    const { id } = await created<Observation>(observation());
    for (const type of ['application/merge-patch+json', 'text/plain', '']) {
      const reply = await jsonPatch(`Observation/${id}`, amend, operator, { 'Content-Type': type });
      expect(reply.status).toBe(415);
      expect(reply.headers['Accept-Patch']).toContain('application/json-patch+json');
      expect(reply.text).toContain('application/json-patch+json');
    }
  });

  it('with too many operations, at once and whatever their number', async () => {
    const { id } = await created<Observation>(observation());
    const reply = await jsonPatch(`Observation/${id}`, Array.from({ length: 40_000 }, () => ({ op: 'test', path: '/status', value: 'final' })));
    expect([reply.status, reply.issues[0]?.code]).toEqual([422, 'too-costly']);
  });

  it('where there is nothing to patch', async () => {
    expect((await jsonPatch('Observation/unknown', amend)).status).toBe(404);
    expect((await jsonPatch('Observation/no_id', amend)).status).toBe(400);
    const { id } = await created<Observation>(observation());
    expectStatus(await server.as(operator)('DELETE', `Observation/${id}`), 204);
    const reply = await jsonPatch(`Observation/${id}`, amend);
    expect([reply.status, reply.headers.ETag]).toEqual([410, 'W/"2"']);
  });
});

describe('who patches what', () => {
  const mine = system('1010000001');
  const theirs = system('1020000002');
  const person = (value: string) => ({ resourceType: 'Patient', identifier: [{ use: 'official', system: testIns, value }], name: [{ use: 'official', family: 'Durand' }], birthDate: '1955-01-02', gender: 'female' });

  it('a hidden resource does not exist, in the words of one that never did', async () => {
    const { id } = await created<Observation>(observation(), mine);
    const [hidden, unknown] = [await jsonPatch(`Observation/${id}`, amend, theirs), await jsonPatch(`Observation/${'0'.repeat(id.length)}`, amend, theirs)];
    expect([hidden.status, unknown.status]).toEqual([404, 404]);
    expect(hidden.text.replace(id, '')).toBe(unknown.text.replace('0'.repeat(id.length), ''));
    expect(hidden.headers.ETag).toBeUndefined();
    expectStatus(await jsonPatch(`Observation/${id}`, amend, mine), 200);
  });

  it('whoever may not write is told so whatever the target', async () => {
    const { id } = await created<Observation>(observation(), mine);
    for (const target of [`Observation/${id}`, 'Observation/unknown']) expect((await jsonPatch(target, '[', professional())).status).toBe(403);
  });

  it('an identity is the operator’s to correct', async () => {
    const { id } = await created<Patient>(person('255017500400108'), mine);
    expect((await jsonPatch(`Patient/${id}`, [{ op: 'replace', path: '/birthDate', value: '1956-01-02' }], mine)).status).toBe(409);
    expect((await jsonPatch(`Patient/${id}`, [{ op: 'remove', path: '/identifier' }], mine)).status).toBe(403);
    expectStatus(await jsonPatch(`Patient/${id}`, [{ op: 'replace', path: '/birthDate', value: '1956-01-02' }]), 200);
    const other = await created<Patient>(person('255017500400208'), mine);
    expect((await jsonPatch(`Patient/${other.id}`, [{ op: 'replace', path: '/identifier/0/value', value: '255017500400108' }])).status).toBe(409);
  });

  it('a patient takes back their own Consent, and no other', async () => {
    const values = ['255017500400308', '255017500400408'];
    const consents = await Promise.all(values.map(async (value) => {
      const { id } = await created<Patient>(person(value), mine);
      return created<Consent>({
        resourceType: 'Consent', status: 'active', scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
        category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }], patient: { reference: `Patient/${id}` }, provision: { type: 'deny' },
      } as never);
    }));
    const lift = [{ op: 'replace', path: '/status', value: 'inactive' }];
    expect((await jsonPatch(`Consent/${consents[1]?.id}`, lift, patient(values[0] as string))).status).toBe(404);
    expectStatus(await jsonPatch(`Consent/${consents[0]?.id}`, lift, patient(values[0] as string)), 200);
  });
});
