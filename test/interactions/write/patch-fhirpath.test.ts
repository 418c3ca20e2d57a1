import type { Patient } from 'fhir/r4';
import { writeJson, type JsonObject } from '../../../src/fhir/json';
import { writeFhirXml } from '../../../src/fhir/xml/codec';
import { fhirPathCases } from '../../support/patch-cases';
import { expectStatus, operator, startServer, type TestServer } from '../../support/server';
import type { Reply } from '../../support/exchange';

let server: TestServer;
beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());

const fhirPathPatch = (target: string, body: string, type = 'application/fhir+json', headers: Record<string, string> = {}): Promise<Reply> =>
  server.as(operator)('PATCH', target, { body, headers: { 'Content-Type': type, ...headers } });
const remove = (path: string): string => JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'operation', part: [{ name: 'type', valueCode: 'delete' }, { name: 'path', valueString: path }] }] });
/** Without what the server writes, and a quotation mark in a narrative in one of its two ways. */
const said = (text: string): object => {
  const { id, meta, ...rest } = JSON.parse(text.replaceAll('&quot;', '\\"')) as { id?: unknown; meta?: unknown };
  expect([typeof id, typeof meta].every((kind) => kind === 'string' || kind === 'object' || kind === 'undefined')).toBe(true);
  return rest;
};

describe('the published cases of FHIRPath Patch', () => {
  const cases = fhirPathCases();
  if (cases.length === 0) it.skip('are not here', () => undefined);
  else {
    it.each(cases.flatMap((one, index) => (['json', 'xml'] as const).map((format) => [one.name, format, `case-${index}-${format}`, one] as const)))('%s, as %s', async (_, format, id, { input, diff, output }) => {
      expectStatus(await server.as(operator)('PUT', `Patient/${id}`, { body: writeJson({ ...input, id }) }), 201);
      const body = format === 'json' ? writeJson(diff) : writeFhirXml(diff);
      const reply = await fhirPathPatch(`Patient/${id}`, body, `application/fhir+${format}`);
      if (output) expect(said(expectStatus(reply, 200).text)).toEqual(said(writeJson(output)));
      else expect([reply.status, reply.thrown]).toEqual([422, undefined]);
    });
  }
});

describe('a FHIRPath Patch', () => {
  let id: string;
  beforeAll(async () => {
    id = expectStatus(await server.as(operator)('POST', 'Patient', { body: { resourceType: 'Patient', name: [{ family: 'Durand' }], telecom: [{ system: 'phone', value: '1' }] } }), 201).resource<Patient & { id: string }>().id;
  });

  it.each([
    ['that is another resource', '{"resourceType":"Patient"}', 'application/fhir+json', 400], ['that is no XML', '<Parameters', 'application/fhir+xml', 400], ['of a path that cannot be read', remove('Patient.name['), 'application/fhir+json', 400],
    ['whose path never ends', remove('Patient.repeat($this)'), 'application/fhir+json', 422], ['whose path finds several', remove('Patient.telecom | Patient.name'), 'application/fhir+json', 422],
    ['that takes the id away', remove('Patient.id'), 'application/fhir+json', 422], ['in another charset', remove('Patient.name'), 'application/fhir+json; charset=iso-8859-1', 400],
    ['with 60,000 operations', JSON.stringify({ resourceType: 'Parameters', parameter: Array(60_000).fill({ name: 'operation' }) as JsonObject[] }), 'application/fhir+json', 422],
  ])('%s is refused, and changes nothing', async (_, body, type, status) => {
    const reply = await fhirPathPatch(`Patient/${id}`, body, type);
    expect([reply.status, reply.thrown]).toEqual([status, undefined]);
    expect((await server.as(operator)('GET', `Patient/${id}`)).headers.ETag).toBe('W/"1"');
  });

  it('makes no version where it changes nothing', async () => {
    expect(expectStatus(await fhirPathPatch(`Patient/${id}`, remove('Patient.gender')), 200).headers.ETag).toBe('W/"1"');
    expect(expectStatus(await fhirPathPatch(`Patient/${id}`, '{"resourceType":"Parameters"}'), 200).headers.ETag).toBe('W/"1"');
  });

  it('holds for the version that If-Match names, and is answered as the caller prefers', async () => {
    expect((await fhirPathPatch(`Patient/${id}`, remove("Patient.telecom.where(system = 'phone')"), undefined, { 'If-Match': 'W/"7"' })).status).toBe(412);
    const reply = await fhirPathPatch(`Patient/${id}`, remove("Patient.telecom.where(system = 'phone')"), undefined, { 'If-Match': 'W/"1"', Prefer: 'return=minimal' });
    expect([reply.status, reply.text, reply.headers.ETag]).toEqual([200, '', 'W/"2"']);
  });
});
