/** Every answer in the format that is asked for, through a whole server (https://hl7.org/fhir/R4/http.html#mime-type). */
import { isObject, parseJson, sameJson, type Json, type JsonObject } from '../../src/fhir/json';
import { readResource } from '../../src/fhir/resource';
import { documentText, identifierOf, insOf, structures } from '../support/cast';
import { startTestServer, type Call, type Reply, type TestServer } from '../support/http-server';

let server: TestServer;
let operator = '';
let system = '';
const div = '<div xmlns="http://www.w3.org/1999/xhtml"><p>1 &lt; 2\n  <b>é</b> &amp; </p><br/></div>';
const observation = `{"resourceType":"Observation","id":"weight","text":{"status":"generated","div":${JSON.stringify(div)}},"status":"final","code":{"text":"Poids \\"net\\""},
  "_effectiveDateTime":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]},"valueQuantity":{"value":1.00,"unit":"kg"},
  "referenceRange":[{"low":{"value":-0.0},"high":{"value":12345678901234567890.12345678901234567890}}]}`;
let document = '';
let patient = '';

beforeAll(async () => {
  server = await startTestServer({ MAX_IN_FLIGHT: '50' });
  [operator, system] = await Promise.all([server.token({ as: 'operator' }), server.token({ as: 'system', structure: structures[0]!.id })]);
  await call('Observation/weight', { method: 'PUT', headers: { 'Content-Type': 'application/fhir+json' }, body: observation });
  await call('Observation/gone', { method: 'PUT', body: { resourceType: 'Observation', id: 'gone', status: 'final', code: { text: 'x' } } });
  await call('Observation/gone', { method: 'DELETE' });
  const pushed = await server.call('DocumentReference/$submit-document', { token: system, headers: { 'Content-Type': 'text/xml', Accept: 'application/fhir+xml' }, body: documentText('summary-lenoir') });
  expect([pushed.status, pushed.headers.get('content-type')]).toEqual([201, 'application/fhir+xml; charset=utf-8']);
  document = pushed.headers.get('location')?.split('/').at(-1) ?? '';
  patient = (await call(`Patient?identifier=${identifierOf('lenoir')}`)).body.entry[0].resource.id as string;
});
afterAll(() => server.stop());

const call = (path: string, how: Call = {}): Promise<Reply> => server.call(path, { token: operator, ...how });
const inXml = (path: string, how: Call = {}): Promise<Reply> => call(path, { ...how, headers: { Accept: 'application/fhir+xml', ...how.headers } });

/** The resource of an answer, whatever its format. */
function resourceOf({ headers, text }: Reply): JsonObject {
  const type = headers.get('content-type') ?? '';
  const resource = type.includes('xml') ? readResource(Buffer.from(text), 'xml') : parseJson(text);
  if (!isObject(resource)) throw new Error(`no resource in ${text.slice(0, 200)}`);
  return resource;
}
/** Less what differs from one answer to the next. */
function steady(value: Json, key = ''): Json {
  if (Array.isArray(value)) return value.map((item) => steady(item));
  if (!isObject(value)) return key === 'url' && typeof value === 'string' ? value.replace(/_cursor=.*/, '') : value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'lastUpdated').map(([name, member]) => [name, steady(member, name)]));
}

