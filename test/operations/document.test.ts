/** https://hl7.org/fhir/R4/composition-operation-document.html, https://hl7.org/fhir/R4/documents.html */
import type { Bundle } from 'fhir/r4';
import type { JsonObject } from '../../src/fhir/json';
import { readRoutes } from '../../src/interactions/read-routes';
import { documentRoutes } from '../../src/operations/document';
import { base, blocks, closes, consent, operator, person, professional, reading, software, type Reading } from '../interactions/reading';

let server: Reading;
const shared = { exposure: 'public', owners: [] } as const;
const ref = (reference: string): JsonObject => ({ reference });
const composition: JsonObject = {
  resourceType: 'Composition', id: 'c', status: 'final', type: { text: 'x' }, subject: ref('Patient/a'), encounter: ref('Encounter/e'), date: '2026-01-01', title: 'x',
  author: [ref('PractitionerRole/role'), ref('#inside'), ref('https://elsewhere.example/fhir/Device/1')], attester: [{ mode: 'legal', party: ref('Practitioner/pr') }], custodian: ref('Organization/org'),
  contained: [{ resourceType: 'Practitioner', id: 'inside' }], relatesTo: [{ code: 'replaces', targetReference: ref('Composition/former') }],
  event: [{ detail: [ref('Procedure/p')] }],
  section: [
    { title: 'one', focus: ref('Condition/f'), author: [ref('Practitioner/pr')], entry: [ref('Observation/o1'), ref(`${base}/Observation/o2`)] },
    { title: 'two', section: [{ title: 'three', entry: [ref('Observation/o3'), ref('Observation/o1')] }] },
  ],
};
beforeEach(async () => {
  server = await reading({ routes: [...readRoutes, ...documentRoutes] });
  for (const [type, id] of [['Practitioner', 'pr'], ['Practitioner', 'pr2'], ['Organization', 'org'], ['Organization', 'org2']] as const) await server.put({ resourceType: type, id }, shared);
  await server.put({ resourceType: 'PractitionerRole', id: 'role', practitioner: ref('Practitioner/pr2'), organization: ref('Organization/org2') }, shared);
  await server.put({ resourceType: 'Patient', id: 'a', managingOrganization: ref('Organization/far') });
  for (const [type, id] of [['Encounter', 'e'], ['Procedure', 'p'], ['Condition', 'f'], ['Observation', 'o1'], ['Observation', 'o2'], ['Observation', 'o3'], ['Composition', 'former']] as const) await server.put({ resourceType: type, id });
  await server.put(composition);
});
afterEach(() => server.close());

const members = ['Condition/f', 'Encounter/e', 'Observation/o1', 'Observation/o2', 'Observation/o3', 'Organization/org', 'Organization/org2', 'Patient/a', 'Practitioner/pr', 'Practitioner/pr2', 'PractitionerRole/role', 'Procedure/p'];
const bundleOf = (reply: Awaited<ReturnType<Reading['get']>>) => {
  expect(reply.status).toBe(200);
  const bundle = reply.json as Bundle;
  return { bundle, names: (bundle.entry ?? []).flatMap(({ resource }) => (resource?.resourceType === 'OperationOutcome' ? [] : [`${resource?.resourceType}/${resource?.id}`])), told: JSON.stringify((bundle.entry ?? []).filter(({ resource }) => resource?.resourceType === 'OperationOutcome')) };
};

