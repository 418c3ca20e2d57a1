/** Links, `_maxresults` and the way back: https://hl7.org/fhir/R4/http.html#paging */
import type { JsonObject } from '../../src/fhir/json';
import { base, blocks, consent, entriesOf, linkOf, named, professional, reading, type Reading, type Reply } from './reading';

let server: Reading;
beforeEach(async () => {
  server = await reading();
  await server.put({ resourceType: 'Patient', id: 'a' });
  for (let number = 1; number <= 7; number++) await server.put(observation(number));
});
afterEach(() => server.close());

const observation = (number: number, more: JsonObject = {}): JsonObject => ({ resourceType: 'Observation', id: `o${number}`, status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/a' }, effectiveDateTime: `2026-01-0${number}`, ...more });
const relations = (reply: Reply): string[] => (reply.json as { link: { relation: string }[] }).link.map(({ relation }) => relation);
const follow = async (reply: Reply, relation: string): Promise<Reply> => {
  const next = await server.get(linkOf(reply, relation) ?? 'none');
  expect([relation, next.status]).toEqual([relation, 200]);
  return next;
};
const ids = (...numbers: number[]) => numbers.map((number) => `Observation/o${number}`);

test.each(['Observation?_sort=_id&_count=3', 'Observation?_sort=date&_count=3', 'Patient/a/Observation?_sort=_id&_count=3', '?_type=Observation&_sort=_id&_count=3', 'Patient/a/$everything?_type=Observation&_count=3'])('%s turns forwards and back', async (target) => {
  const one = await server.get(target);
  const two = await follow(one, 'next');
  const three = await follow(two, 'next');
  expect([one, two, three].map(relations)).toEqual([['self', 'first', 'next'], ['self', 'first', 'previous', 'next'], ['self', 'first', 'previous']]);
  const all = [one, two, three].map(named);
  expect(all.flat().sort()).toEqual(ids(1, 2, 3, 4, 5, 6, 7));
  const back = await follow(three, 'previous');
  const top = await follow(back, 'previous');
  expect([named(top), named(back), named(await follow(back, 'next'))]).toEqual(all);
  expect(relations(top)).toEqual(['self', 'first', 'next']);
  expect(named(await follow(three, 'first'))).toEqual(all[0]);
  for (const reply of [one, two, three]) expect(new Set((reply.json as { link: { relation: string; url: string }[] }).link.filter(({ relation }) => relation === 'self').map(({ url }) => url)).size).toBe(1);
});

test('a result of one page has its self link alone', async () => {
  expect(relations(await server.get('Observation'))).toEqual(['self']);
  expect(relations(await server.get('Observation?_count=0'))).toEqual(['self']);
});

test('what is made meanwhile is on no page, whichever way they are turned', async () => {
  const one = await server.get('Observation?_sort=_id&_count=3');
  await server.put({ ...observation(1), id: 'o0' });
  const two = await follow(one, 'next');
  expect(named(two)).toEqual(ids(4, 5, 6));
  expect(named(await follow(two, 'previous'))).toEqual(ids(1, 2, 3));
  expect(named(await follow(two, 'first'))).toEqual(ids(1, 2, 3));
});

test('turning back is decided again', async () => {
  const two = await follow(await server.get('Observation?_sort=_id&_count=3'), 'next');
  await server.put(consent, blocks('810000000001'));
  expect(named(await follow(two, 'previous'))).toEqual([]);
});

test('every link is sealed and under 4 KB, far into a long result, with long criteria', async () => {
  const long = `Observation?_sort=_id&_count=1&status=final&code:text=x${',y'.repeat(200)}&_id:not=${Array.from({ length: 40 }, (_, at) => `n${at}${'z'.repeat(20)}${Math.random()}`).join(',')}`;
  let reply = await server.get(long);
  for (let page = 1; page < 7; page++) {
    reply = await follow(reply, 'next');
    for (const { relation, url } of (reply.json as { link: { relation: string; url: string }[] }).link) {
      if (relation === 'self') continue;
      expect(url.length).toBeLessThan(4096);
      expect(url).toMatch(new RegExp(`^${base}/Observation\\?_cursor=[\\w-]+$`));
    }
  }
  expect(named(reply)).toEqual(ids(7));
});

describe('_maxresults', () => {
  test.each([[1, 3], [3, 3], [4, 3], [6, 3], [7, 3], [20, 3], [2, 50]])('%d, in pages of %d', async (most, count) => {
    let reply = await server.get(`Observation?_sort=_id&_maxresults=${most}&_count=${count}&_total=accurate`);
    const seen = named(reply);
    const sizes = [seen.length];
    while (linkOf(reply, 'next') !== undefined) {
      expect(reply.json).toMatchObject({ total: 7 });
      reply = await follow(reply, 'next');
      seen.push(...named(reply));
      sizes.push(named(reply).length);
    }
    expect(seen).toEqual(ids(1, 2, 3, 4, 5, 6, 7).slice(0, most));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(count);
    expect(linkOf(reply, 'self')).toContain(`_maxresults=${most}`);
  });
});

describe('the searchset', () => {
  test('matches come first, in their order; what is included is there once, and never beside itself as a match', async () => {
    await server.put(observation(8, { hasMember: [{ reference: 'Observation/o1' }, { reference: 'Observation/o2' }], derivedFrom: [{ reference: 'Observation/o1' }] }));
    const reply = await server.get('Observation?_id=o1,o8&_sort=-_id&_include=Observation:has-member&_include=Observation:derived-from&_include=Observation:subject&_revinclude=Observation:has-member');
    expect(entriesOf(reply).slice(0, 2).map(({ search, resource }) => [search.mode, resource.id])).toEqual([['match', 'o8'], ['match', 'o1']]);
    expect(entriesOf(reply).slice(2).map(({ search, fullUrl }) => [search.mode, fullUrl]).sort()).toEqual([['include', `${base}/Observation/o2`], ['include', `${base}/Patient/a`]]);
    expect(reply.json).toMatchObject({ total: 2 });
  });

  test.each([
    ['_include=*', ['Patient/a']],
    ['_include=Observation:*', ['Patient/a']],
    ['_include=Observation:subject:Group', []],
    ['_include=Observation:subject:Patient', ['Patient/a']],
    ['_revinclude=*', ['DiagnosticReport/r1']],
    ['_revinclude=DiagnosticReport:*', ['DiagnosticReport/r1']],
    ['_revinclude=DiagnosticReport:result', ['DiagnosticReport/r1']],
    ['_revinclude=DiagnosticReport:result&_revinclude:iterate=Provenance:target', ['DiagnosticReport/r1', 'Provenance/v1']],
    ['_revinclude=DiagnosticReport:result&_include:iterate=DiagnosticReport:performer', ['DiagnosticReport/r1', 'Organization/g']],
    ['_include:iterate=*&_revinclude=DiagnosticReport:result', ['DiagnosticReport/r1', 'Organization/g', 'Organization/h', 'Patient/a']],
    ['_revinclude=DiagnosticReport:result&_include=DiagnosticReport:performer', ['DiagnosticReport/r1']],
  ])('%s', async (includes, expected) => {
    const shared = { exposure: 'public', owners: [] } as const;
    await server.put({ resourceType: 'Organization', id: 'h' }, shared);
    await server.put({ resourceType: 'Organization', id: 'g', partOf: { reference: 'Organization/h' } }, shared);
    await server.put({ resourceType: 'DiagnosticReport', id: 'r1', status: 'final', code: { text: 'x' }, result: [{ reference: 'Observation/o1' }], performer: [{ reference: 'Organization/g' }] });
    await server.put({ resourceType: 'Provenance', id: 'v1', target: [{ reference: 'DiagnosticReport/r1' }] });
    const reply = await server.get(`Observation?_id=o1&${includes}`, professional);
    expect(named(reply).slice(1).sort()).toEqual(expected);
    expect(entriesOf(reply).map(({ search }) => search.mode)).toEqual(['match', ...expected.map(() => 'include')]);
  });
});

test('definitions come along by the URL of a canonical, of every version where it says none, and what names them', async () => {
  const shared = { exposure: 'public', owners: [] } as const;
  for (const [id, version] of [['q1', '1'], ['q2', '2']] as const) await server.put({ resourceType: 'Questionnaire', id, url: 'http://example.org/q', version, status: 'active' }, shared);
  for (const [id, version] of [['a', ''], ['a1', '|1'], ['a3', '|3']] as const) await server.put({ resourceType: 'QuestionnaireResponse', id, questionnaire: `http://example.org/q${version}`, status: 'completed', subject: { reference: 'Patient/a' } });
  const along = async (target: string) => named(await server.get(target, professional)).slice(1).sort();
  for (const [target, expected] of [
    ['QuestionnaireResponse?_id=a&_include=QuestionnaireResponse:questionnaire', ['Questionnaire/q1', 'Questionnaire/q2']], ['QuestionnaireResponse?_id=a1&_include=QuestionnaireResponse:questionnaire', ['Questionnaire/q1']],
    ['QuestionnaireResponse?_id=a3&_include=QuestionnaireResponse:questionnaire', []], ['QuestionnaireResponse?_id=a1&_include=QuestionnaireResponse:questionnaire:Questionnaire', ['Questionnaire/q1']],
    ['QuestionnaireResponse?_id=a1&_include=*', ['Patient/a', 'Questionnaire/q1']], ['Questionnaire?_id=q2&_revinclude=QuestionnaireResponse:questionnaire', ['QuestionnaireResponse/a']],
    ['Questionnaire?_id=q1&_revinclude=*&_include:iterate=QuestionnaireResponse:subject', ['Patient/a', 'QuestionnaireResponse/a', 'QuestionnaireResponse/a1']],
  ] as const) expect([target, await along(target)]).toEqual([target, expected]);
});

describe('what a page brings along', () => {
  const limits = () => ({ ...server.services.limits, included: { value: 3, setting: 'INCLUDE_LIMIT' }, includeLevels: { value: 1, setting: 'INCLUDE_DEPTH' } });
  const outcomes = (reply: Reply) => entriesOf(reply).filter(({ search }) => search.mode === 'outcome').map(({ resource }) => JSON.stringify(resource));

  test('is never cut in silence: shorter pages, or an outcome that names the limit', async () => {
    const small = await reading({ services: { limits: limits() } });
    await small.put({ resourceType: 'Patient', id: 'a' });
    for (const id of ['m1', 'm2', 'm3', 'm4', 'm5']) await small.put({ resourceType: 'Observation', id, status: 'final' });
    const members = (...ids: string[]) => ids.map((id) => ({ reference: `Observation/${id}` }));
    await small.put({ ...observation(1), hasMember: members('m1', 'm2') });
    await small.put({ ...observation(2), hasMember: members('m3', 'm4') });
    await small.put({ ...observation(3), hasMember: members('m1', 'm2', 'm3', 'm4', 'm5') });
    const target = 'Observation?_sort=_id&_id=o1,o2,o3&_include=Observation:has-member';
    const one = await small.get(target);
    expect([named(one), outcomes(one)]).toEqual([['Observation/o1', ...named(one).slice(1)], []]);
    expect(named(one).slice(1).sort()).toEqual(['Observation/m1', 'Observation/m2']);
    const two = await small.get(linkOf(one, 'next') ?? '');
    expect(named(two)[0]).toBe('Observation/o2');
    const three = await small.get(linkOf(two, 'next') ?? '');
    expect([named(three)[0], entriesOf(three).filter(({ search }) => search.mode === 'include').length]).toEqual(['Observation/o3', 3]);
    expect(outcomes(three)).toEqual([expect.stringContaining('INCLUDE_LIMIT')]);
    expect(linkOf(three, 'next')).toBeUndefined();

    await small.put({ ...observation(4), hasMember: members('o1') });
    const deep = await small.get('Observation?_id=o4&_include:iterate=Observation:has-member');
    expect([named(deep).slice(0, 2), outcomes(deep)]).toEqual([['Observation/o4', 'Observation/o1'], [expect.stringContaining('INCLUDE_DEPTH')]]);
    await small.close();
  });
});