describe('XML is the same resource as JSON', () => {
  const addresses: readonly (readonly [name: string, path: () => string])[] = [
    ['a read', () => 'Observation/weight'], ['a version', () => 'Observation/weight/_history/1'], ['the history of one resource', () => 'Observation/weight/_history'],
    ['a search', () => 'Observation?_id=weight&_summary=false'], ['a page with a link to the next', () => 'Observation?_count=1'], ['a count', () => 'Observation?_summary=count'],
    ['a part', () => 'Observation/weight?_elements=code'], ['the capabilities', () => 'metadata'], ['everything', () => `Patient/${patient}/$everything?_count=500`],
    ['a Binary', () => `Binary/${document}`],
  ];
  it.each(addresses)('%s', async (_name, path) => {
    const target = path() === `Binary/${document}` ? (await call(`DocumentReference/${document}`)).body.content[0].attachment.url as string : path();
    const json = await call(target, { headers: { Accept: 'application/fhir+json' } });
    const xml = await inXml(target);
    expect([json.status, json.headers.get('content-type')]).toEqual([200, 'application/fhir+json; charset=utf-8']);
    expect([xml.status, xml.headers.get('content-type')]).toEqual([200, 'application/fhir+xml; charset=utf-8']);
    expect(xml.headers.get('vary')).toMatch(/\bAccept\b/);
    for (const name of ['etag', 'last-modified', 'location']) expect(xml.headers.get(name)).toBe(json.headers.get(name));
    expect(sameJson(steady(resourceOf(xml)), steady(resourceOf(json)))).toBe(true);
  });

  it('digits, narrative and extensions of values included', async () => {
    const { text } = await inXml('Observation/weight');
    expect(text).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?><Observation xmlns="http:\/\/hl7.org\/fhir"><id value="weight"\/><meta>/);
    expect(text).toContain(`<text><status value="generated"/>${div}</text><status value="final"/>`);
    expect(text).toContain('<effectiveDateTime><extension url="http://hl7.org/fhir/StructureDefinition/data-absent-reason"><valueCode value="unknown"/></extension></effectiveDateTime>');
    expect(text).toContain('<valueQuantity><value value="1.00"/>');
    expect(text).toContain('<low><value value="-0.0"/></low><high><value value="12345678901234567890.12345678901234567890"/></high>');
  });
});

describe('what is refused is refused in XML', () => {
  it.each<[number, string, string, Call]>([
    [400, 'a malformed parameter', 'Observation?date=never', {}], [400, 'a path that is no UTF-8', 'Observation/%ff', {}], [401, 'a caller without a token', 'Observation/weight', { token: '' }],
    [401, 'a caller with a bad token', 'Observation/weight', { token: 'x' }], [403, 'what a caller may not do', 'Observation/weight/$erase', { method: 'POST', token: 'system' }],
    [404, 'an unknown id', 'Observation/unknown', {}], [404, 'an unknown type', 'Thing/1', {}], [404, 'an unknown address', 'Observation/a/b/c/d', {}], [405, 'a method', 'metadata', { method: 'DELETE' }],
    [405, 'an unknown method', 'Observation/weight', { method: 'PROPFIND' }], [410, 'a deleted resource', 'Observation/gone', {}],
    [412, 'a lost update', 'Observation/weight', { method: 'PUT', headers: { 'If-Match': 'W/"9"' }, body: { resourceType: 'Observation', id: 'weight', status: 'final', code: { text: 'x' } } }],
    [415, 'a content type', 'Observation', { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: 'a' }],
    [422, 'an invalid resource', 'Observation', { method: 'POST', body: { resourceType: 'Observation', shoe: 1 } }],
  ])('%s: %s', async (status, _name, path, { token, ...how }) => {
    const reply = await inXml(path, { ...how, token: token === 'system' ? system : token ?? operator });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([status, 'application/fhir+xml; charset=utf-8']);
    const outcome = resourceOf(reply);
    expect(outcome).toMatchObject({ resourceType: 'OperationOutcome', issue: expect.arrayContaining([expect.objectContaining({ severity: 'error' })]) as unknown });
    expect(reply.text).toMatch(/<diagnostics value="[^"]{10,}"\/>/);
  });

  it('also beside the FHIR base', async () => {
    const reply = await server.call(`${new URL(server.base).origin}/nowhere`, { headers: { Accept: 'application/fhir+xml' } });
    expect([reply.status, reply.headers.get('content-type'), resourceOf(reply).resourceType]).toEqual([404, 'application/fhir+xml; charset=utf-8', 'OperationOutcome']);
  });

  it.each([['Accept', 'text/html'], ['Accept', 'application/fhir+json;fhirVersion=3.0'], ['_format', 'text/turtle']])('406 to %s: %s, in JSON, with what is served', async (how, value) => {
    const reply = await (how === 'Accept' ? call('Observation/weight', { headers: { Accept: value } }) : call(`Observation/weight?_format=${value}`));
    expect([reply.status, reply.headers.get('content-type')]).toEqual([406, 'application/fhir+json; charset=utf-8']);
    expect(reply.body.issue[0].diagnostics).toMatch(/application\/fhir\+json, application\/fhir\+xml/);
  });

  it('406 before anything is written', async () => {
    const before = (await call('Observation/weight')).headers.get('etag');
    expect((await call('Observation/weight', { method: 'PUT', headers: { Accept: 'image/png', 'Content-Type': 'application/fhir+json' }, body: observation.replace('1.00', '2.00') })).status).toBe(406);
    expect((await call('Observation/weight')).headers.get('etag')).toBe(before);
  });

  it('a _pretty that is neither true nor false', async () => {
    const reply = await call('Observation/weight?_pretty=maybe&_format=xml');
    expect([reply.status, reply.headers.get('content-type')]).toEqual([400, 'application/fhir+xml; charset=utf-8']);
    expect((await call('Observation/weight?_pretty=maybe', { headers: { Prefer: 'handling=lenient' } })).status).toBe(200);
  });
});

