import { setImmediate as breathe } from 'node:timers/promises';
import { startTestServer, type Call, type TestServer } from '../support/http-server';
import { documentText, identifierOf, insOf, matriculeOf, structures } from '../support/cast';

let server: TestServer;
let system = '';
let operator = '';

beforeAll(async () => {
  server = await startTestServer({ BODY_LIMIT: '1MB', DOCUMENT_LIMIT: '1MB' });
  system = await server.token({ as: 'system', structure: structures[0]!.id });
  operator = await server.token({ as: 'operator' });
});
afterAll(() => server.stop());

const xml = (body: string | Uint8Array<ArrayBuffer>, type = 'text/xml'): Call => ({ token: system, headers: { 'Content-Type': type }, body });
const pushed = (call: Call) => server.call('DocumentReference/$submit-document', call);
const document = documentText('consultation-paoli');
const ins = (root: string, extension: string) => `<id root="${root}" extension="${extension}"/>`;
const own = ins('1.2.250.1.213.1.4.10', matriculeOf('paoli'));

/** Counts everything that the operator can see. */
async function stored(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const type of ['Patient', 'DocumentReference', 'Practitioner', 'Organization', 'Provenance', 'Encounter', 'Composition', 'Observation']) {
    counts[type] = (await server.call(`${type}?_total=accurate&_count=1`, { token: operator })).body.total;
  }
  return counts;
}

describe('hostile and broken input', () => {
  const latin1 = new Uint8Array(Buffer.from(document.replace('encoding="UTF-8"', 'encoding="UTF-8"').replace('AJACCIO', 'AJACCIO\u00e9'), 'latin1'));
  const bomb = `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, index) => `<!ENTITY a${index + 1} "${`&a${index === 0 ? '' : index};`.repeat(10)}">`).join('')}]>`;
  const documents: [string, string | Uint8Array<ArrayBuffer>, number][] = [
    ['an XML with a DTD', document.replace('<ClinicalDocument', '<!DOCTYPE ClinicalDocument SYSTEM "http://127.0.0.1:1/x.dtd"><ClinicalDocument'), 400],
    ['an external entity', document.replace('<ClinicalDocument', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><ClinicalDocument').replace('AJACCIO', '&e;'), 400],
    ['an entity bomb', document.replace('<ClinicalDocument', `${bomb}<ClinicalDocument`).replace('AJACCIO', '&a9;'), 400],
    ['200,000 nested elements', `<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3">${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}</ClinicalDocument>`, 400],
    ['bytes that are not in the declared character set', latin1, 400],
    ['a truncated document', document.slice(0, -300), 400],
    ['text that is no XML', 'MSH|^~\\&|A|B', 400],
    ['XML that is no CDA', '<html xmlns="http://www.w3.org/1999/xhtml"/>', 422],
    ['a CDA without a patient id', document.replace(own, ''), 422],
    ['a CDA with a local number only', document.replace(own, ins('1.2.250.1.999.1', '12345')), 422],
    ['a CDA with two INS', document.replace(own, own + ins('1.2.250.1.213.1.4.10', matriculeOf('bennour'))), 422],
    ['a CDA over the limit', document.replace('</title>', `</title><!--${'x'.repeat(1024 * 1024)}-->`), 413],
  ];

  it.each(documents)('refuses %s, tells what to mend, and stores nothing of it', async (_name, body, status) => {
    const before = await stored();
    const reply = await pushed(xml(body));
    expect([reply.status, reply.body.resourceType]).toEqual([status, 'OperationOutcome']);
    expect(reply.body.issue[0].diagnostics.length).toBeGreaterThan(10);
    if (status === 413) expect(reply.body.issue[0].diagnostics).toContain('1 MB (DOCUMENT_LIMIT)');
    expect(await stored()).toEqual(before);
  });

  it('refuses a document whose traits contradict the stored person, names the trait and never the value', async () => {
    expect((await pushed(xml(document))).status).toBe(201);
    const contradicting = document.replace(/<birthTime value="\d+"\/>/, '<birthTime value="19611119"/>').replace(/<id root="[0-9A-F-]{36}"\/>/, '<id root="11111111-2222-4333-8444-555555555555"/>');
    const before = await stored();
    const reply = await pushed(xml(contradicting));
    expect([reply.status, reply.body.resourceType]).toEqual([409, 'OperationOutcome']);
    expect(reply.text).toMatch(/birth date/i);
    expect(reply.text).not.toMatch(/1961|1960/);
    expect(await stored()).toEqual(before);
  });

  const json = (body: string): Call => ({ headers: { 'Content-Type': 'application/fhir+json' }, body });
  const bodies: [string, Call, number, RegExp][] = [
    ['JSON over the limit', json(`{"resourceType":"Basic","code":{"text":"${'x'.repeat(1024 * 1024)}"}}`), 413, /BODY_LIMIT/],
    ['JSON 100,000 levels deep', json(`{"resourceType":"Basic","extension":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 400, /deep/],
    ['JSON with __proto__', json('{"resourceType":"Basic","code":{"text":"x"},"__proto__":{"admin":true}}'), 400, /__proto__/],
    ['JSON with a duplicate key', json('{"resourceType":"Basic","code":{"text":"x"},"code":{"text":"y"}}'), 400, /code/],
    ['JSON that is cut', json('{"resourceType":"Basic"'), 400, /JSON/],
    ['another resource type than the URL says', json('{"resourceType":"Patient"}'), 400, /Patient/],
    ['an unknown element', json('{"resourceType":"Basic","code":{"text":"x"},"colour":"red"}'), 422, /colour/],
    ['a content type of no FHIR', { headers: { 'Content-Type': 'image/png' }, body: 'x' }, 415, /image\/png/],
  ];
  it.each(bodies)('refuses %s', async (_name, call, status, words) => {
    const reply = await server.call('Basic', { ...call, token: system });
    expect([reply.status, reply.body.resourceType]).toEqual([status, 'OperationOutcome']);
    expect(reply.text).toMatch(words);
  });

  it.each([
    ['Patient?name[$ne]=1', 400], ['Patient?__proto__=1', 400], ['Patient?$where=1', 400], ['Nonsense', 404], ['Nonsense/1', 404], ['Patient?identifier', 400], ['%E0%A4%A', 400],
    ['Patient/../../etc/passwd', 404], ['Patient/x y', 400],
  ])('answers %s with %i and an OperationOutcome', async (path, status) => {
    const reply = await server.call(path, { token: operator });
    expect(reply.body.resourceType).toBe('OperationOutcome');
    expect([status, status === 400 ? 404 : status]).toContain(reply.status);
  });

  it('lives on after all of it', async () => {
    expect((await server.call(`Patient?identifier=${identifierOf('paoli')}`, { token: operator })).body.total).toBe(1);
    while ((await server.call(`${server.running.settings.baseUrl}/health/ready`)).status !== 200) await breathe();
    expect(server.log.join('\n')).not.toContain(insOf('paoli').split('|')[1]);
  });
});

describe('the character U+0000', () => {
  it('is refused wherever a text of ours could end at it', async () => {
    const person = { resourceType: 'Patient', identifier: [{ system: 'urn:oid:1.2.250.1.213.1.4.10\u0000', value: matriculeOf('lenoir') }] };
    expect((await server.call('Patient', { token: operator, body: person })).status).toBe(422);
    for (const path of ['Patient/a%00b', 'Patient/a%00b/_history', 'Patient?_id=a%00b', 'Patient?identifier=a%00|b', 'Patient?a%00=b']) {
      expect([path, (await server.call(path, { token: operator })).status]).toEqual([path, 400]);
    }
  });
});
