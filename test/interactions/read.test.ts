import { blocks, base, closes, colleague, consent, entriesOf, linkOf, named, operator, person, professional, reading, software, type Reading } from './reading';

let server: Reading;
beforeEach(async () => {
  server = await reading();
  await server.put({ resourceType: 'Patient', id: 'a', birthDate: '1970-01-01' });
});
afterEach(() => server.close());

const weight = (value: string, id = 'o1') => `{"resourceType":"Observation","id":"${id}","status":"final","code":{"text":"poids"},"valueQuantity":{"value":${value},"unit":"kg"}}`;

test('read gives the stored text to the letter, with its version and its time', async () => {
  const stored = await server.put(weight('72.500'));
  const reply = await server.get('Observation/o1');
  expect(reply.status).toBe(200);
  expect(reply.text).toBe(stored.text);
  expect(reply.text).toContain('"value":72.500');
  expect(reply.headers).toMatchObject({ 'Content-Type': 'application/fhir+json; charset=utf-8', ETag: 'W/"1"', 'Last-Modified': new Date(stored.lastUpdated).toUTCString() });
  expect(reply.audit).toEqual({ interaction: 'read', type: 'Observation', id: 'o1', patients: ['a'] });
});

test('HEAD is served by the row of GET with the same headers', async () => {
  await server.put(weight('1'));
  const [head, get] = [await server.ask('HEAD', 'Observation/o1'), await server.get('Observation/o1')];
  expect(head.status).toBe(200);
  expect(head.headers).toEqual(get.headers);
});

test('who has the current version gets 304 without a body', async () => {
  await server.put(weight('1'));
  const reply = await server.get('Observation/o1', professional, { 'If-None-Match': 'W/"1"' });
  expect(reply).toMatchObject({ status: 304, text: '', headers: { ETag: 'W/"1"' }, audit: { patients: ['a'] } });
  await server.put(weight('2'));
  expect(await server.get('Observation/o1', professional, { 'If-None-Match': 'W/"1"' })).toMatchObject({ status: 200, headers: { ETag: 'W/"2"' } });
});

test('a deleted resource is 410 with its version, and its past versions can be read', async () => {
  await server.put(weight('1'));
  await server.put(weight('2'));
  await server.remove('Observation', 'o1');
  const reply = await server.get('Observation/o1');
  expect(reply).toMatchObject({ status: 410, headers: { ETag: 'W/"3"' }, json: { resourceType: 'OperationOutcome', issue: [{ code: 'deleted' }] } });
  expect(reply.text).toContain('version is 3');
  expect((await server.get('Observation/o1/_history/1')).json).toMatchObject({ valueQuantity: { value: 1 }, meta: { versionId: '1' } });
  expect((await server.get('Observation/o1/_history/2')).headers.ETag).toBe('W/"2"');
  expect((await server.get('Observation/o1/_history/3')).status).toBe(410);
  expect((await server.get('Observation/o1/_history/3')).text).toContain('Version 3 of Observation/o1 is a deletion');
});

test.each(['0', '4', '01', '1.0', 'x', '99999999999999999999'])('there is no version %s', async (version) => {
  await server.put(weight('1'));
  expect((await server.get(`Observation/o1/_history/${version}`)).status).toBe(404);
});

test.each(['Observation/none', 'Observation/none/_history', 'Observation/none/_history/1', 'Binary/none', 'Patient/none/$everything'])('%s: 404', async (target) => {
  expect(await server.get(target)).toMatchObject({ status: 404, json: { issue: [{ severity: 'error', code: 'not-found' }] } });
});

test('an id that cannot be one is 400, and is not repeated at length', async () => {
  const reply = await server.get(`Observation/${'x'.repeat(300)}`);
  expect(reply.status).toBe(400);
  expect(reply.text.length).toBeLessThan(400);
});

test('a matricule in the place of an id is not repeated', async () => {
  const reply = await server.get('Patient/279035121518989');
  expect(reply.status).toBe(404);
  expect(reply.text).not.toContain('279035121518989');
});

