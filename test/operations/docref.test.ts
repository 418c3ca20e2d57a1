/** http://hl7.org/fhir/uv/ipa/OperationDefinition/docref */
import type { JsonObject } from '../../src/fhir/json';
import { readRoutes } from '../../src/interactions/read-routes';
import { docrefRoutes } from '../../src/operations/docref';
import { blocks, closes, consent, linkOf, named, operator, person, professional, reading, type Put, type Reading } from '../interactions/reading';

let server: Reading;
beforeEach(async () => {
  server = await reading({ routes: [...readRoutes, ...docrefRoutes] });
  await put('s1', 'summary', '2026-01-01', {});
  await put('s2', 'summary', '2026-02-01', { context: { period: { start: '2025-06-01', end: '2025-06-30' } } });
  await put('old', 'summary', '2026-03-01', { status: 'superseded' });
  await put('l1', 'lab', '2025-12-01', { context: { period: { start: '2025-11-30', end: '2025-11-30' } } });
  await put('other', 'lab', '2026-05-01', { subject: { reference: 'Patient/b' } }, { owners: ['b'] });
});
afterEach(() => server.close());

const put = (id: string, type: string, date: string, more: JsonObject, access: Put = {}) => server.put({
  resourceType: 'DocumentReference', id, status: 'current', type: { coding: [{ system: 'urn:t', code: type }] }, subject: { reference: 'Patient/a' }, date: `${date}T10:00:00Z`, content: [{ attachment: {} }], ...more,
}, { documentFacts: { chainKeys: [id], labels: [], authors: [] }, ...access });
const ask = async (query: string, actor = professional): Promise<string[]> => {
  const reply = await server.get(`DocumentReference/$docref?${query}`, actor);
  expect([query, reply.status]).toEqual([query, 200]);
  expect(reply.json).toMatchObject({ type: 'searchset', total: named(reply).length });
  return named(reply).map((name) => name.slice('DocumentReference/'.length)).sort();
};

test.each([
  // Without a time the newest current one of each type.
  ['patient=a', ['l1', 's2']], ['patient=Patient/a', ['l1', 's2']], ['patient=a&type=urn:t|summary', ['s2']], ['patient=a&type=lab', ['l1']], ['patient=a&type=none', []],
  // The time of care decides, where there is none that of the document.
  ['patient=a&start=2025-01-01', ['l1', 's1', 's2']], ['patient=a&start=2025-06-15&end=2025-06-20', ['s2']], ['patient=a&start=2025-07-01', ['l1', 's1']], ['patient=a&end=2025-06-01', ['s2']], ['patient=a&end=2025-12-31', ['l1', 's2']],
  ['patient=a&start=2026-01-01&end=2026-12-31', ['s1']], ['patient=a&start=2025&type=urn:t|lab', ['l1']],
  ['patient=a&on-demand=false', ['l1', 's2']], ['patient=a&on-demand=true', []], ['patient=a&on-demand=true&start=2000', []], ['patient=none', []],
])('%s', async (query, ids) => {
  expect(await ask(query)).toEqual(ids);
});

test('POST takes Parameters', async () => {
  const body = { resourceType: 'Parameters', parameter: [{ name: 'patient', valueId: 'a' }, { name: 'start', valueDateTime: '2026-01-01' }] };
  expect(named(await server.ask('POST', 'DocumentReference/$docref', professional, { body }))).toEqual(['DocumentReference/s1']);
});

test('a range of time comes in pages', async () => {
  const seen: string[] = [];
  for (let next: string | undefined = 'DocumentReference/$docref?patient=a&start=2020&_count=1'; next !== undefined;) {
    const reply = await server.get(next);
    seen.push(...named(reply));
    next = linkOf(reply, 'next');
  }
  expect(seen.sort()).toEqual(['DocumentReference/l1', 'DocumentReference/s1', 'DocumentReference/s2']);
});

test.each(['', 'patient=a b', 'patient=a&patient=b', 'patient=a&start=x', 'patient=a&start=2026&end=2025', 'patient=a&on-demand=perhaps', 'patient=a&nothing=1', 'patient=a&profile=urn:x'])('%j is refused by name', async (query) => {
  expect(await server.get(`DocumentReference/$docref?${query}`)).toMatchObject({ status: 400, json: { resourceType: 'OperationOutcome' } });
});

test('what the caller may not see is not the newest, and in no range', async () => {
  await put('masked', 'summary', '2026-04-01', {}, { documentFacts: { chainKeys: ['m'], labels: ['MASQUE_PS'], authors: [] } });
  expect([await ask('patient=a'), await ask('patient=a', operator), await ask('patient=a', person('a'))]).toEqual([['l1', 's2'], ['l1', 'masked'], ['l1', 'masked']]);
  expect(await ask('patient=a&start=2026-04-01')).toEqual([]);
  expect(await ask('patient=b', person('a'))).toEqual([]);
  await server.put(consent, blocks('810000000001'));
  expect(await ask('patient=a')).toEqual([]);
  await server.put(consent, closes());
  expect(await ask('patient=a&start=2000')).toEqual([]);
});
