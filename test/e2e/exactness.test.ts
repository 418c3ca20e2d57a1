/**
 * What was written is what is read, to the digit, on every path through HTTP
 * (https://hl7.org/fhir/R4/datatypes.html#decimal: the precision of a decimal has a meaning; https://hl7.org/fhir/R4/json.html).
 */
import fc from 'fast-check';
import { parseJson, writeJson } from '../../src/fhir/json';
import { readResource } from '../../src/fhir/resource';
import { writeFhirXml } from '../../src/fhir/xml/codec';
import { startTestServer, type TestServer } from '../support/http-server';

let server: TestServer;
let token = '';
beforeAll(async () => {
  server = await startTestServer();
  token = await server.token({ as: 'operator' });
});
afterAll(() => server.stop());

const call = (path: string, { headers = {}, ...more }: { method?: string; headers?: Record<string, string>; body?: string } = {}) =>
  server.call(path, { token, ...more, headers: { 'Content-Type': 'application/fhir+json', ...headers } });

/** A decimal as R4 writes it: `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?` */
const digits = (least: number, most: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most });
const literal = fc.tuple(
  fc.constantFrom('', '-'), fc.oneof(fc.constant('0'), fc.tuple(fc.constantFrom(...'123456789'), digits(0, 39)).map(([first, rest]) => first + rest)),
  fc.oneof(fc.constant(''), digits(1, 40).map((fraction) => `.${fraction}`)),
  fc.oneof({ weight: 3, arbitrary: fc.constant('') }, fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.integer({ min: 0, max: 30 })).map((parts) => parts.join(''))),
).map((parts) => parts.join(''));
const remarkable = ['1.0', '1.00', '-0.0', '-0', '0.00', '1e3', '1E3', '1E-7', '1e+3', '0e0', '100', '1.50e-10', '9007199254740993', '0.1000000000000000055511151231257827', '1234567890.1234567890123456789012345678901', '1e400', '-1e400', '1e-400', '123e308'];
const literals = fc.tuple(fc.oneof(literal, fc.constantFrom(...remarkable)), literal);

interface Values { readonly value: string; readonly low: string }
/** Numbers where FHIR has decimals: a choice, a list, a datatype within a datatype. */
const observation = ({ value, low }: Values, more = ''): string =>
  `{"resourceType":"Observation",${more}"status":"final","code":{"text":"x"},"valueQuantity":{"value":${value},"unit":"mg"},"referenceRange":[{"low":{"value":${low}}}],"component":[{"code":{"text":"y"},"valueSampledData":{"origin":{"value":${low}},"period":${value},"dimensions":1,"data":"E"}}]}`;

/** The literals in a JSON text, in the order of {@link observation}. */
const told = (text: string): readonly string[] => [...text.matchAll(/"(?:value|period)":(-?[0-9][^,}\]]*)/g)].map(([, number = '']) => number);
const expected = ({ value, low }: Values): readonly string[] => [value, low, low, value];