test('parameters that a read does not have are refused, unless the caller is lenient', async () => {
  await server.put(weight('1'));
  expect((await server.get('Observation/o1?name=x')).status).toBe(400);
  expect((await server.get('Observation/o1?name=x', professional, { Prefer: 'handling=lenient' })).status).toBe(200);
  expect((await server.get('Observation/o1?_format=json&_pretty=true')).status).toBe(200);
  expect((await server.get('Observation/o1?_format=ttl')).status).toBe(406);
  expect((await server.get('Observation/o1?_pretty=yes')).status).toBe(400);
  expect((await server.get('Observation/o1?_pretty=yes', professional, { Prefer: 'handling=lenient' })).status).toBe(200);
});

describe('what the caller may not see', () => {
  /** Every way of reading one resource. */
  const ways = ['Observation/ID', 'Observation/ID/_history', 'Observation/ID/_history/1', 'Binary/ID', 'Binary/ID/_history/1', 'Patient/ID/$everything'];

  test.each(ways)('%s: answers like an id that never was', async (way) => {
    const [type = ''] = way.split('/');
    const id = type === 'Patient' ? 'a' : 'o1';
    await server.put({ resourceType: type, id, ...(type === 'Binary' ? { contentType: 'text/plain', data: 'aGVsbG8=' } : {}) });
    await server.put(consent, closes());
    const [hidden, missing] = [await server.get(way.replace('ID', id)), await server.get(way.replace('ID', 'never'))];
    expect(hidden.status).toBe(404);
    expect(hidden.text).toBe(missing.text.replace('never', id));
    expect(hidden.headers).toEqual(missing.headers);
    expect(hidden.audit).toEqual(missing.audit);
    expect((await server.get(way.replace('ID', id), person('a'))).status).toBe(200);
  });

  test.each(ways.slice(0, 3))('%s: once deleted it is 404, not 410, to those who could not see it', async (way) => {
    await server.put(weight('1'));
    await server.put(consent, blocks('810000000001'));
    await server.remove('Observation', 'o1');
    expect((await server.get(way.replace('ID', 'o1'))).status).toBe(404);
    expect((await server.get(way.replace('ID', 'o1'), colleague)).status).not.toBe(404);
  });

  test('a condition tells nothing either', async () => {
    await server.put(weight('1'));
    await server.put(consent, closes());
    for (const headers of [{ 'If-None-Match': '*' }, { 'If-None-Match': 'W/"1"' }, { 'If-Modified-Since': new Date(Date.now() + 86_400_000).toUTCString() }]) {
      expect((await server.get('Observation/o1', professional, headers)).status).toBe(404);
    }
  });

  test('a consent is in force on the very next request, and its end too', async () => {
    await server.put(weight('1'));
    expect((await server.get('Observation/o1')).status).toBe(200);
    await server.put(consent, closes());
    expect((await server.get('Observation/o1')).status).toBe(404);
    await server.remove('Consent', 'consent');
    expect((await server.get('Observation/o1')).status).toBe(200);
  });

  test('a person sees their own record only, software only what its structure wrote', async () => {
    await server.put(weight('1'), { structures: ['1750000001'] });
    expect((await server.get('Observation/o1', person('b'))).status).toBe(404);
    expect((await server.get('Observation/o1', software('1750000001'))).status).toBe(200);
    expect((await server.get('Observation/o1', software('1750000002'))).status).toBe(404);
    expect((await server.get('Observation/o1', operator)).status).toBe(200);
  });
});

