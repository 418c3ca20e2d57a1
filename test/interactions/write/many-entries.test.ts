/** A resource that is found by thousands of values, which cross threads in another form than few. */
import type { Bundle, Observation } from 'fhir/r4';
import { expectStatus, operator, startServer, type TestServer } from '../../support/server';

let server: TestServer;
beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());
const call: ReturnType<TestServer['as']> = (...request) => server.as(operator)(...request);

const count = 3_000;
const component = (index: number, more: object = { valueQuantity: { value: index, unit: 'mg' } }) => ({ code: { coding: [{ system: 'http://loinc.org', code: `c-${index}` }] }, ...more });
const observation = (from: number, more: object = {}) => ({
  resourceType: 'Observation', status: 'final', code: { text: 'many' }, subject: { reference: '#p' },
  contained: [{ resourceType: 'Patient', id: 'p', identifier: [{ system: 'urn:inside', value: 'inside' }] }],
  component: [...Array.from({ length: count }, (_, index) => component(from + index)), component(-1, { valueQuantity: { value: 900_000, comparator: '>' } })], ...more,
});
const found = async (query: string): Promise<readonly string[]> =>
  (expectStatus(await call('GET', `Observation?${query}`), 200).resource<Bundle>().entry ?? []).map(({ resource }) => String(resource?.id));

it('is found by each of them until it changes, and its contained resources as well', async () => {
  const { id } = expectStatus(await call('POST', 'Observation', { body: observation(0) }), 201).resource<Observation>();
  for (const query of [
    'component-code=http://loinc.org|c-0', `component-code=c-${count - 1}`, `component-value-quantity=${count - 1}`, 'component-value-quantity=gt2000000', `component-code-value-quantity=c-7$7`, 'subject:Patient.identifier=urn:inside|inside',
  ]) expect([query, await found(query)]).toEqual([query, [id]]);
  expect(await found(`component-code=c-${count}`)).toEqual([]);
  expectStatus(await call('PUT', `Observation/${String(id)}`, { body: { ...observation(count), id } }), 200);
  expect([await found('component-code=c-0'), await found(`component-code=c-${count}`), await found(`component-value-quantity=${2 * count - 1}`)]).toEqual([[], [id], [id]]);
  expectStatus(await call('DELETE', `Observation/${String(id)}`), 204);
  expect(await found(`component-code=c-${count}`)).toEqual([]);
});

it.each([
  ['identifiers', { resourceType: 'Basic', code: { text: 'x' }, identifier: Array.from({ length: 10_001 }, (_, index) => ({ value: `i${index}` })) }, '10000 identifiers'],
  ['values of what rules look into', { resourceType: 'Patient', extension: Array.from({ length: 20_000 }, (_, index) => ({ url: 'urn:x', valueCode: `c${index}` })) }, '50000 values'],
])('too many %s are refused', async (_, body, words) => {
  const { status, issues } = await call('POST', body.resourceType, { body });
  expect([status, issues]).toEqual([413, [expect.objectContaining({ code: 'too-costly', diagnostics: expect.stringContaining(words) })]]);
});

it('is refused when there are more than others can be made to wait for', async () => {
  const { status, issues } = await call('POST', 'Observation', { body: { resourceType: 'Observation', status: 'final', code: { text: 'x' }, component: Array.from({ length: 51_000 }, (_, index) => ({ code: { coding: [{ code: String(index) }] }, valueQuantity: { value: index, unit: 'g' } })) } });
  expect([status, issues]).toEqual([413, [expect.objectContaining({ code: 'too-costly', diagnostics: expect.stringContaining('250000') })]]);
});
