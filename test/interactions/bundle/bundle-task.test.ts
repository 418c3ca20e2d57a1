import { writeJson, parseJson, type JsonObject } from '../../../src/fhir/json';
import { bundleTask, type BundleInput, type EntryFacts } from '../../../src/interactions/bundle/bundle-task';
import type { Changed } from '../../../src/interactions/write/render';

const base = 'http://localhost:8080/fhir';
const settings = { bases: [base], timeZone: 'Europe/Paris', fullText: 'text', domain: 'test', integrity: false } as const;
const open = (bundle: unknown, over: Partial<BundleInput> = {}) =>
  bundleTask.open({ bytes: Buffer.from(JSON.stringify(bundle)), format: 'json', settings, limit: { value: 10, setting: 'ENTRIES_LIMIT' }, ...over });
const factsOf = ({ session }: ReturnType<typeof open>, to = 100) => bundleTask.finish(session, { ask: 'facts', from: 0, to }) as readonly EntryFacts[];
const bundle = (type: string, ...entry: unknown[]) => ({ resourceType: 'Bundle', type, entry });
const post = (resource: object, fullUrl?: string, type = (resource as { resourceType: string }).resourceType) => ({ ...(fullUrl ? { fullUrl } : {}), resource, request: { method: 'POST', url: type } });
const observation = (reference: string) => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference } });
const failureOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('opening a batch or transaction', () => {
  it.each([
    ['another resource', { resourceType: 'Patient' }, 'bad-resource'],
    ['another type of Bundle', bundle('collection'), 'invalid'],
    ['an entry without request', bundle('transaction', { resource: { resourceType: 'Patient' } }), 'invalid'],
    ['an unknown method', bundle('transaction', { request: { method: 'FETCH', url: 'Patient' } }), 'invalid'],
    ['an unknown element of the Bundle', { ...bundle('batch'), entries: [] }, 'invalid'],
    ['more entries than the limit', bundle('batch', ...Array.from({ length: 11 }, () => ({ request: { method: 'GET', url: 'Patient' } }))), 'too-many-entries'],
    ['one full URL for two entries', bundle('transaction', post({ resourceType: 'Patient' }, 'urn:uuid:a'), post({ resourceType: 'Patient' }, 'urn:uuid:a')), 'bad-request'],
  ])('refuses %s', (_, sent, code) => expect(failureOf(() => open(sent))).toMatchObject({ failure: code }));

  it('tells what is wrong with each entry, and goes on', () => {
    const facts = factsOf(open(bundle('batch', post({ resourceType: 'Patient', surname: 'x' }), post({ resourceType: 'Patient' }), { request: { method: 'PUT', url: 'Patient/1' }, resource: { resourceType: 'Patient', id: '2' } }, { request: { method: 'POST', url: 'Patient' } })));
    expect(facts.map(({ failure }) => (failure?.kind === 'failure' ? failure.failure : failure))).toEqual(['invalid', undefined, 'id-mismatch', 'bad-resource']);
  });

  it.each([
    ['json', '{"resourceType":"Bundle","type":"batch","entry":[', '{"request":{"method":"GET","url":"Patient"}}', ','],
    ['xml', '<Bundle xmlns="http://hl7.org/fhir"><type value="batch"/>', '<entry><request><method value="GET"/><url value="Patient"/></request></entry>', ''],
  ] as const)('counts the entries of %s while they are read: what follows the one too many is not looked at', (format, head, entry, joint) => {
    const read = (count: number): unknown => failureOf(() => open({}, { format, bytes: Buffer.from(`${head}${Array.from({ length: count }, () => entry).join(joint)}] what is no ${format} >`) }));
    expect(read(11)).toMatchObject({ failure: 'too-many-entries', status: 413 });
    expect(read(10)).toMatchObject({ failure: `bad-${format}` });
  });

  it('counts only the entries of the Bundle itself', () => {
    const inner = { resourceType: 'Bundle', type: 'collection', entry: Array.from({ length: 20 }, () => ({ resource: { resourceType: 'Patient', active: true } })) };
    expect(open(bundle('batch', post(inner))).facts.count).toBe(1);
  });

  it('gives entries in slices', () => {
    const opened = open(bundle('batch', ...Array.from({ length: 5 }, () => post({ resourceType: 'Patient' }))));
    expect(opened.facts).toEqual({ type: 'batch', count: 5 });
    expect((bundleTask.finish(opened.session, { ask: 'facts', from: 3, to: 9 }) as EntryFacts[]).map(({ index }) => index)).toEqual([3, 4]);
  });
});