describe('history', () => {
  interface HistoryEntry { readonly fullUrl: string; readonly resource?: unknown; readonly request: { method: string; url: string }; readonly response: { status: string; etag: string; lastModified: string } }
  const history = async (target: string) => {
    const reply = await server.get(target);
    return { reply, entries: entriesOf(reply) as unknown as HistoryEntry[] };
  };
  const tags = (entries: readonly HistoryEntry[]) => entries.map(({ response }) => response.etag);

  test('tells every version newest first, deletions and what came after them included', async () => {
    await server.put(weight('1'));
    await server.put(weight('2'));
    await server.remove('Observation', 'o1');
    const last = await server.put(weight('4'));
    const { reply, entries } = await history('Observation/o1/_history');
    expect(reply.json).toMatchObject({ resourceType: 'Bundle', type: 'history', link: [{ relation: 'self', url: `${base}/Observation/o1/_history` }] });
    expect(entries.map(({ request, response }) => [request.method, request.url, response.status, response.etag])).toEqual([
      ['PUT', 'Observation/o1', '200', 'W/"4"'], ['DELETE', 'Observation/o1', '204', 'W/"3"'], ['PUT', 'Observation/o1', '200', 'W/"2"'], ['PUT', 'Observation/o1', '201', 'W/"1"'],
    ]);
    expect(entries.map(({ resource }) => resource !== undefined)).toEqual([true, false, true, true]);
    expect(entries[0]).toMatchObject({ fullUrl: `${base}/Observation/o1`, response: { lastModified: new Date(last.lastUpdated).toISOString() } });
    expect(reply.audit).toEqual({ interaction: 'history-instance', type: 'Observation', id: 'o1', patients: ['a'] });
  });

  test('the first version under an id of the server was created by POST', async () => {
    const id = '0190a5c1-7b2e-7000-8000-0123456789ab';
    await server.put(weight('1', id));
    const { entries } = await history(`Observation/${id}/_history`);
    expect(entries[0]?.request).toEqual({ method: 'POST', url: 'Observation' });
  });

  test('pages give every version once, also when a new one is written meanwhile', async () => {
    for (let version = 1; version <= 5; version++) await server.put(weight(String(version)));
    const seen: string[] = [];
    let target: string | undefined = 'Observation/o1/_history?_count=2';
    while (target !== undefined) {
      const { reply, entries } = await history(target);
      expect(reply.status).toBe(200);
      seen.push(...tags(entries));
      target = linkOf(reply, 'next');
      if (target !== undefined) expect(target).toMatch(/^Observation\/o1\/_history\?_cursor=[\w-]+$/);
      if (seen.length === 2) await server.put(weight('6'));
    }
    expect(seen).toEqual(['W/"5"', 'W/"4"', 'W/"3"', 'W/"2"', 'W/"1"']);
  });

  test('a page link of one resource does not turn the pages of another', async () => {
    for (const id of ['o1', 'o2']) for (const value of ['1', '2']) await server.put(weight(value, id));
    const next = linkOf((await history('Observation/o1/_history?_count=1')).reply, 'next') ?? '';
    expect((await server.get(next.replace('o1', 'o2'))).status).toBe(400);
    expect((await server.get(next, colleague)).status).toBe(400);
    await server.put(consent, blocks('810000000001'));
    expect((await server.get(next)).status).toBe(404);
  });

  test('_since tells what was made from then on, _at what was current at a time', async () => {
    const first = await server.put(weight('1'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await server.put(weight('2'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const third = await server.put(weight('3'));
    const at = (ms: number) => new Date(ms).toISOString();
    expect(tags((await history(`Observation/o1/_history?_since=${at(second.lastUpdated)}`)).entries)).toEqual(['W/"3"', 'W/"2"']);
    expect(tags((await history(`Observation/o1/_history?_since=${at(third.lastUpdated + 1)}`)).entries)).toEqual([]);
    expect(tags((await history(`Observation/o1/_history?_at=${at(second.lastUpdated)}`)).entries)).toEqual(['W/"2"']);
    expect(tags((await history(`Observation/o1/_history?_at=${at(second.lastUpdated - 1)}`)).entries)).toEqual(['W/"1"']);
    expect(tags((await history(`Observation/o1/_history?_at=${at(first.lastUpdated - 1)}`)).entries)).toEqual([]);
  });

  test.each(['_count=x', '_count=-1', '_since=soon', '_at=2026-02-30', '_since=2026&_at=2026', '_count=1&_count=2', 'name=x'])('%s is refused', async (query) => {
    await server.put(weight('1'));
    expect((await server.get(`Observation/o1/_history?${query}`)).status).toBe(400);
  });

  test('_count is cut to the most that a page may hold', async () => {
    for (let version = 1; version <= 52; version++) await server.put(weight(String(version)));
    const { reply, entries } = await history('Observation/o1/_history?_count=1000');
    expect(entries).toHaveLength(50);
    expect(linkOf(reply, 'self')).toBe('Observation/o1/_history?_count=50');
  });

  test('_count=0 counts only', async () => {
    await server.put(weight('1'));
    await server.put(weight('2'));
    const { reply, entries } = await history('Observation/o1/_history?_count=0');
    expect(entries).toEqual([]);
    expect(linkOf(reply, 'next')).toBeUndefined();
    expect(reply.json).toMatchObject({ total: 2 });
  });
});

describe('parts of a resource', () => {
  const patient = {
    resourceType: 'Patient', id: 'p', meta: { profile: ['http://example.org/p'], tag: [{ code: 'mine' }] }, text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' },
    active: true, name: [{ family: 'Dupont', given: ['Ève'], extension: [{ url: 'http://example.org/e', valueBoolean: true }] }], birthDate: '1970-01-01', _birthDate: { id: 'bd' },
    maritalStatus: { text: 'x' }, contact: [{ name: { family: 'Martin' } }], link: [{ other: { reference: 'Patient/q' }, type: 'seealso' }],
  };
  const keys = async (query: string, id = 'Patient/p') => Object.keys((await server.get(`${id}?${query}`)).json as object).sort();
  beforeEach(() => server.put(patient));

  test('_elements keeps the named ones, what is mandatory and what modifies the meaning', async () => {
    expect(await keys('_elements=birthDate')).toEqual(['_birthDate', 'active', 'birthDate', 'id', 'link', 'meta', 'resourceType']);
    await server.put(weight('1'));
    expect(await keys('_elements=subject', 'Observation/o1')).toEqual(['code', 'id', 'meta', 'resourceType', 'status']);
    expect(await keys('_elements=value', 'Observation/o1')).toEqual(['code', 'id', 'meta', 'resourceType', 'status', 'valueQuantity']);
  });

  test('_summary=true keeps what the standard marks, at every depth', async () => {
    expect(await keys('_summary=true')).toEqual(['_birthDate', 'active', 'birthDate', 'id', 'link', 'meta', 'name', 'resourceType']);
    expect((await server.get('Patient/p?_summary=true')).json).toMatchObject({ name: [{ family: 'Dupont', given: ['Ève'] }] });
    expect((await server.get('Patient/p?_summary=true')).text).not.toContain('http://example.org/e');
  });

  test('_summary=text keeps the narrative, _summary=data everything else', async () => {
    expect(await keys('_summary=text')).toEqual(['id', 'meta', 'resourceType', 'text']);
    expect(await keys('_summary=data')).toEqual(Object.keys(patient).filter((key) => key !== 'text').sort());
    expect(await keys('_summary=false')).toEqual(Object.keys(patient).sort());
  });

  test('a part is tagged as such, the whole is not', async () => {
    expect((await server.get('Patient/p?_summary=data')).json).toMatchObject({
      meta: { versionId: '1', profile: ['http://example.org/p'], tag: [{ code: 'mine' }, { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }] },
    });
    expect((await server.get('Patient/p?_summary=false')).text).not.toContain('SUBSETTED');
  });

  test('digits survive', async () => {
    await server.put(weight('72.500'));
    expect((await server.get('Observation/o1?_elements=value')).text).toContain('"value":72.500');
  });

  test.each(['_summary=count', '_summary=x', '_summary=true&_elements=name', '_summary=true&_summary=data'])('%s is refused', async (query) => {
    expect((await server.get(`Patient/p?${query}`)).status).toBe(400);
  });
});

test('what is public is seen by every authenticated caller', async () => {
  await server.put({ resourceType: 'Practitioner', id: 'pr' }, { exposure: 'public', owners: [] });
  for (const actor of [professional, person('b'), software('1750000001'), operator]) expect((await server.get('Practitioner/pr', actor)).status).toBe(200);
  expect(named(await server.get('Practitioner', person('b')))).toEqual(['Practitioner/pr']);
});
