/** https://hl7.org/fhir/R4/observation-operation-lastn.html */
import type { JsonObject } from '../../src/fhir/json';
import { readRoutes } from '../../src/interactions/read-routes';
import { lastnRoutes } from '../../src/operations/lastn';
import { blocks, closes, colleague, consent, entriesOf, linkOf, named, operator, person, professional, reading, type Put, type Reading } from '../interactions/reading';

let server: Reading;
beforeEach(async () => {
  server = await reading({ routes: [...readRoutes, ...lastnRoutes] });
  await server.put({ resourceType: 'Patient', id: 'a' });
});
afterEach(() => server.close());

const coding = (code: string, system = 'urn:s') => ({ system, code });
const coded = (...codes: string[]): JsonObject => ({ coding: codes.map((code) => coding(code)) });
const words = (text: string): JsonObject => ({ text });
const put = (id: string, code: JsonObject | undefined, more: JsonObject = {}, access?: Put) =>
  server.put({ resourceType: 'Observation', id, status: 'final', ...(code ? { code } : {}), subject: { reference: 'Patient/a' }, category: [{ coding: [coding('lab')] }], ...more }, access);
const on = (effectiveDateTime: string): JsonObject => ({ effectiveDateTime });
const ask = async (query: string, actor = professional): Promise<string[]> => {
  const reply = await server.get(`Observation/$lastn?${query}`, actor);
  expect([query, reply.status]).toEqual([query, 200]);
  expect(entriesOf(reply).every(({ search }) => search.mode === 'match')).toBe(true);
  expect(reply.json).toMatchObject({ type: 'searchset', total: named(reply).length });
  return named(reply).map((name) => name.slice('Observation/'.length));
};

/** The table of the operation's definition: how many groups there are of these codes. */
test.each<readonly [JsonObject[], number]>([
  [[coded('a'), coded('b'), coded('c')], 3], [[coded('a'), coded('b'), coded('a', 'c')], 2], [[coded('a'), coded('b'), coded('a', 'b')], 1],
  [[words('textM'), words('Text'), words('t e x t')], 3], [[words('x'), words('x')], 1], [[{ coding: [coding('a'), coding('a', 'urn:other')] }, { coding: [coding('a', 'urn:other')] }], 1],
  [[{ coding: [coding('a')] }, { coding: [coding('a', 'urn:other')] }], 2], [[{ ...coded('a'), text: 'x' }, words('x')], 2], [[coded('a', 'b'), coded('b', 'c'), coded('c', 'd'), coded('e')], 2], [[coded('d'), coded('c', 'd'), coded('b', 'c'), coded('a', 'b'), coded('a')], 1],
])('%j: %d groups', async (codes, groups) => {
  for (const [at, code] of codes.entries()) await put(`o${at}`, code, on(`2026-01-0${at + 1}`));
  expect(await ask('patient=a')).toHaveLength(groups);
});

