import type { JsonObject } from '../../src/fhir/json';
import { blocks, closes, colleague, consent, linkOf, named, operator, person, professional, reading, type Put, type Reading } from '../interactions/reading';

let server: Reading;
beforeEach(async () => {
  server = await reading();
  await server.put({ resourceType: 'Practitioner', id: 'pr1' }, { exposure: 'public', owners: [] });
  await server.put({ resourceType: 'Practitioner', id: 'pr2' }, { exposure: 'public', owners: [] });
  await server.put({ resourceType: 'Organization', id: 'org' }, { exposure: 'public', owners: [] });
  for (const id of ['o1', 'o2', 'o3', 'o4']) await server.put(observation(id));
  await server.put({ resourceType: 'Patient', id: 'a', managingOrganization: { reference: 'Organization/org' } });
  await server.put({ resourceType: 'Patient', id: 'b' }, ofB);
  await server.put(observation('x1'), ofB);
});
afterEach(() => server.close());

const ofB: Put = { owners: ['b'] };
const observation = (id: string): JsonObject => ({ resourceType: 'Observation', id, status: 'final', performer: [{ reference: 'Practitioner/pr1' }] });
const record = ['Observation/o1', 'Observation/o2', 'Observation/o3', 'Observation/o4', 'Organization/org', 'Patient/a', 'Practitioner/pr1'];

async function pages(target: string, between: () => Promise<unknown> = async () => undefined): Promise<string[][]> {
  const seen: string[][] = [];
  for (let next: string | undefined = target; next !== undefined;) {
    const reply = await server.get(next);
    expect(reply.status).toBe(200);
    seen.push(named(reply));
    next = linkOf(reply, 'next');
    if (seen.length === 1) await between();
    if (seen.length > 50) throw new Error('the pages never end');
  }
  return seen;
}

test('gives the whole record, the Patient first, and nobody else\'s', async () => {
  const reply = await server.get('Patient/a/$everything');
  expect(reply.json).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: record.length });
  expect(named(reply)[0]).toBe('Patient/a');
  expect(named(reply).sort()).toEqual(record);
  expect(reply.audit).toEqual({ interaction: '$everything', type: 'Patient', id: 'a', patients: ['a'] });
});

test.each([1, 2, 3, 6, 7, 8])('in pages of %d: everything once, the Patient first, no page too long', async (count) => {
  const seen = await pages(`Patient/a/$everything?_count=${count}`);
  expect(seen[0]?.[0]).toBe('Patient/a');
  expect(seen.flat().sort()).toEqual(record);
  const sizes = seen.map((page) => page.length);
  expect(sizes.slice(0, -1)).toEqual(sizes.slice(0, -1).map(() => count));
  expect(sizes.at(-1)).toBeGreaterThan(0);
});

test.each([1, 2, 3, 20])('in pages of %d: the Patient first, also before another Patient of the record', async (count) => {
  await server.put({ resourceType: 'Patient', id: 'linked', birthDate: '2000-01-01', link: [{ other: { reference: 'Patient/a' }, type: 'seealso' }] });
  const seen = await pages(`Patient/a/$everything?_count=${count}`);
  expect(seen[0]?.[0]).toBe('Patient/a');
  expect(seen.flat().sort()).toEqual([...record, 'Patient/linked'].sort());
  expect(Math.max(...seen.map((page) => page.length))).toBeLessThanOrEqual(count);
});

test.each([1, 2])('pages of %d leave out what is created meanwhile', async (count) => {
  const seen = await pages(`Patient/a/$everything?_count=${count}`, () => server.put(observation('o0')));
  expect(seen.flat().sort()).toEqual(record);
});

test('the page link is a cursor for this caller and this person, with nothing beside it', async () => {
  const next = linkOf(await server.get('Patient/a/$everything?_count=2'), 'next') ?? '';
  expect(next).toMatch(/^Patient\/a\/\$everything\?_cursor=[\w-]+$/);
  expect((await server.get(next, colleague)).status).toBe(400);
  expect((await server.get(next.replace('Patient/a', 'Patient/b'))).status).toBe(400);
  expect((await server.get(`${next}&_type=Observation`)).status).toBe(400);
});

test('every page is decided again', async () => {
  const next = linkOf(await server.get('Patient/a/$everything?_count=2'), 'next') ?? '';
  await server.put(consent, blocks('810000000001'));
  expect((await server.get(next)).status).toBe(404);
});

test('404 for a hidden or missing person, in the same words; a person sees their own', async () => {
  await server.put(consent, closes());
  const [hidden, missing] = [await server.get('Patient/a/$everything'), await server.get('Patient/none/$everything')];
  expect(hidden.status).toBe(404);
  expect(hidden.text).toBe(missing.text.replace('none', 'a'));
  expect((await server.get('Patient/b/$everything', person('a'))).status).toBe(404);
  expect(named(await server.get('Patient/a/$everything', person('a'))).sort()).toEqual(['Consent/consent', ...record]);
});

test('what is hidden in the record is neither given nor counted, nor what only it refers to', async () => {
  await server.put({ resourceType: 'DocumentReference', id: 'd1', status: 'current', content: [{ attachment: {} }], author: [{ reference: 'Practitioner/pr2' }] }, {
    document: 'd1', documentFacts: { chainKeys: ['urn:ietf:rfc:3986|urn:oid:1.2.3'], labels: ['MASQUE_PS'], authors: [] },
  });
  await server.put(observation('drawn'), { document: 'd1' });
  const reply = await server.get('Patient/a/$everything');
  expect(named(reply).sort()).toEqual(record);
  expect(reply.json).toMatchObject({ total: record.length });
  expect(named(await server.get('Patient/a/$everything', operator)).sort()).toEqual(['DocumentReference/d1', 'Observation/drawn', ...record, 'Practitioner/pr2'].sort());
});