describe('references between entries', () => {
  const rewritten = (opened: ReturnType<typeof open>, index: number, targets: Record<string, string>): JsonObject => {
    bundleTask.finish(opened.session, { ask: 'targets', targets: Object.entries(targets) });
    const { body } = bundleTask.finish(opened.session, { ask: 'render', index, request: { id: 'new' } }) as Changed;
    return parseJson(`${body.before}"versionId":"1"${body.after}`) as JsonObject;
  };

  it('are placeholders: full URLs, URNs and conditional references', () => {
    const facts = factsOf(open(bundle('transaction',
      post({ resourceType: 'Patient' }, 'urn:uuid:1'),
      post({ ...observation('urn:uuid:1'), performer: [{ reference: 'Practitioner?identifier=a|b' }, { reference: 'Organization/known' }, { reference: '#inside' }], encounter: { reference: 'http://elsewhere.example/Encounter/1' } }),
    )));
    expect(facts[1]?.placeholders).toEqual(expect.arrayContaining(['urn:uuid:1', 'Practitioner?identifier=a|b']));
    expect(facts[1]?.placeholders).toHaveLength(2);
  });

  it('mean nothing in a batch, but for what every reference means', () => {
    expect(factsOf(open(bundle('batch', post({ resourceType: 'Patient' }, `${base}/Patient/1`), post(observation('Patient/1'), `${base}/Observation/1`))))[1]?.placeholders).toEqual([]);
  });

  it('are replaced where they stand, and nowhere else', () => {
    const sent = { ...observation('urn:uuid:1'), note: [{ text: 'urn:uuid:12' }], method: { text: 'see urn:uuid:1' } };
    const resource = rewritten(open(bundle('transaction', post({ resourceType: 'Patient' }, 'urn:uuid:1'), post(sent))), 1, { 'urn:uuid:1': 'Patient/p' });
    expect(JSON.parse(writeJson(resource))).toMatchObject({ subject: { reference: 'Patient/p' }, note: [{ text: 'urn:uuid:12' }], method: { text: 'see urn:uuid:1' } });
  });

  it('are resolved against the address of their entry when relative', () => {
    const theirs = 'https://other.example/fhir';
    const opened = open(bundle('transaction', post({ resourceType: 'Patient' }, `${theirs}/Patient/1`), post(observation('Patient/1'), `${theirs}/Observation/9`), post(observation('Patient/1'), 'urn:uuid:z')));
    expect(factsOf(opened).map(({ placeholders }) => placeholders)).toEqual([[], [`${theirs}/Patient/1`], []]);
    expect(JSON.parse(writeJson(rewritten(opened, 1, { [`${theirs}/Patient/1`]: 'Patient/p' })))).toMatchObject({ subject: { reference: 'Patient/p' } });
  });

  it('to an entry that keeps its id stay as they were sent', () => {
    const opened = open(bundle('transaction', { fullUrl: `${base}/Patient/1`, resource: { resourceType: 'Patient', id: '1' }, request: { method: 'PUT', url: 'Patient/1' } }, post(observation('Patient/1'), `${base}/Observation/x`)));
    expect(JSON.parse(writeJson(rewritten(opened, 1, {})))).toMatchObject({ subject: { reference: 'Patient/1' } });
  });
});