test('is a document Bundle: the Composition first, then all that it refers to, once each', async () => {
  const reply = await server.get('Composition/c/$document');
  const { bundle, names } = bundleOf(reply);
  expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'document', identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${bundle.id}` }, timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) });
  expect(names[0]).toBe('Composition/c');
  expect(names.slice(1).sort()).toEqual(members);
  expect(bundle.entry?.every(({ fullUrl, search, resource }) => search === undefined && (resource?.resourceType === 'OperationOutcome' || fullUrl === `${base}/${resource?.resourceType}/${resource?.id}`))).toBe(true);
  expect(bundle).not.toHaveProperty('total');
  expect(reply.audit).toEqual({ interaction: '$document', type: 'Composition', id: 'c', patients: ['a'] });
});

test('what is missing is named: on another server, deleted, not there, hidden', async () => {
  await server.remove('Observation', 'o2');
  await server.put({ resourceType: 'Observation', id: 'o3' }, { owners: ['b'] });
  await server.put({ resourceType: 'Consent', id: 'k', status: 'active' }, { exposure: 'subject', owners: ['b'], rules: [{ effect: 'close', patient: 'b', from: Number.MIN_SAFE_INTEGER, until: Number.MAX_SAFE_INTEGER }] });
  const { names, told } = bundleOf(await server.get('Composition/c/$document'));
  expect(names.slice(1).sort()).toEqual(members.filter((name) => name !== 'Observation/o2' && name !== 'Observation/o3'));
  for (const name of ['Observation/o2', 'Observation/o3', 'https://elsewhere.example/fhir/Device/1']) expect(told).toContain(name);
  expect(told.replaceAll('Observation/o3', 'Observation/o2').split('refers to Observation/o2, which is not')).toHaveLength(3);
  expect(bundleOf(await server.get('Composition/c/$document', operator)).names).toContain('Observation/o3');
});

test('a document that lacks nothing holds no outcome', async () => {
  await server.put({ ...composition, id: 'small', author: [ref('Practitioner/pr')] });
  expect(bundleOf(await server.get('Composition/small/$document')).told).toBe('[]');
});

test('a reference to a version brings that version', async () => {
  await server.put({ resourceType: 'Observation', id: 'o1', status: 'amended' });
  await server.put({ ...composition, id: 'v', author: [ref('Practitioner/pr')], section: [{ entry: [ref('Observation/o1/_history/1')] }] });
  const { bundle } = bundleOf(await server.get('Composition/v/$document'));
  expect(bundle.entry?.find(({ resource }) => resource?.id === 'o1')?.resource?.meta?.versionId).toBe('1');
});

describe('on the type', () => {
  test.each(['c', 'Composition/c', `${base}/Composition/c`])('id=%s', async (id) => {
    expect(bundleOf(await server.get(`Composition/$document?id=${encodeURIComponent(id)}`)).names.slice(1).sort()).toEqual(members);
  });
  test('by POST with Parameters', async () => {
    const body = { resourceType: 'Parameters', parameter: [{ name: 'id', valueUri: 'c' }] };
    expect(bundleOf(await server.ask('POST', 'Composition/$document', professional, { body })).names).toContain('Observation/o1');
    expect(bundleOf(await server.ask('POST', 'Composition/c/$document')).names).toContain('Observation/o1');
  });
});

test.each([
  ['Composition/$document', 400], ['Composition/c/$document?id=c', 400], ['Composition/$document?id=https://elsewhere.example/fhir/Composition/1', 400], ['Composition/$document?id=Patient/a', 400], ['Composition/c/$document?graph=urn:x', 400],
  ['Composition/c/$document?persist=perhaps', 400], ['Composition/c/$document?nothing=1', 400], ['Composition/none/$document', 404], ['Composition/$document?id=none', 404], ['Composition/c/$document?persist=true', 403],
])('%s is %d', async (target, status) => {
  expect(await server.get(target)).toMatchObject({ status, json: { resourceType: 'OperationOutcome' } });
});

test('whoever may not see the Composition gets no document', async () => {
  expect((await server.get('Composition/c/$document', software('9'))).status).toBe(404);
  expect((await server.get('Composition/c/$document', person('b'))).status).toBe(404);
  await server.put(consent, blocks('810000000001'));
  expect((await server.get('Composition/c/$document')).text).toBe((await server.get('Composition/none/$document')).text.replace('none', 'c'));
  await server.put(consent, closes());
  expect((await server.get('Composition/$document?id=c')).status).toBe(404);
  await server.remove('Composition', 'c');
  expect((await server.get('Composition/c/$document', operator)).status).toBe(410);
});

describe('persist=true', () => {
  const patient: JsonObject = { resourceType: 'Patient', id: 'a', name: [{ family: 'Martin' }] };
  const whole: JsonObject = { ...composition, id: 'w', author: [ref('Practitioner/pr')], encounter: ref('Encounter/e'), event: [], attester: [], section: [{ title: 'one', entry: [ref('Observation/o1')] }] };
  beforeEach(async () => {
    delete whole.event;
    delete whole.attester;
    await server.put(patient);
    await server.put({ resourceType: 'Encounter', id: 'e', status: 'finished', class: { code: 'AMB' }, subject: ref('Patient/a') });
    await server.put({ resourceType: 'Observation', id: 'o1', status: 'final', code: { text: 'x' }, subject: ref('Patient/a') });
    await server.put(whole);
  });

  test('stores it as a Bundle of the same person, and says where', async () => {
    const reply = await server.get('Composition/w/$document?persist=true', operator);
    expect([reply.status, reply.issues, reply.thrown]).toEqual([200, [], undefined]);
    const { id } = reply.json as Bundle;
    expect(reply.headers.Location).toBe(`${base}/Bundle/${id}/_history/1`);
    expect((await server.get(`Bundle/${id}`, operator)).text).toBe(reply.text);
    expect((await server.get(`Bundle/${id}`)).status).toBe(200);
    expect((await server.get(`Bundle/${id}`, person('b'))).status).toBe(404);
  });

  test('is refused where labels or consents rule a part of it: a copy would not follow them', async () => {
    await server.put({ resourceType: 'DocumentReference', id: 'd', status: 'current', content: [{ attachment: {} }] }, { documentFacts: { chainKeys: ['k'], labels: ['MASQUE_PS'], authors: [] } });
    await server.put({ resourceType: 'Observation', id: 'o1', status: 'final', code: { text: 'x' } }, { document: 'd' });
    const reply = await server.get('Composition/w/$document?persist=true', operator);
    expect([reply.status, reply.issues[0]?.diagnostics]).toEqual([422, expect.stringContaining('Observation/o1')]);
    await server.put({ resourceType: 'Observation', id: 'o1', status: 'final', code: { text: 'x' } }, { owners: ['b'] });
    expect((await server.get('Composition/w/$document?persist=true', operator)).status).toBe(422);
  });
});
