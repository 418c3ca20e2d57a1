/** Searches of the whole system and of compartments: https://hl7.org/fhir/R4/search.html#searchcontexts, https://hl7.org/fhir/R4/compartmentdefinition.html */
import type { JsonObject } from '../../src/fhir/json';
import { base, blocks, closes, colleague, consent, entriesOf, linkOf, named, operator, person, professional, reading, software, type Put, type Reading } from './reading';

let server: Reading;
beforeEach(async () => {
  server = await reading();
  await server.put({ resourceType: 'Patient', id: 'a', name: [{ family: 'Martin' }] });
  await server.put({ resourceType: 'Patient', id: 'b' }, ofB);
  await server.put({ resourceType: 'Practitioner', id: 'pr' }, shared);
  await server.put({ resourceType: 'Device', id: 'd', patient: ref('Patient/a') });
  await server.put({ resourceType: 'RelatedPerson', id: 'rp', patient: ref('Patient/a') });
  await server.put({ resourceType: 'Encounter', id: 'e', status: 'finished', subject: ref('Patient/a'), participant: [{ individual: ref('Practitioner/pr') }] });
  await server.put(observation('o1', { encounter: ref('Encounter/e') }));
  await server.put(observation('o2', { status: 'amended', performer: [ref('Practitioner/pr')], device: ref('Device/d') }));
  await server.put(observation('o3', { subject: ref('Patient/b'), performer: [ref('Patient/a')] }));
  await server.put(observation('x', { subject: ref('Patient/b') }), ofB);
  await server.put({ resourceType: 'Condition', id: 'c1', subject: ref('Patient/a'), encounter: ref('Encounter/e'), asserter: ref('RelatedPerson/rp'), meta: { tag: [{ system: 'urn:t', code: 'red' }] } });
  await server.put({ resourceType: 'Medication', id: 'm1', status: 'active' });
});
afterEach(() => server.close());

