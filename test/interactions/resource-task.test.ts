import { Failure } from '../../src/fhir/failure';
import { joinBody } from '../../src/fhir/body';
import { resourceTask, type ResourceInput } from '../../src/interactions/resource-task';
import type { Changed } from '../../src/interactions/write/render';

const settings = { bases: ['http://localhost/fhir'], timeZone: 'Europe/Paris', fullText: 'text', domain: 'test', integrity: true } as const;
const open = (body: string | Buffer, over: Partial<ResourceInput> = {}) => resourceTask.open({ bytes: Buffer.from(body as string), format: 'json', address: { type: 'Patient' }, settings, ...over });
const failureOf = (work: () => unknown): Failure => {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it was taken');
};
const patient = (more: object = {}): string => JSON.stringify({ resourceType: 'Patient', ...more });
const textOf = ({ body }: Changed, version = 1): string => joinBody(body, version, '2026-01-01T00:00:00.000Z');
const changed = (body: string, request = { id: 'x' } as { id: string; stored?: { text: string } }, over: Partial<ResourceInput> = {}): Changed => {
  const rendered = resourceTask.finish(open(body, over).session, request);
  if (rendered.kind === 'same') throw new Error('nothing changed');
  return rendered;
};

describe('hostile bodies', () => {
  it.each<[string, string | Buffer, Partial<ResourceInput>, string, number]>([
    ['nothing', '', {}, 'bad-json', 400],
    ['no JSON', 'name=x', {}, 'bad-json', 400],
    ['100,000 levels', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, {}, 'too-deep', 400],
    ['100,000 levels inside', `{"resourceType":"Patient","extension":${'[{"extension":'.repeat(100_000)}1`, {}, 'too-deep', 400],
    ['__proto__', '{"resourceType":"Patient","__proto__":{"active":true}}', {}, 'json-forbidden-key', 400],
    ['an escaped __proto__', '{"resourceType":"Patient","\\u005f_proto__":{"active":true}}', {}, 'json-forbidden-key', 400],
    ['a duplicate key', '{"resourceType":"Patient","active":true,"active":false}', {}, 'json-duplicate-key', 400],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d]), {}, 'bad-charset', 400],
    ['an array', '[]', {}, 'bad-resource', 400],
    ['no type', '{}', {}, 'bad-resource', 400],
    ['an unknown type', '{"resourceType":"Patiant"}', {}, 'bad-resource', 400],
    ['another type', '{"resourceType":"Observation"}', {}, 'type-mismatch', 400],
    ['an unknown element', '{"resourceType":"Patient","surname":"x"}', {}, 'invalid', 422],
    ['XML with a DTD', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"><id value="&e;"/></Patient>', { format: 'xml' }, 'xml-dtd', 400],
    ['XML cut short', '<Patient xmlns="http://hl7.org/fhir"><active', { format: 'xml' }, 'bad-xml', 400],
    ['deep XML', `${'<a>'.repeat(200_000)}`, { format: 'xml' }, 'too-deep', 400],
    ['XML in another charset than it says', Buffer.from('<Patient xmlns="http://hl7.org/fhir"><language value="\xe9"/></Patient>', 'latin1'), { format: 'xml' }, 'bad-charset', 400],
    ['a part of a resource', patient({ meta: { tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }] } }), {}, 'invalid', 422],
  ])('%s: %s', (_, body, over, code, status) => {
    const failure = failureOf(() => open(body, over));
    expect([failure.failure, failure.status]).toEqual([code, status]);
    expect(failure.issues.length).toBeGreaterThan(0);
  });

  it('leaves the prototype of objects alone', () => {
    failureOf(() => open('{"resourceType":"Patient","__proto__":{"polluted":true}}'));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('names every fault with its place', () => {
    const { issues } = failureOf(() => open(patient({ gender: 'f', birthDate: '2020-02-30', name: [{ familly: 'x' }] })));
    expect(issues.flatMap(({ expression }) => expression ?? [])).toEqual(expect.arrayContaining(['Patient.gender', 'Patient.birthDate', 'Patient.name[0].familly']));
  });

  it.each([undefined, 'other'])('an update needs its id in the body, not %j', (id) => {
    expect(failureOf(() => open(patient(id ? { id } : {}), { address: { type: 'Patient', id: 'mine' } })).failure).toBe('id-mismatch');
  });
});