test('_type chooses, the Patient too', async () => {
  expect(named(await server.get('Patient/a/$everything?_type=Observation,Practitioner')).sort()).toEqual([...record.slice(0, 4), 'Practitioner/pr1']);
  expect((await pages('Patient/a/$everything?_type=Observation&_count=2')).flat().sort()).toEqual(record.slice(0, 4));
  expect(named(await server.get('Patient/a/$everything?_type=Patient'))).toEqual(['Patient/a']);
  expect((await server.get('Patient/a/$everything?_type=Nothing')).status).toBe(400);
});

test('_since leaves out what did not change', async () => {
  const { lastUpdated } = await server.put({ resourceType: 'Condition', id: 'c1' });
  const since = new Date(lastUpdated).toISOString();
  expect(named(await server.get(`Patient/a/$everything?_since=${since}`))).toEqual(['Condition/c1']);
});

test('POST takes the same parameters as a Parameters body', async () => {
  const body = { resourceType: 'Parameters', parameter: [{ name: '_type', valueCode: 'Observation' }, { name: '_count', valueInteger: 2 }] };
  const reply = await server.ask('POST', 'Patient/a/$everything', professional, { body });
  expect(named(reply)).toHaveLength(2);
  expect(named(await server.get(linkOf(reply, 'next') ?? ''))).toHaveLength(2);
  expect(named(await server.ask('POST', 'Patient/a/$everything', professional)).sort()).toEqual(record);
});

test.each([
  [{ resourceType: 'Patient' }, 400], [{ resourceType: 'Parameters', parameter: [{ name: '_type' }] }, 400], ['not json', 400],
])('POST of %j is refused', async (body, status) => {
  expect((await server.ask('POST', 'Patient/a/$everything', professional, { body })).status).toBe(status);
});

test.each(['start=x', 'end=2026-13', 'start=2026-02-01&end=2026-01-01', 'start=2026&start=2027', '_count=x', '_since=x', 'x=1'])('%s is refused', async (query) => {
  expect((await server.get(`Patient/a/$everything?${query}`)).status).toBe(400);
});

test('_count=0 counts only', async () => {
  const reply = await server.get('Patient/a/$everything?_count=0');
  expect(named(reply)).toEqual([]);
  expect(reply.json).toMatchObject({ total: record.length });
  expect(linkOf(reply, 'next')).toBeUndefined();
});

describe('start and end are dates of care', () => {
  beforeEach(async () => {
    for (const [id, more] of Object.entries({ jan: { effectiveDateTime: '2026-01-10' }, feb: { effectiveDateTime: '2026-02-10' }, long: { effectivePeriod: { start: '2026-01-01', end: '2026-03-01' } }, open: { effectivePeriod: { start: '2025-01-01' } } })) await server.put({ ...observation(id), ...more });
    await server.put({ resourceType: 'Condition', id: 'old', onsetDateTime: '2020-05-05' });
  });
  // What bears no date of care is always there: o1 to o4, the Patient, who is shared.
  test.each([
    ['start=2026-02-01', ['feb', 'long', 'open']], ['end=2026-01-31', ['jan', 'long', 'open', 'old']], ['start=2026-01-05&end=2026-01-20', ['jan', 'long', 'open']], ['start=2026-02-10&end=2026-02-10', ['feb', 'long', 'open']],
    ['start=2020-05-05&end=2020-05', ['old']], ['end=2026-01-01', ['long', 'open', 'old']], ['start=2026-03-01&end=2026-03-01', ['long', 'open']], ['start=2026-03-02', ['open']], ['start=2030', ['open']], ['end=2019', []],
  ])('%s', async (query, ids) => {
    const expected = [...record, ...ids.map((id) => (id === 'old' ? 'Condition/old' : `Observation/${id}`))].sort();
    const reply = await server.get(`Patient/a/$everything?${query}`);
    expect(named(reply).sort()).toEqual(expected);
    expect(reply.json).toMatchObject({ total: expected.length });
    expect((await pages(`Patient/a/$everything?${query}&_count=3`)).flat().sort()).toEqual(expected);
  });
  test('beside _type', async () => {
    expect(named(await server.get('Patient/a/$everything?start=2026-02-01&_type=Observation')).sort()).toEqual(['Observation/feb', 'Observation/long', 'Observation/o1', 'Observation/o2', 'Observation/o3', 'Observation/o4', 'Observation/open']);
  });
});

describe('without an id', () => {
  test('a person asks for their own record, in pages', async () => {
    expect(named(await server.get('Patient/$everything', person('a'))).sort()).toEqual(record);
    expect(named(await server.get('Patient/$everything', person('b'))).sort()).toEqual(['Observation/x1', 'Patient/b', 'Practitioner/pr1']);
    const first = await server.get('Patient/$everything?_count=3', person('a'));
    expect(linkOf(first, 'next')).toMatch(/^Patient\/\$everything\?_cursor=/);
    expect(named(await server.get(linkOf(first, 'next') ?? '', person('a')))).toHaveLength(3);
  });
  test('everybody else has to name the person; who has no record finds none', async () => {
    for (const actor of [professional, operator, colleague]) expect((await server.get('Patient/$everything', actor)).status).toBe(400);
    expect((await server.get('Patient/$everything', person('nobody'))).status).toBe(404);
  });
});
