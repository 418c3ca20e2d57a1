import type { Observation } from 'fhir/r4';
import { expectStatus, operator, startServer, type TestServer } from '../../support/server';
import type { Reply } from '../../support/exchange';

let server: TestServer;
beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());

const diff = (operations: string): string => `<diff xmlns="http://hl7.org/fhir" xmlns:f="http://hl7.org/fhir">${operations}</diff>`;
const xmlPatch = (target: string, body: string, headers: Record<string, string> = {}): Promise<Reply> =>
  server.as(operator)('PATCH', target, { body, headers: { 'Content-Type': 'application/xml-patch+xml', ...headers } });
const amend = diff('<replace sel="f:Observation/f:status/@value">amended</replace>');

describe('an XML Patch', () => {
  it('makes the next version, number literals and narrative as they were', async () => {
    const div = '<div xmlns=\\"http://www.w3.org/1999/xhtml\\">a &amp;  b<br/></div>';
    const text = `{"resourceType":"Observation","id":"xml","text":{"status":"generated","div":"${div}"},"status":"final","code":{"text":"é"},"component":[{"code":{"text":"a"},"valueQuantity":{"value":1.00}},{"code":{"text":"b"},"valueQuantity":{"value":-0.0}}]}`;
    expectStatus(await server.as(operator)('PUT', 'Observation/xml', { body: text }), 201);
    const reply = expectStatus(await xmlPatch('Observation/xml', diff('<replace sel="f:Observation/f:component[1]/f:valueQuantity/f:value/@value">2.50</replace>')), 200);
    expect(reply.headers.ETag).toBe('W/"2"');
    for (const kept of [div, '"value":2.50}', '"value":-0.0}', '"text":"é"']) expect(reply.text).toContain(kept);
  });

  it('that changes nothing makes no version, and If-Match is heeded', async () => {
    const { id } = expectStatus(await server.as(operator)('POST', 'Observation', { body: { resourceType: 'Observation', status: 'final', code: { text: 'x' } } }), 201).resource<Observation & { id: string }>();
    expect(expectStatus(await xmlPatch(`Observation/${id}`, diff('<replace sel="f:Observation/f:status/@value">final</replace>')), 200).headers.ETag).toBe('W/"1"');
    expect((await xmlPatch(`Observation/${id}`, amend, { 'If-Match': 'W/"4"' })).status).toBe(412);
    expect(expectStatus(await xmlPatch(`Observation/${id}`, amend, { 'If-Match': 'W/"1"' }), 200).resource<Observation>().status).toBe('amended');
  });

  it.each([
    ['that is no XML', '<diff', 400], ['with a DTD', `<!DOCTYPE diff [<!ENTITY a "b">]>${amend}`, 400], ['without operations', diff(''), 400], ['that finds nothing', diff('<remove sel="f:Observation/f:note"/>'), 422],
    ['that leaves no valid resource', diff('<remove sel="f:Observation/f:status"/>'), 422], ['that leaves another type', diff('<replace sel="f:Observation"><Patient/></replace>'), 422], ['that changes the id', diff('<replace sel="f:Observation/f:id/@value">x</replace>'), 422],
    ['with 40,000 operations', diff('<remove sel="f:Observation/f:x"/>'.repeat(40_000)), 422],
  ])('%s is refused, and changes nothing', async (_, body, status) => {
    const { id } = expectStatus(await server.as(operator)('POST', 'Observation', { body: { resourceType: 'Observation', status: 'final', code: { text: 'x' } } }), 201).resource<Observation & { id: string }>();
    const reply = await xmlPatch(`Observation/${id}`, body);
    expect([reply.status, reply.thrown]).toEqual([status, undefined]);
    expect(reply.issues.length).toBeGreaterThan(0);
    expect((await server.as(operator)('GET', `Observation/${id}`)).headers.ETag).toBe('W/"1"');
  });
});