const ofB: Put = { owners: ['b'] };
const shared: Put = { exposure: 'public', owners: [] };
const ref = (reference: string): JsonObject => ({ reference });
const observation = (id: string, more: JsonObject = {}): JsonObject => ({ resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, subject: ref('Patient/a'), meta: { tag: [{ system: 'urn:t', code: 'blue' }] }, ...more });
const form = (body: string) => ({ body, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
const found = async (target: string, actor = professional): Promise<string[]> => {
  const reply = await server.get(target, actor);
  expect([target, reply.status, reply.issues]).toEqual([target, 200, []]);
  return named(reply).sort();
};

const everything = ['Condition/c1', 'Device/d', 'Encounter/e', 'Medication/m1', 'Observation/o1', 'Observation/o2', 'Observation/o3', 'Observation/x', 'Patient/a', 'Patient/b', 'Practitioner/pr', 'RelatedPerson/rp'];

describe('of all types', () => {
  test.each([
    ['', everything],
    ['?_type=Patient,Device', ['Device/d', 'Patient/a', 'Patient/b']],
    ['?_type=Observation', ['Observation/o1', 'Observation/o2', 'Observation/o3', 'Observation/x']],
    ['?_tag=urn:t|red', ['Condition/c1']],
    ['?_tag=red,blue', ['Condition/c1', 'Observation/o1', 'Observation/o2', 'Observation/o3', 'Observation/x']],
    ['?_tag:not=blue&_type=Observation,Condition', ['Condition/c1']],
    ['?_tag:missing=true&_type=Condition,Observation,Patient', ['Patient/a', 'Patient/b']],
    ['?_tag:missing=false&_type=Condition,Patient', ['Condition/c1']],
    ['?_id=a,d,x', ['Device/d', 'Observation/x', 'Patient/a']],
    ['?_id:not=a&_type=Patient', ['Patient/b']],
    ['?_type=Observation,Condition&encounter=e', ['Condition/c1', 'Observation/o1']],
    ['?_type=Observation,Condition&patient=Patient/a&encounter=e', ['Condition/c1', 'Observation/o1']],
    ['?_type=Observation,Condition&patient.name=martin', ['Condition/c1', 'Observation/o1', 'Observation/o2']],
    ['?_type=Observation,Encounter&status=final', ['Observation/o1', 'Observation/o3', 'Observation/x']],
    ['?_type=Observation,Encounter&status:not=final', ['Encounter/e', 'Observation/o2']],
    ['?_type=Patient,Device&_lastUpdated=gt2100', []],
    ['?_type=Patient&name=martin', ['Patient/a']],
  ])('[base]%s', async (query, expected) => {
    expect(await found(query)).toEqual(expected);
    const posted = await server.ask('POST', '_search', professional, form(query.slice(1)));
    expect(named(posted).sort()).toEqual(expected);
    const total = await server.get(`${query === '' ? '?' : `${query}&`}_total=accurate&_count=1`);
    expect(total.json).toMatchObject({ total: expected.length });
    expect((await server.get(`${query === '' ? '?' : `${query}&`}_count=0`)).json).toMatchObject({ total: expected.length });
  });

  test.each([
    ['?_type=Nothing', '_type'], ['?_type=', '_type'], ['?_type=Patient&_type=Device', '_type'], ['?name=martin', 'name'], ['?_type=Patient,Observation&name=martin', 'name'],
    ['?_sort=date', '_sort'], ['?_type=Patient,Observation&_sort=status', '_sort'], ['Observation?_type=Patient', '_type'], ['?_maxresults=0', '_maxresults'],
  ])('[base]%s is refused by name', async (query, name) => {
    const reply = await server.get(query);
    expect(reply.status).toBe(400);
    expect(reply.issues[0]?.diagnostics).toContain(`"${name}"`);
  });

  test('what every type searched has can order it', async () => {
    await server.put({ resourceType: 'Condition', id: 'c2', recordedDate: '2026-02-01' });
    await server.put({ resourceType: 'DiagnosticReport', id: 'r1', status: 'final', effectiveDateTime: '2026-01-01' });
    await server.put(observation('o4', { effectiveDateTime: '2026-01-15' }));
    await server.put({ resourceType: 'DiagnosticReport', id: 'r2', status: 'final', effectiveDateTime: '2026-03-01' });
    expect(named(await server.get('?_type=DiagnosticReport,Observation&_sort=-date&date:missing=false'))).toEqual(['DiagnosticReport/r2', 'Observation/o4', 'DiagnosticReport/r1']);
    const ascending = ['DiagnosticReport/r1', 'Observation/o4', 'DiagnosticReport/r2', 'Observation/o1', 'Observation/o2', 'Observation/o3', 'Observation/x'];
    expect(await turned('?_type=DiagnosticReport,Observation&_sort=date&_count=2')).toEqual(ascending);
    expect((await turned('?_type=Patient,Device&_sort=-_id&_count=1'))).toEqual(['Device/d', 'Patient/b', 'Patient/a']);
  });

  test('pages hold everything once', async () => {
    for (const count of [1, 2, 5]) expect((await turned(`?_count=${count}`)).sort()).toEqual(everything);
    for (const count of [1, 3]) expect((await turned(`?_count=${count}&_sort=-_lastUpdated`)).sort()).toEqual(everything);
  });

  test('the self link is the base with the criteria that were honoured', async () => {
    const reply = await server.get('?_type=Patient&_count=5000');
    expect((reply.json as { link: { url: string }[] }).link[0]?.url).toBe(`${base}?_type=Patient&_count=50`);
    const lenient = await server.get('?_type=Patient&nothing=1', professional, { Prefer: 'handling=lenient' });
    expect(entriesOf(lenient).map(({ search }) => search.mode)).toEqual(['match', 'match', 'outcome']);
    expect((lenient.json as { link: { url: string }[] }).link[0]?.url).toBe(`${base}?_type=Patient`);
    expect(reply.audit).toMatchObject({ interaction: 'search-system' });
  });

  test('a form of another type is 415', async () => {
    for (const target of ['_search', 'Patient/_search', 'Patient/a/Observation/_search']) {
      expect((await server.ask('POST', target, professional, { body: '{}', headers: { 'Content-Type': 'application/json' } })).status).toBe(415);
      expect((await server.ask('POST', target, professional, { body: 'status=final' })).status).toBe(415);
    }
  });
});

async function turned(target: string, actor = professional): Promise<string[]> {
  const all: string[] = [];
  for (let next: string | undefined = target; next !== undefined;) {
    const reply = await server.get(next, actor);
    expect(reply.status).toBe(200);
    all.push(...named(reply));
    const url = (reply.json as { link: { relation: string; url: string }[] }).link.find(({ relation }) => relation === 'next')?.url;
    next = url?.slice(base.length).replace(/^\//, '');
    if (all.length > 100) throw new Error('the pages never end');
  }
  return all;
}

describe('of a compartment', () => {
  test.each([
    ['Patient/a/Observation', ['Observation/o1', 'Observation/o2', 'Observation/o3']],
    ['Patient/a/Observation?status=final', ['Observation/o1', 'Observation/o3']],
    ['Patient/a/Observation?status:not=final', ['Observation/o2']],
    ['Patient/b/Observation', ['Observation/o3', 'Observation/x']],
    ['Patient/a/Patient', ['Patient/a']],
    ['Patient/a/Condition?encounter=e', ['Condition/c1']],
    ['Patient/a/*', ['Condition/c1', 'Encounter/e', 'Observation/o1', 'Observation/o2', 'Observation/o3', 'Patient/a', 'RelatedPerson/rp']],
    ['Patient/a/*?_type=Condition,Encounter', ['Condition/c1', 'Encounter/e']],
    ['Patient/a/*?_type=Observation,Condition&encounter=e', ['Condition/c1', 'Observation/o1']],
    ['Patient/a/*?_tag=red', ['Condition/c1']],
    ['Encounter/e/Observation', ['Observation/o1']],
    ['Encounter/e/*', ['Condition/c1', 'Encounter/e', 'Observation/o1']],
    ['Practitioner/pr/Observation', ['Observation/o2']],
    ['Practitioner/pr/*', ['Encounter/e', 'Observation/o2', 'Practitioner/pr']],
    ['RelatedPerson/rp/*', ['Condition/c1', 'RelatedPerson/rp']],
    ['Device/d/Observation', ['Observation/o2']],
    ['Device/d/*', ['Observation/o2']],
  ])('%s', async (target, expected) => {
    expect(await found(target)).toEqual(expected);
    const [path = '', query = ''] = target.split('?');
    const posted = await server.ask('POST', `${path}/_search`, professional, form(query));
    expect(named(posted).sort()).toEqual(expected);
    expect((await turned(`${target}${target.includes('?') ? '&' : '?'}_count=1`)).sort()).toEqual(expected);
    expect((await server.get(`${target}${target.includes('?') ? '&' : '?'}_count=0`)).json).toMatchObject({ total: expected.length });
  });

  test('criteria of the form and of the URL are joined', async () => {
    expect(named(await server.ask('POST', 'Patient/a/Observation/_search?status=final', professional, form('encounter=e')))).toEqual(['Observation/o1']);
  });

  test.each([
    ['Patient/a/Nothing', 404], ['Patient/a/Medication', 404], ['Patient/a/Device', 404], ['Device/d/Device', 404], ['Observation/o1/Patient', 404], ['Patient/none/Observation', 404], ['Patient/none/*', 404],
    ['Patient/a/*?_type=Medication', 400], ['Patient/a/*?_type=Nothing', 400], ['Patient/a/Observation?nothing=1', 400],
  ])('%s is %d', async (target, status) => {
    expect(await server.get(target)).toMatchObject({ status, json: { resourceType: 'OperationOutcome' } });
  });

  test('whoever may not see the owner finds no compartment, on any page', async () => {
    const first = await server.get('Patient/a/Observation?_count=1');
    await server.put(consent, blocks('810000000001'));
    for (const target of [linkOf(first, 'next') ?? '', 'Patient/a/Observation', 'Patient/a/*?_count=0']) expect((await server.get(target)).status).toBe(404);
    expect((await server.get('Patient/a/Observation')).text).toBe((await server.get('Patient/none/Observation')).text.replace('none', 'a'));
    expect(await found('Patient/a/Observation', colleague)).toHaveLength(3);
    await server.put(consent, closes());
    expect((await server.get('Patient/a/Observation', colleague)).status).toBe(404);
    expect(await found('Patient/a/*', person('a'))).toContain('Observation/o1');
    expect((await server.get('Patient/b/*', person('a'))).status).toBe(404);
    expect((await server.get('Encounter/e/*', colleague)).status).toBe(404);
  });

  test('the audit names whose compartment was asked for', async () => {
    expect((await server.get('Patient/a/Condition?status=none', professional, { Prefer: 'handling=lenient' })).audit).toEqual({ interaction: 'search-compartment', type: 'Patient', id: 'a', patients: ['a'] });
  });
});

/** What differs between two servers, one of which holds what is hidden from the caller, must not differ for the caller. */
describe('what the caller may not see changes no answer', () => {
  const asked = ['', '?_count=0', '?_type=Observation,Condition&_total=accurate', '?_tag=blue&_total=accurate', '?_type=Observation,Condition&_tag:not=red', '?_id=h1,x', '?_type=Observation&_include=*&_revinclude=*',
    '?_type=Observation,DiagnosticReport&_sort=date', '?_type=Observation&_revinclude=Observation:has-member', 'Practitioner/pr/*', 'Practitioner/pr/Observation?_count=0', 'Practitioner/pr/*?_include=*'];
  const hidden: readonly (readonly [name: string, actor: typeof professional, hide: () => Promise<unknown>])[] = [
    ['closed', professional, () => server.put(consent, closes())],
    ['blocked', professional, () => server.put(consent, blocks('810000000001'))],
    ['another structure', software('9'), async () => undefined],
    ['somebody else', person('b'), async () => undefined],
  ];
  test.each(hidden)('%s', async (_name, actor, hide) => {
    await hide();
    const before = await Promise.all(asked.map((target) => server.get(target, actor)));
    await server.put(observation('h1', { effectiveDateTime: '2026-01-01', performer: [ref('Practitioner/pr')], hasMember: [ref('Observation/x')] }));
    await server.put({ resourceType: 'DiagnosticReport', id: 'h2', status: 'final', subject: ref('Patient/a'), result: [ref('Observation/x')] });
    expect((await server.get('Practitioner/pr/Observation?_count=0', operator)).json).toMatchObject({ total: 2 });
    for (const [at, target] of asked.entries()) {
      const after = await server.get(target, actor);
      const told = (reply: typeof after) => [target, reply.status, named(reply), (reply.json as { total?: number }).total];
      expect(told(after)).toEqual(told(before[at] as typeof after));
    }
  });

  test('masked from professionals, and from the person', async () => {
    for (const [label, actor] of [['MASQUE_PS', professional], ['INVISIBLE_PATIENT', person('a')]] as const) {
      await server.put({ resourceType: 'DocumentReference', id: 'doc', status: 'current', content: [{ attachment: {} }] }, { documentFacts: { chainKeys: ['k'], labels: [label], authors: [] } });
      await server.put(observation('drawn', { performer: [ref('Practitioner/pr')] }), { document: 'doc' });
      for (const target of ['?_count=50', 'Patient/a/Observation', 'Patient/a/*', 'Practitioner/pr/*']) expect([label, target, named(await server.get(target, actor))]).not.toEqual([label, target, expect.arrayContaining(['Observation/drawn'])]);
      expect((await server.get('Patient/a/Observation?_count=0', actor)).json).toMatchObject({ total: 3 });
    }
  });
});