describe('writes in XML', () => {
  const sent = (id: string, value = '0.10'): string => `<?xml version="1.0"?><!-- a comment --><f:Observation xmlns:f="http://hl7.org/fhir"><f:id value="${id}"/><!-- another -->
    <f:status value="final"/><f:code><f:text value="x"/></f:code><f:valueQuantity><f:value value="${value}"/></f:valueQuantity></f:Observation>`;
  const xmlBody = (body: string, type = 'application/fhir+xml', accept = type): Call => ({ headers: { 'Content-Type': type, Accept: accept }, body });

  it.each(['application/fhir+xml', 'application/xml', 'text/xml', 'application/xml+fhir'])('%s: create, update, read', async (type) => {
    const made = await call('Observation', xmlBody(sent('x'), type));
    expect([made.status, made.headers.get('content-type')]).toEqual([201, `${type}; charset=utf-8`]);
    const { id } = resourceOf(made);
    const updated = await call(`Observation/${String(id)}`, { method: 'PUT', ...xmlBody(sent(String(id), '0.100'), type) });
    expect([updated.status, updated.headers.get('etag')]).toEqual([200, 'W/"2"']);
    expect((await call(`Observation/${String(id)}`)).text).toContain('"value":0.100');
    expect((await call(`Observation/${String(id)}`, { method: 'PUT', ...xmlBody(sent(String(id), '0.100'), type) })).headers.get('etag')).toBe('W/"2"');
  });

  it('_format decides over the answer, never over the body', async () => {
    const reply = await call('Observation?_format=json', xmlBody(sent('x')));
    expect([reply.status, reply.headers.get('content-type'), reply.body.resourceType]).toEqual([201, 'application/fhir+json; charset=utf-8', 'Observation']);
    expect((await call('Observation?_format=xml', { headers: { 'Content-Type': 'application/fhir+json' }, body: sent('x') })).status).toBe(400);
  });

  it.each<[string, string, number]>([
    ['a DTD', `<!DOCTYPE Observation>${sent('x').slice(sent('x').indexOf('<f:'))}`, 400], ['another namespace', sent('x').replace('http://hl7.org/fhir', 'urn:hl7-org:v3'), 400],
    ['no namespace', '<Observation><status value="final"/></Observation>', 400], ['two roots', `${sent('x')}${sent('y').slice(sent('y').indexOf('<f:'))}`, 400],
    ['an end that is missing', sent('x').slice(0, -5), 400], ['another type', '<Patient xmlns="http://hl7.org/fhir"/>', 400], ['an unknown element', sent('x').replace('<f:code>', '<f:shoe value="1"/><f:code>'), 422],
    ['nothing', '', 400],
  ])('%s is refused', async (_name, body, status) => {
    const reply = await call('Observation', xmlBody(body));
    expect([reply.status, resourceOf(reply).resourceType]).toEqual([status, 'OperationOutcome']);
  });

  it('transaction and batch, answered in XML', async () => {
    const bundle = (type: string): string => `<Bundle xmlns="http://hl7.org/fhir"><type value="${type}"/>
      <entry><fullUrl value="urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"/><resource><Observation><status value="final"/><code><text value="in ${type}"/></code><valueInteger value="7"/></Observation></resource>
        <request><method value="POST"/><url value="Observation"/></request></entry>
      <entry><request><method value="GET"/><url value="Observation/weight"/></request></entry></Bundle>`;
    for (const type of ['transaction', 'batch']) {
      const reply = await call('', { method: 'POST', ...xmlBody(bundle(type)) });
      expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/fhir+xml; charset=utf-8']);
      expect(resourceOf(reply)).toMatchObject({
        resourceType: 'Bundle', type: `${type}-response`, entry: [{ response: { status: '201 Created' } }, { resource: { resourceType: 'Observation', id: 'weight' }, response: { status: '200 OK' } }],
      });
      expect(reply.text).toContain('<value value="1.00"/>');
    }
  });

  it('FHIRPath Patch, and parameters of an operation', async () => {
    const patch = `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/><part><name value="type"/><valueCode value="replace"/></part>
      <part><name value="path"/><valueString value="Observation.status"/></part><part><name value="value"/><valueCode value="amended"/></part></parameter></Parameters>`;
    const reply = await call('Observation/weight', { method: 'PATCH', ...xmlBody(patch) });
    expect([reply.status, resourceOf(reply).status]).toEqual([200, 'amended']);
    const parameters = '<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="_type"/><valueCode value="Patient"/></parameter><parameter><name value="_format"/><valueCode value="json"/></parameter></Parameters>';
    const everything = await call(`Patient/${patient}/$everything`, { method: 'POST', ...xmlBody(parameters) });
    expect([everything.status, everything.headers.get('content-type')]).toEqual([200, 'application/fhir+json; charset=utf-8']);
    expect(everything.body.entry.map(({ resource }: { resource: { resourceType: string } }) => resource.resourceType)).toEqual(['Patient']);
  });

  it('a Binary as a resource', async () => {
    const made = await call('Binary', xmlBody('<Binary xmlns="http://hl7.org/fhir"><contentType value="text/plain"/><data value="aGVsbG8="/></Binary>'));
    expect(made.status).toBe(201);
    const read = await inXml(`Binary/${made.headers.get('location')?.split('/').at(-3)}`);
    expect(read.text).toMatch(/<contentType value="text\/plain"\/><data value="aGVsbG8="\/><\/Binary>$/);
  });
});

