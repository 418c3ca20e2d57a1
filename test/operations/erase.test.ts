import { closes, consent, named, operator, person, professional, reading, software, type Reading } from '../interactions/reading';

let server: Reading;
beforeEach(async () => {
  server = await reading();
  await server.put({ resourceType: 'Patient', id: 'a' });
  await server.put({ resourceType: 'Patient', id: 'b' }, { owners: ['b'] });
  for (const id of ['o1', 'o2']) await server.put({ resourceType: 'Observation', id, status: 'final' });
  await server.put({ resourceType: 'Observation', id: 'o2', status: 'amended' });
  await server.put({ resourceType: 'Observation', id: 'x1', status: 'final' }, { owners: ['b'] });
});
afterEach(() => server.close());

const erase = (target: string, actor = operator) => server.ask('POST', `${target}/$erase`, actor);

test.each([['a professional', professional], ['the person', person('a')], ['software', software('1750000001')]])('%s may not, whether it is there or not', async (_, actor) => {
  const [there, missing] = [await erase('Patient/a', actor), await erase('Patient/none', actor)];
  expect(there.status).toBe(403);
  expect(missing.text).toBe(there.text);
  expect((await server.get('Patient/a', operator)).status).toBe(200);
});

test('the record of a person goes with every version, that of others stays', async () => {
  const reply = await erase('Patient/a');
  expect(reply).toMatchObject({ status: 200, json: { resourceType: 'OperationOutcome', issue: [{ severity: 'information' }] }, audit: { interaction: '$erase', type: 'Patient', id: 'a', patients: ['a'] } });
  for (const target of ['Patient/a', 'Observation/o1', 'Observation/o2', 'Observation/o2/_history', 'Observation/o2/_history/1']) {
    expect((await server.get(target, operator)).status).toBe(404);
  }
  expect(named(await server.get('Observation', operator))).toEqual(['Observation/x1']);
});

test.each([
  ['a Provenance that nothing would bear', '', { headers: { 'x-provenance': '{"resourceType":"Provenance"}' } }], ['a parameter that would be passed over', '?dryRun=true', {}],
])('%s is refused, and nothing is erased', async (_, query, how) => {
  expect((await server.ask('POST', `Patient/a/$erase${query}`, operator, how)).status).toBe(400);
  expect((await server.get('Patient/a', operator)).status).toBe(200);
});

test('one resource goes alone', async () => {
  expect((await erase('Observation/o1')).audit.patients).toEqual(['a']);
  expect((await server.get('Observation/o1', operator)).status).toBe(404);
  expect((await server.get('Observation/o2', operator)).status).toBe(200);
});

test('again, there is nothing left to do', async () => {
  await erase('Patient/a');
  const again = await erase('Patient/a');
  expect(again).toMatchObject({ status: 200, json: { issue: [{ severity: 'information', diagnostics: expect.stringMatching(/nothing/i) }] } });
});

test('a closed record can be erased too', async () => {
  await server.put(consent, closes());
  expect((await erase('Patient/a')).status).toBe(200);
  expect((await server.get('Consent/consent', operator)).status).toBe(404);
});