describe('what is stored', () => {
  it('keeps the digits of decimals and the order of elements', () => {
    const text = textOf(changed('{"status":"final","resourceType":"Observation","code":{"text":"x"},"valueQuantity":{"value":1.00}}', { id: 'x' }, { address: { type: 'Observation' } }));
    expect(text).toBe('{"resourceType":"Observation","id":"x","meta":{"versionId":"1","lastUpdated":"2026-01-01T00:00:00.000Z"},"status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00}}');
  });

  it('has the id, the version and the time of the server, whatever was sent', () => {
    const stored = JSON.parse(textOf(changed(patient({ id: 'sent', meta: { versionId: '99', lastUpdated: '1999-01-01T00:00:00Z', profile: ['http://p.example'] } }))));
    expect(stored).toMatchObject({ id: 'x', meta: { versionId: '1', lastUpdated: '2026-01-01T00:00:00.000Z', profile: ['http://p.example'] } });
  });

  it('holds XML as the same JSON', () => {
    const text = textOf(changed('<Patient xmlns="http://hl7.org/fhir"><active value="true"/><birthDate value="1980-01"/></Patient>', { id: 'x' }, { format: 'xml' }));
    expect(JSON.parse(text)).toMatchObject({ resourceType: 'Patient', active: true, birthDate: '1980-01' });
  });

  it('holds the content of a Binary apart from its text', () => {
    const { body, data, resource } = changed(JSON.stringify({ resourceType: 'Binary', contentType: 'text/plain', data: 'aGVsbG8=' }), { id: 'x' }, { address: { type: 'Binary' } });
    expect(Buffer.from(data ?? []).toString()).toBe('hello');
    expect(body.after).not.toContain('aGVsbG8');
    expect(resource.data).toBeUndefined();
  });

  it('lists the local references where they must be there', () => {
    const sent = { managingOrganization: { reference: 'Organization/1' }, generalPractitioner: [{ reference: 'http://localhost/fhir/Practitioner/2' }, { reference: 'http://elsewhere.example/Practitioner/3' }] };
    expect([...changed(patient(sent)).targets].sort()).toEqual(['Organization/1', 'Practitioner/2']);
  });
});

describe('an update that changes nothing', () => {
  const stored = '{"resourceType":"Observation","id":"x","meta":{"versionId":"4","lastUpdated":"2026-01-01T00:00:00.000Z"},"status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}';
  const again = (body: string) => resourceTask.finish(open(body, { address: { type: 'Observation', id: 'x' } }).session, { id: 'x', stored: { text: stored } }).kind;

  it.each([
    ['the stored text', stored],
    ['keys in another order', '{"valueQuantity":{"value":1.50},"code":{"text":"x"},"status":"final","id":"x","resourceType":"Observation"}'],
    ['another version and time in meta', '{"resourceType":"Observation","id":"x","meta":{"versionId":"1","lastUpdated":"2020-01-01T00:00:00Z"},"status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}'],
  ])('%s', (_, body) => expect(again(body)).toBe('same'));

  it.each([
    ['a decimal with other digits', stored.replace('1.50', '1.5')],
    ['a profile more', stored.replace('"versionId"', '"profile":["http://p.example"],"versionId"')],
    ['an element less', stored.replace(',"valueQuantity":{"value":1.50}', '')],
  ])('not %s', (_, body) => expect(again(body)).toBe('changed'));
});

describe('what an update does to an identity', () => {
  const ins = (value: string, use = 'official') => ({ use, system: 'urn:oid:1.2.250.1.213.1.4.8', value });
  const stored = JSON.parse(patient({ id: 'x', identifier: [ins('155017500100207')], name: [{ use: 'official', family: 'NOM' }], birthDate: '1955-01-02', gender: 'male' })) as object;
  const change = (more: object) => changed(JSON.stringify({ ...stored, ...more }), { id: 'x', stored: { text: JSON.stringify(stored) } }, { address: { type: 'Patient', id: 'x' } }).change;

  it('names the traits that contradict', () => {
    expect(change({ birthDate: '1956-01-02', gender: 'female', name: [{ use: 'official', family: 'Autre' }] })?.contradicted).toEqual(['birth name', 'birth date', 'sex']);
    expect(change({ birthDate: '1955-01', name: [{ use: 'official', family: 'nóm' }] })?.contradicted).toEqual([]);
  });

  it('names the claims that are lost', () => {
    expect(change({ identifier: undefined })?.lost).toEqual([{ kind: 'patient-ins', system: '1.2.250.1.213.1.4.8', value: '155017500100207' }]);
    expect(change({ identifier: [ins('155017500100207', 'old'), ins('255017500100208')] })?.lost).toEqual([]);
  });
});