describe('the digits of a decimal survive', () => {
  const values = literals.map(([value, low]): Values => ({ value, low }));

  test('create, read, vread, search and history, JSON and XML', async () => {
    await fc.assert(fc.asyncProperty(values, values, async (first, second) => {
      const made = await call('Observation', { body: observation(first) });
      expect([made.status, told(made.text)]).toEqual([201, expected(first)]);
      const id = String(made.body.id);
      const changed = await call(`Observation/${id}`, { method: 'PUT', body: observation(second, `"id":"${id}",`) });
      // Another spelling of a number is another value; the same one is none.
      expect([changed.status, told(changed.text)]).toEqual([200, expected(second)]);
      expect(changed.body.meta.versionId).toBe(first.value === second.value && first.low === second.low ? '1' : '2');
      for (const [path, told1] of [[`Observation/${id}`, second], [`Observation/${id}/_history/1`, first], [`Observation?_id=${id}`, second]] as const) {
        expect([path, told((await call(path)).text)]).toEqual([path, expected(told1)]);
      }
      if (changed.body.meta.versionId === '2') expect(told((await call(`Observation/${id}/_history`)).text)).toEqual([...expected(second), ...expected(first)]);
    }), { numRuns: 25 });
  });

  test('a patch of another element, of each kind', async () => {
    const patches: readonly (readonly [string, string])[] = [
      ['application/json-patch+json', '[{"op":"replace","path":"/status","value":"amended"}]'],
      ['application/fhir+json', '{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Observation.status"},{"name":"value","valueCode":"amended"}]}]}'],
      ['application/xml-patch+xml', '<diff xmlns:f="http://hl7.org/fhir"><replace sel="f:Observation/f:status/@value">amended</replace></diff>'],
    ];
    await fc.assert(fc.asyncProperty(values, async (sent) => {
      for (const [type, patch] of patches) {
        const { body } = await call('Observation', { body: observation(sent) });
        const patched = await call(`Observation/${String(body.id)}`, { method: 'PATCH', headers: { 'Content-Type': type }, body: patch });
        expect([type, patched.status, patched.body.status, told(patched.text)]).toEqual([type, 200, 'amended', expected(sent)]);
      }
    }), { numRuns: 12 });
  });

  test('a patch that brings them', async () => {
    await fc.assert(fc.asyncProperty(values, values, async (sent, { value }) => {
      const { body } = await call('Observation', { body: observation(sent) });
      const patched = await call(`Observation/${String(body.id)}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json-patch+json' }, body: `[{"op":"replace","path":"/valueQuantity/value","value":${value}}]` });
      expect([patched.status, told(patched.text)]).toEqual([200, [value, ...expected(sent).slice(1)]]);
    }), { numRuns: 12 });
  });

  test('a transaction and a batch, whose references are rewritten', async () => {
    await fc.assert(fc.asyncProperty(values, fc.constantFrom('transaction', 'batch'), async (sent, type) => {
      const subject = type === 'transaction' ? '"subject":{"reference":"urn:uuid:6f1e0d4c-0000-4000-8000-000000000001"},' : '';
      const person = '{"fullUrl":"urn:uuid:6f1e0d4c-0000-4000-8000-000000000001","resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}';
      const answer = await call('', {
        headers: { Prefer: 'return=representation' },
        body: `{"resourceType":"Bundle","type":"${type}","entry":[${person},{"resource":${observation(sent, subject)},"request":{"method":"POST","url":"Observation"}}]}`,
      });
      expect([answer.status, answer.body.entry[1].response.status.slice(0, 3), told(answer.text)]).toEqual([200, '201', expected(sent)]);
    }), { numRuns: 15 });
  });

  test('XML on the way in, and the codec both ways', async () => {
    await fc.assert(fc.asyncProperty(values, async (sent) => {
      const resource = parseJson(observation(sent)) as Parameters<typeof writeFhirXml>[0];
      const xml = writeFhirXml(resource);
      expect([...xml.matchAll(/<(?:value|period) value="([^"]*)"\/>/g)].map(([, number]) => number)).toEqual(expected(sent));
      expect(told(writeJson(readResource(Buffer.from(xml), 'xml')))).toEqual(expected(sent));
      const made = await call('Observation', { headers: { 'Content-Type': 'application/fhir+xml' }, body: xml });
      expect([made.status, told(made.text)]).toEqual([201, expected(sent)]);
    }), { numRuns: 20 });
  });
});

describe('numbers of any size', () => {
  test('are found and sorted by as far as a search can tell them apart', async () => {
    const { body: { id: device } } = await call('Device', { body: '{"resourceType":"Device"}' });
    const of = async (value: string) => String((await call('Observation', { body: observation({ value, low: '1' }, `"device":{"reference":"Device/${String(device)}"},`) })).body.id);
    const ids = new Map<string, string>();
    for (const value of ['1e400', '-1e400', '1e-400', '5', '12345678901234567890123']) ids.set(value, await of(value));
    const found = async (query: string) => {
      const { status, body } = await call(`Observation?device=${String(device)}&${query}`);
      return [status, (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => [...ids].find(([, id]) => id === resource.id)?.[0])];
    };
    expect(await found('value-quantity=5')).toEqual([200, ['5']]);
    const sortedFound = async (query: string) => (await found(query)).flat().slice(1).sort();
    expect(await sortedFound('value-quantity=gt1e300')).toEqual(['1e400']);
    expect(await sortedFound('value-quantity=gt100')).toEqual(['12345678901234567890123', '1e400']);
    expect(await sortedFound('value-quantity=lt-100')).toEqual(['-1e400']);
    expect(await sortedFound('value-quantity=1e400')).toEqual(['1e400']);
    const [status, sorted] = await found('_sort=value-quantity') as [number, string[]];
    expect([status, sorted.filter((value) => value !== '1e-400')]).toEqual([200, ['-1e400', '5', '12345678901234567890123', '1e400']]);
  });

  test.each(['2147483648', '-2147483649', '9007199254740993', '1e3', '1.0', '0.5', '12345678901234567890'])('%s is no integer of R4', async (value) => {
    const { status, body } = await call('Basic', { body: `{"resourceType":"Basic","code":{"text":"x"},"extension":[{"url":"urn:x","valueInteger":${value}}]}` });
    expect([status, body.issue?.[0].expression]).toEqual([422, ['Basic.extension[0].value']]);
  });

  test.each(['2147483647', '-2147483648', '0', '-0'])('%s is, and stays as it is', async (value) => {
    const { status, text } = await call('Basic', { body: `{"resourceType":"Basic","code":{"text":"x"},"extension":[{"url":"urn:x","valueInteger":${value}}]}` });
    expect([status, text.includes(`"valueInteger":${value}}`)]).toEqual([201, true]);
  });
});

describe('ids and extensions of primitives', () => {
  const kept = '"name":[{"given":["Anne",null,"Lou"],"_given":[null,{"id":"g2","extension":[{"url":"urn:unknown","valueDecimal":1.0}]},null]}],"birthDate":"1970-03","_birthDate":{"id":"b"},"_gender":{"extension":[{"url":"urn:x","valueCode":"masked"}]}';

  test('are kept, with null where the other list has a value', async () => {
    const made = await call('Patient', { body: `{"resourceType":"Patient",${kept}}` });
    expect(made.status).toBe(201);
    const id = String(made.body.id);
    expect((await call(`Patient/${id}`)).text).toContain(kept);
    const patched = await call(`Patient/${id}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json-patch+json' }, body: '[{"op":"add","path":"/active","value":true}]' });
    expect([patched.status, patched.text.includes(kept)]).toEqual([200, true]);
    expect(writeJson(readResource(Buffer.from(writeFhirXml(parseJson(`{"resourceType":"Patient",${kept}}`) as Parameters<typeof writeFhirXml>[0])), 'xml')).replace(/("birthDate".*?),("_gender".*)}$/, '$2')).toContain('"_given":[null,{"id":"g2"');
  });

  test.each([
    ['null for a value', '"gender":null'], ['null alone in both lists', '"name":[{"given":["a",null]}]'], ['null in a list of elements', '"name":[null]'], ['null at one place of both lists', '"name":[{"given":["a",null],"_given":[null,null]}]'],
    ['an empty object', '"maritalStatus":{}'], ['an empty object in a list', '"name":[{}]'], ['an empty list', '"name":[]'], ['an empty list deep down', '"name":[{"given":[]}]'], ['an empty extension of a primitive', '"_gender":{}'],
    ['an empty string', '"gender":""'], ['blanks alone in a code', '"gender":"  "'], ['blanks around a code', '"gender":" male"'], ['blanks alone in an id', '"_gender":{"id":" "}'],
  ])('%s is refused with its place', async (_name, element) => {
    const { status, body } = await call('Patient', { body: `{"resourceType":"Patient",${element}}` });
    expect([status, body.issue?.[0].expression?.[0].startsWith('Patient.')]).toEqual([422, true]);
  });
});