describe('the last of each group', () => {
  beforeEach(async () => {
    for (const [id, code, date] of [['a1', 'a', '2026-01-01'], ['a2', 'a', '2026-01-02'], ['a3', 'a', '2026-01-03'], ['a4', 'a', '2026-01-04'], ['b1', 'b', '2026-02-01'], ['b2', 'b', '2026-02-02']] as const) await put(id, coded(code), on(date));
  });

  test.each([['', ['b2', 'a4']], ['&max=1', ['b2', 'a4']], ['&max=2', ['b2', 'b1', 'a4', 'a3']], ['&max=3', ['b2', 'b1', 'a4', 'a3', 'a2']], ['&max=100', ['b2', 'b1', 'a4', 'a3', 'a2', 'a1']]])('%s', async (query, ids) => {
    expect(await ask(`patient=a${query}`)).toEqual(ids);
  });

  test('all those that are as old as the last one', async () => {
    await put('a4b', coded('a'), on('2026-01-04'));
    await put('a4c', coded('a'), on('2026-01-04'));
    expect((await ask('patient=a&code=urn:s|a')).sort()).toEqual(['a4', 'a4b', 'a4c']);
    expect((await ask('patient=a&code=urn:s|a&max=2')).sort()).toEqual(['a4', 'a4b', 'a4c']);
    expect((await ask('patient=a&code=urn:s|a&max=4')).sort()).toEqual(['a3', 'a4', 'a4b', 'a4c']);
  });

  test('by when it was true, in whatever form that is said; what does not say comes last', async () => {
    await put('c1', coded('c'), { effectivePeriod: { start: '2026-03-05', end: '2026-04-01' } });
    await put('c2', coded('c'), { effectiveInstant: '2026-03-06T10:00:00Z' });
    await put('c3', coded('c'), { effectivePeriod: { end: '2026-03-04' } });
    await put('c4', coded('c'), { effectiveTiming: { event: ['2026-03-07T00:00:00Z'] } });
    await put('c5', coded('c'));
    expect(await ask('patient=a&code=c&max=9')).toEqual(['c4', 'c2', 'c1', 'c3', 'c5']);
  });

  test('of what the other criteria find', async () => {
    await put('a5', coded('a'), { ...on('2026-01-05'), status: 'entered-in-error' });
    expect(await ask('patient=a&code=urn:s|a')).toEqual(['a5']);
    expect(await ask('patient=a&code=urn:s|a&status=final')).toEqual(['a4']);
    expect(await ask('subject=Patient/a&category=urn:s|lab&date=lt2026-02-02')).toEqual(['b1', 'a5']);
    expect(await ask('patient=a&category=none')).toEqual([]);
    expect(await ask('subject:Patient=a&status:not=entered-in-error&code=urn:s|a')).toEqual(['a4']);
    expect((await ask('patient._id=a'))).toEqual(['b2', 'a5']);
  });

  test('POST takes Parameters, in JSON and XML', async () => {
    const parameter = [{ name: 'max', valuePositiveInt: 2 }, { name: 'patient', valueString: 'a' }, { name: 'code', valueString: 'urn:s|b' }];
    const xml = `<Parameters xmlns="http://hl7.org/fhir">${parameter.map(({ name, ...value }) => `<parameter><name value="${name}"/>${Object.entries(value).map(([key, text]) => `<${key} value="${text}"/>`).join('')}</parameter>`).join('')}</Parameters>`;
    for (const call of [{ body: { resourceType: 'Parameters', parameter } }, { body: xml, headers: { 'Content-Type': 'application/fhir+xml' } }]) {
      expect(named(await server.ask('POST', 'Observation/$lastn', professional, call))).toEqual(['Observation/b2', 'Observation/b1']);
    }
  });

  test('the self link tells what was honoured; parts are told as parts', async () => {
    const reply = await server.get('Observation/$lastn?patient=a&max=2&_elements=code');
    expect(linkOf(reply, 'self')).toBe('Observation/$lastn?patient=a&_elements=code&max=2');
    expect(reply.json).toMatchObject({ meta: { tag: [{ code: 'SUBSETTED' }] } });
    expect(Object.keys(entriesOf(reply)[0]?.resource ?? {}).sort()).toEqual(['code', 'id', 'meta', 'resourceType', 'status']);
    const lenient = await server.get('Observation/$lastn?patient=a&nothing=1', professional, { Prefer: 'handling=lenient' });
    expect(entriesOf(lenient).map(({ search }) => search.mode)).toEqual(['match', 'match', 'outcome']);
  });
});

test.each([
  ['', 400], ['category=lab', 400], ['patient:missing=true', 400], ['subject:missing=false', 400], ['patient=a&max=0', 400], ['patient=a&max=x', 400], ['patient=a&max=1&max=2', 400], ['patient=a&max=-1', 400], ['patient=a&nothing=1', 400],
  ['patient=a&_sort=date', 400], ['patient=a&_count=5', 400], ['patient=a&_include=*', 400], ['patient=a&_summary=count', 400],
])('%j is refused', async (query, status) => {
  const reply = await server.get(`Observation/$lastn?${query}`);
  expect([reply.status, reply.issues[0]?.severity]).toEqual([status, 'error']);
});

test('more than OPERATION_LIMIT observations are refused by its name', async () => {
  const small = { ...server.services.limits, operation: { value: 3, setting: 'OPERATION_LIMIT' } };
  const other = await reading({ routes: [...readRoutes, ...lastnRoutes], services: { limits: small } });
  for (const id of ['1', '2', '3', '4']) {
    await other.put({ resourceType: 'Observation', id, status: 'final', code: { text: id }, subject: { reference: 'Patient/a' } });
    const reply = await other.get('Observation/$lastn?patient=a');
    expect([id, reply.status]).toEqual([id, id === '4' ? 422 : 200]);
    if (id === '4') expect(reply.issues[0]?.diagnostics).toContain('OPERATION_LIMIT');
  }
  await other.close();
});

describe('what the caller may not see', () => {
  test('is not the last: the last that they see is', async () => {
    await put('old', coded('a'), on('2026-01-01'));
    await server.put({ resourceType: 'DocumentReference', id: 'd', status: 'current', content: [{ attachment: {} }] }, { documentFacts: { chainKeys: ['k'], labels: ['MASQUE_PS'], authors: [] } });
    await put('masked', coded('a', 'b'), on('2026-01-02'), { document: 'd' });
    await put('b', coded('b'), on('2025-01-01'));
    expect(await ask('patient=a')).toEqual(['old', 'b']);
    expect(await ask('patient=a', operator)).toEqual(['masked']);
    expect(await ask('patient=a', person('a'))).toEqual(['masked']);
  });

  test('a record that is blocked, closed or somebody else\'s is empty', async () => {
    await put('o', coded('a'), on('2026-01-01'));
    await server.put(consent, blocks('810000000001'));
    expect([await ask('patient=a'), await ask('patient=a', colleague)]).toEqual([[], ['o']]);
    await server.put(consent, closes());
    expect([await ask('patient=a', colleague), await ask('patient=a', person('b')), await ask('', person('b'))]).toEqual([[], [], []]);
    expect([await ask('', person('a')), await ask('code=urn:s|a', person('a'))]).toEqual([['o'], ['o']]);
  });
});