describe('a search by POST', () => {
  const form = (body: string, headers: Record<string, string> = {}): Call => ({ method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers }, body });
  it.each([['in the form', 'Observation/_search', '_id=weight&_format=xml'], ['in the URL', 'Observation/_search?_format=xml', '_id=weight']])('takes _format %s', async (_name, path, body) => {
    const reply = await call(path, form(body, { Accept: 'application/fhir+json' }));
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/fhir+xml; charset=utf-8']);
    expect(resourceOf(reply)).toMatchObject({ type: 'searchset', total: 1 });
  });
  it('keeps the format on the pages that follow, unless another is asked for', async () => {
    const { link } = resourceOf(await call('Observation/_search', form('_count=1&_format=xml&_pretty=true'))) as unknown as { link: { relation: string; url: string }[] };
    const next = link.find(({ relation }) => relation === 'next')?.url ?? '';
    const page = await call(next);
    expect([page.headers.get('content-type'), page.text.slice(38, 47)]).toEqual(['application/fhir+xml; charset=utf-8', '\n<Bundle ']);
    expect((await call(`${next}&_format=json`)).headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
  });
  it('refuses what is not served', async () => expect((await call('Observation/_search', form('_id=weight&_format=ttl'))).status).toBe(406));
});

describe('_pretty', () => {
  it('lays JSON out without touching a digit', async () => {
    const plain = await call('Observation/weight');
    const pretty = await call('Observation/weight?_pretty=true');
    expect(pretty.text).toMatch(/^\{\n {2}"resourceType": "Observation",\n {2}"id": "weight",\n {2}"meta": \{\n {4}"versionId": /);
    expect(pretty.text).toContain('"value": 1.00,');
    expect(pretty.text).toContain('"value": -0.0\n');
    expect(sameJson(parseJson(pretty.text), parseJson(plain.text))).toBe(true);
    expect((await call('Observation/weight?_pretty=false')).text).toBe(plain.text);
  });
  it('lays XML out without touching the narrative', async () => {
    const { text } = await call('Observation/weight?_pretty=true&_format=xml');
    expect(text).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<Observation xmlns="http:\/\/hl7.org\/fhir">\n {2}<id value="weight"\/>\n {2}<meta>\n {4}<versionId value="\d"\/>\n/);
    expect(text).toContain(`\n    ${div}\n  </text>\n`);
    expect(text.endsWith('\n</Observation>')).toBe(true);
    expect(sameJson(readResource(Buffer.from(text), 'xml'), parseJson((await call('Observation/weight')).text))).toBe(true);
  });
  it('works on searches, metadata and refusals', async () => {
    for (const path of ['Observation?_id=weight', 'metadata', 'Observation/unknown']) {
      for (const format of ['json', 'xml']) expect((await call(`${path}${path.includes('?') ? '&' : '?'}_pretty=true&_format=${format}`)).text).toMatch(/^(\{|<\?.*\?>)\n/);
    }
  });
});

describe('HEAD', () => {
  it.each(['Observation/weight', 'Observation/weight/_history', 'Observation?_id=weight', 'metadata', 'Observation/unknown', 'Thing'])('tells of %s what GET tells, in either format', async (path) => {
    for (const accept of ['application/fhir+json', 'application/fhir+xml']) {
      const [get, head] = await Promise.all([call(path, { headers: { Accept: accept, 'Accept-Encoding': 'identity' } }), call(path, { method: 'HEAD', headers: { Accept: accept, 'Accept-Encoding': 'identity' } })]);
      expect([head.status, head.text]).toEqual([get.status, '']);
      for (const name of ['content-type', 'content-length', 'etag', 'last-modified', 'vary']) expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
      expect(Number(get.headers.get('content-length'))).toBe(Buffer.byteLength(get.text));
    }
  });
});

describe('long answers', () => {
  const long = 'é'.repeat(400_000);
  beforeAll(async () => {
    for (const id of ['long-1', 'long-2', 'long-3']) {
      const reply = await call(`Basic/${id}`, { method: 'PUT', body: { resourceType: 'Basic', id, code: { text: id }, extension: [{ url: 'http://example.org/long', valueString: long }] } });
      expect(reply.status).toBe(201);
    }
  });
  it.each(['Basic/long-1', 'Basic?_count=10', 'Basic?_count=10&_pretty=true'])('%s is the same in both formats', async (path) => {
    const [json, xml] = await Promise.all([call(path), inXml(path)]);
    expect(sameJson(steady(resourceOf(xml)), steady(resourceOf(json)))).toBe(true);
    expect(xml.text.length).toBeGreaterThan(path.includes('?') ? 1_200_000 : 400_000);
  });
  it('in a batch', async () => {
    const entry = ['long-1', 'long-2', 'long-3'].map((id) => ({ request: { method: 'GET', url: `Basic/${id}` } }));
    const reply = await inXml('', { method: 'POST', body: { resourceType: 'Bundle', type: 'batch', entry } });
    expect(resourceOf(reply)).toMatchObject({ type: 'batch-response', entry: [{ resource: { id: 'long-1' } }, { resource: { id: 'long-2' } }, { resource: { id: 'long-3' } }] });
  });
  it('the bytes of a Binary', async () => {
    const bytes = Buffer.alloc(700_001, 'abc');
    const made = await call('Binary', { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: new Uint8Array(bytes) });
    const { data } = resourceOf(await inXml(`Binary/${made.headers.get('location')?.split('/').at(-3)}`));
    expect(Buffer.from(String(data), 'base64').equals(bytes)).toBe(true);
  });
});

describe('a caller of the kind', () => {
  it('of a patient reads their record in XML', async () => {
    const token = await server.token({ as: 'patient', ins: insOf('lenoir') });
    const reply = await inXml(`Patient/${patient}`, { token });
    expect([reply.status, resourceOf(reply).id]).toEqual([200, patient]);
  });
});
