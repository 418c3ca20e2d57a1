import type { JsonObject } from '../../src/fhir/json';
import { base, blocks, closes, colleague, consent, entriesOf, linkOf, named, operator, person, professional, reading, type Reading } from './reading';

let server: Reading;
beforeEach(async () => {
  server = await reading();
  await server.put(patient('a', 'Martin'));
});
afterEach(() => server.close());

const matricule = '279035121518989';
const patient = (id: string, family: string): JsonObject => ({ resourceType: 'Patient', id, name: [{ family }], identifier: [{ system: 'urn:oid:1.2.250.1.213.1.4.10', value: matricule }] });
const observation = (id: string, more: JsonObject = {}): JsonObject => ({
  resourceType: 'Observation', id, status: 'final', code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] }, subject: { reference: 'Patient/a' }, ...more,
});
const form = (body: string) => ({ body, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });

/** Follows the pages to the end; `between` runs after the first one. */
async function pages(target: string, between: () => Promise<unknown> = async () => undefined, actor = professional): Promise<string[]> {
  const seen: string[] = [];
  let next: string | undefined = target;
  for (let page = 1; next !== undefined; page++) {
    const reply = await server.get(next, actor);
    expect(reply.status).toBe(200);
    seen.push(...named(reply));
    next = linkOf(reply, 'next');
    if (page === 1) await between();
    if (page > 50) throw new Error('the pages never end');
  }
  return seen;
}
const observations = (...numbers: number[]) => numbers.map((number) => `Observation/o${number}`);

test('a searchset is made of the stored texts', async () => {
  const stored = await server.put(`{"resourceType":"Observation","id":"o1","status":"final","valueQuantity":{"value":1.00}}`);
  const reply = await server.get('Observation?status=final');
  expect(reply.json).toMatchObject({
    resourceType: 'Bundle', type: 'searchset', total: 1,
    link: [{ relation: 'self', url: expect.stringMatching(new RegExp(`^${base}/Observation\\?.*status=final`)) }],
    entry: [{ fullUrl: `${base}/Observation/o1`, search: { mode: 'match' } }],
  });
  expect(reply.text).toContain(stored.text);
  expect(reply.audit).toEqual({ interaction: 'search-type', type: 'Observation', patients: ['a'] });
});

test('Bundle.meta.lastUpdated is a _since that misses nothing written later', async () => {
  await server.put(observation('o1'));
  const { meta } = (await server.get('Observation')).json as { meta: { lastUpdated: string } };
  await server.put(observation('o2'));
  expect(named(await server.get(`Observation?_lastUpdated=ge${meta.lastUpdated}`))).toContain('Observation/o2');
});

test('nothing found is a Bundle without entries', async () => {
  const reply = await server.get('Observation?status=final');
  expect(reply.json).toMatchObject({ total: 0 });
  expect(reply.json).not.toHaveProperty('entry');
});

describe('POST _search', () => {
  test('takes the criteria of the form and of the URL together', async () => {
    await server.put(observation('o1'));
    await server.put(observation('o2', { status: 'amended' }));
    const reply = await server.ask('POST', 'Observation/_search?status=final', professional, form('code=29463-7'));
    expect(named(reply)).toEqual(['Observation/o1']);
    expect(linkOf(reply, 'self')).toMatch(/^Observation\?/);
    expect(named(await server.ask('POST', 'Observation/_search', professional, form('status=amended')))).toEqual(['Observation/o2']);
    expect(named(await server.ask('POST', 'Observation/_search?status=final', professional))).toEqual(['Observation/o1']);
  });

  test('gives page links that GET follows', async () => {
    await Promise.all([1, 2, 3].map((number) => server.put(observation(`o${number}`))));
    const reply = await server.ask('POST', 'Observation/_search', professional, form('_count=2'));
    expect(named(await server.get(linkOf(reply, 'next') ?? ''))).toHaveLength(1);
  });

  test.each([
    ['another type', { body: '{}', headers: { 'Content-Type': 'application/fhir+json' } }, 415],
    ['too long', form(`code=${'x'.repeat(300_000)}`), 413],
  ])('%s is refused', async (_, call, status) => {
    expect((await server.ask('POST', 'Observation/_search', professional, call)).status).toBe(status);
  });
});

describe('unknown parameters', () => {
  test.each(['nothing=1', 'name[$ne]=1', '_unknown=1'])('%s is refused by name', async (query) => {
    expect(await server.get(`Observation?${query}`)).toMatchObject({ status: 400, json: { resourceType: 'OperationOutcome' } });
  });

  test('are ignored and named when the caller is lenient, on every page', async () => {
    await Promise.all([1, 2, 3].map((number) => server.put(observation(`o${number}`))));
    const reply = await server.get('Observation?nothing=1&_count=2', professional, { Prefer: 'handling=lenient' });
    expect(entriesOf(reply).map(({ search }) => search.mode)).toEqual(['match', 'match', 'outcome']);
    expect(entriesOf(reply)[2]?.resource).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ severity: 'warning', diagnostics: expect.stringContaining('nothing') }] });
    expect(linkOf(reply, 'self')).not.toContain('nothing');
    // The link is followed without the header.
    expect((await server.get(linkOf(reply, 'next') ?? '')).status).toBe(200);
  });

  test('are ignored when the setting says so, unless the caller is strict', async () => {
    const lenient = await reading({ services: { searchHandling: 'lenient' } });
    expect((await lenient.get('Observation?nothing=1')).status).toBe(200);
    expect((await lenient.get('Observation?nothing=1', professional, { Prefer: 'handling=strict' })).status).toBe(400);
    await lenient.close();
  });
});

describe('pages', () => {
  beforeEach(async () => {
    for (let number = 1; number <= 5; number++) await server.put(observation(`o${number}`));
  });

  test('give every match once', async () => {
    expect((await pages('Observation?_count=2')).sort()).toEqual(observations(1, 2, 3, 4, 5));
    expect((await pages('Observation?_count=2&_sort=-_lastUpdated')).sort()).toEqual(observations(1, 2, 3, 4, 5));
    expect(await pages('Observation?_count=2&_sort=_id')).toEqual(observations(1, 2, 3, 4, 5));
  });

  test('the link is a cursor, with nothing beside it and nothing to read in it', async () => {
    await server.put(patient('b', 'Martin'), { owners: ['b'] });
    const next = linkOf(await server.get(`Patient?identifier=${matricule}&_count=1`), 'next') ?? '';
    expect(next).toMatch(/^Patient\?_cursor=[A-Za-z0-9_-]+$/);
    expect(`${base}/${next}`.length).toBeLessThan(4096);
    expect(Buffer.from(next.split('=')[1] ?? '', 'base64url').toString('latin1')).not.toContain(matricule);
    expect(named(await server.get(next))).toHaveLength(1);
  });

  test('what is created meanwhile does not appear', async () => {
    expect((await pages('Observation?_count=2', () => server.put(observation('o0')))).sort()).toEqual(observations(1, 2, 3, 4, 5));
    expect((await pages('Observation?_count=2&_sort=_id', () => server.put(observation('o35')))).sort()).not.toContain('Observation/o35');
  });

  test.each(['', '&_sort=_lastUpdated', '&_sort=-_lastUpdated', '&_sort=_id'])('what changes meanwhile appears at most once, the others exactly once (%s)', async (sort) => {
    const seen = await pages(`Observation?_count=2${sort}`, () => Promise.all([1, 3, 5].map((number) => server.put(observation(`o${number}`, { status: 'amended' })))));
    expect(seen.filter((name) => name === 'Observation/o2')).toHaveLength(1);
    expect(seen.filter((name) => name === 'Observation/o4')).toHaveLength(1);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('what is deleted meanwhile does not appear on a later page', async () => {
    const first = await server.get('Observation?_count=2&_sort=_id');
    await server.remove('Observation', 'o4');
    expect(named(first)).toEqual(observations(1, 2));
    expect(named(await server.get(linkOf(first, 'next') ?? ''))).toEqual(observations(3, 5));
  });

  test('every page is decided again', async () => {
    const first = await server.get('Observation?_count=2');
    await server.put(consent, closes());
    const second = await server.get(linkOf(first, 'next') ?? '');
    expect(second.status).toBe(200);
    expect(second.text).not.toContain('Observation/o');
    expect(second.audit.patients).toEqual([]);
  });

  test('a link that was altered, is old, is another caller\'s, or has something beside it is refused', async () => {
    const next = linkOf(await server.get('Observation?_count=2'), 'next') ?? '';
    const bad = [`${next.slice(0, -1)}${next.endsWith('A') ? 'B' : 'A'}`, `${next}&status=final`, `${next}&_count=1`, `${next}&${next.split('?')[1]}`, next.replace('Observation', 'Condition'), 'Observation?_cursor='];
    for (const target of bad) expect(await server.get(target)).toMatchObject({ status: 400, json: { issue: [{ code: 'invalid' }] } });
    for (const actor of [colleague, operator, person('a')]) expect((await server.get(next, actor)).status).toBe(400);
    expect((await server.get(`${next}&_format=json`)).status).toBe(200);
    server.time.ahead = 24 * 3_600_000 + 60_000;
    expect((await server.get(next)).status).toBe(400);
  });

  test('_count is cut to the most that a page may hold', async () => {
    expect(linkOf(await server.get('Observation?_count=5000'), 'self')).toContain('_count=50');
  });
});

describe('totals', () => {
  test('count what the caller may see only', async () => {
    await server.put(observation('o1'));
    await server.put(observation('x1'), { owners: ['b'] });
    expect((await server.get('Observation?_total=accurate')).json).toMatchObject({ total: 2 });
    await server.put(consent, closes());
    for (const query of ['_total=accurate', '_total=estimate', '_count=0', '_summary=count', '']) {
      const { json } = await server.get(`Observation?${query}`);
      expect((json as { total?: number }).total ?? 1).toBe(1);
    }
    expect((await server.get('Observation?_total=accurate', operator)).json).toMatchObject({ total: 2 });
  });

  test.each(['_count=0', '_summary=count'])('%s counts only', async (query) => {
    await server.put(observation('o1'));
    const reply = await server.get(`Observation?${query}`);
    expect(reply.json).toMatchObject({ type: 'searchset', total: 1 });
    expect(entriesOf(reply)).toEqual([]);
    expect(linkOf(reply, 'next')).toBeUndefined();
    expect(reply.audit.patients).toEqual([]);
  });
});

describe('what the caller may not see', () => {
  beforeEach(async () => {
    await server.put(observation('o1'));
    await server.put(consent, blocks('810000000001'));
  });

  test.each([
    'Observation', 'Observation?_id=o1', 'Observation?patient=a', 'Observation?subject:Patient.name=martin', 'Patient?name=martin', `Patient?identifier=${matricule}`,
    'Patient?_has:Observation:patient:code=29463-7', 'Observation?code=29463-7&_sort=-date', 'Consent', 'Observation?code:not=1-1', 'Patient?name:missing=false',
  ])('%s finds it for a colleague, and nothing for who is blocked', async (target) => {
    const asked = target === 'Consent' ? person('a') : colleague;
    expect(entriesOf(await server.get(target, asked))).not.toEqual([]);
    const blocked = await server.get(target);
    expect(entriesOf(blocked)).toEqual([]);
    expect(blocked.json).toMatchObject({ total: 0 });
    expect(blocked.audit.patients).toEqual([]);
  });

  test('neither included nor reverse-included', async () => {
    await server.put(observation('x1', { subject: { reference: 'Patient/b' }, hasMember: [{ reference: 'Observation/o1' }] }), { owners: ['b'] });
    await server.put(patient('b', 'Bernard'), { owners: ['b'] });
    const target = 'Observation?_id=x1&_include=Observation:has-member&_include=Observation:subject';
    expect(named(await server.get(target, colleague)).sort()).toEqual(['Observation/o1', 'Observation/x1', 'Patient/b']);
    const blocked = await server.get(target);
    expect(named(blocked).sort()).toEqual(['Observation/x1', 'Patient/b']);
    expect(blocked.audit.patients).toEqual(['b']);
  });
});

test('the audit names the owners of matches and of what is included', async () => {
  await server.put(observation('o1', { hasMember: [{ reference: 'Observation/x1' }] }));
  await server.put(observation('x1'), { owners: ['b'] });
  const reply = await server.get('Observation?_id=o1&_include=Observation:has-member');
  expect(entriesOf(reply).map(({ search }) => search.mode)).toEqual(['match', 'include']);
  expect([...reply.audit.patients].sort()).toEqual(['a', 'b']);
});

test('no link repeats a matricule', async () => {
  for (const query of [`identifier=${matricule}`, `identifier=urn:oid:1.2.250.1.213.1.4.10|${matricule}`, `name=martin&identifier=urn%3Aoid%3A1.2.250.1.213.1.4.10%7C${matricule}`]) {
    const reply = await server.get(`Patient?${query}`);
    expect(named(reply)).toEqual(['Patient/a']);
    expect(JSON.stringify((reply.json as { link: unknown }).link)).not.toContain(matricule);
  }
  await server.put(observation('o1'));
  const reply = await server.get(`Observation?subject:Patient.identifier=${matricule}`);
  expect(named(reply)).toEqual(['Observation/o1']);
  expect(JSON.stringify((reply.json as { link: unknown }).link)).not.toContain(matricule);
});

describe('parts of what is found', () => {
  test('_elements is for the matches, and says that they are not whole', async () => {
    await server.put(observation('o1', { note: [{ text: 'x' }] }));
    const reply = await server.get('Observation?_elements=status&_include=Observation:subject');
    const [match, include] = entriesOf(reply);
    expect(Object.keys(match?.resource ?? {}).sort()).toEqual(['code', 'id', 'meta', 'resourceType', 'status']);
    expect(include?.resource).toMatchObject({ resourceType: 'Patient', name: [{ family: 'Martin' }] });
    expect((reply.json as { meta: unknown }).meta).toMatchObject({ tag: [{ code: 'SUBSETTED' }] });
  });

  test('_summary=text gives the narrative', async () => {
    await server.put(observation('o1', { text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' }, note: [{ text: 'x' }] }));
    const [match] = entriesOf(await server.get('Observation?_summary=text'));
    expect(Object.keys(match?.resource ?? {}).sort()).toEqual(['code', 'id', 'meta', 'resourceType', 'status', 'text']);
  });
});

test('a page of large resources is whole', async () => {
  const text = 'é'.repeat(300_000);
  for (const id of ['o1', 'o2', 'o3', 'o4']) await server.put(observation(id, { note: [{ text }] }));
  const entries = entriesOf(await server.get('Observation?_sort=_id'));
  expect(entries.map(({ resource }) => [resource.id, (resource as unknown as { note: { text: string }[] }).note[0]?.text === text])).toEqual([['o1', true], ['o2', true], ['o3', true], ['o4', true]]);
});

describe('_security finds what a read shows in meta.security', () => {
  const visibility = 'https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument';
  interface Coding { readonly system?: string; readonly code?: string }
  /** Value -> whether a read that shows these labels is found. */
  const questions: Readonly<Record<string, (labels: readonly Coding[]) => boolean>> = {
    '_security=MASQUE_PS': (labels) => labels.some(({ code }) => code === 'MASQUE_PS'),
    [`_security=${visibility}|INVISIBLE_PATIENT`]: (labels) => labels.some(({ system, code }) => system === visibility && code === 'INVISIBLE_PATIENT'),
    [`_security=${visibility}|`]: (labels) => labels.some(({ system }) => system === visibility),
    '_security=|MASQUE_PS': () => false,
    '_security=urn:l|MASQUE_PS': (labels) => labels.some(({ system, code }) => system === 'urn:l' && code === 'MASQUE_PS'),
    '_security=R,INVISIBLE_PATIENT': (labels) => labels.some(({ code = '' }) => ['R', 'INVISIBLE_PATIENT'].includes(code)),
    '_security=R&_security=MASQUE_PS': (labels) => ['R', 'MASQUE_PS'].every((wanted) => labels.some(({ code }) => code === wanted)),
    '_security:not=MASQUE_PS': (labels) => !labels.some(({ code }) => code === 'MASQUE_PS'),
    '_security:missing=true': (labels) => labels.length === 0,
    '_security:missing=false': (labels) => labels.length > 0,
    '_filter=_security eq INVISIBLE_PATIENT or _security eq R': (labels) => labels.some(({ code = '' }) => ['R', 'INVISIBLE_PATIENT'].includes(code)),
  };
  const document = (id: string, labels: readonly ('MASQUE_PS' | 'INVISIBLE_PATIENT')[], chain = id) =>
    server.put({ resourceType: 'DocumentReference', id, status: 'current', content: [{ attachment: {} }] }, { documentFacts: { chainKeys: [chain], labels, authors: [] } });
  const agrees = async (): Promise<void> => {
    const reads = await Promise.all(['drawn', 'both', 'plain', 'own', 'later'].map((id) => server.get(`Observation/${id}`, operator)));
    const shown = reads.map(({ json }) => json as { id: string; meta: { security?: Coding[] } });
    for (const [question, holds] of Object.entries(questions)) {
      const expected = shown.filter(({ meta: { security = [] } }) => holds(security)).map(({ id }) => `Observation/${id}`);
      expect([question, named(await server.get(`Observation?${question}`, operator)).sort()]).toEqual([question, expected.sort()]);
      expect([question, named(await server.get(`?_type=Observation,Condition&${question}`, operator)).sort()]).toEqual([question, expected.sort()]);
    }
  };

  test('also where the labels of the document change, and on a chain', async () => {
    await document('d1', ['MASQUE_PS'], 'k');
    await document('d2', []);
    await server.put(observation('drawn'), { document: 'd1' });
    await server.put(observation('both', { meta: { security: [{ system: 'urn:l', code: 'R' }] } }), { document: 'd1' });
    await server.put(observation('later'), { document: 'd2' });
    await server.put(observation('own', { meta: { security: [{ system: 'urn:l', code: 'MASQUE_PS' }] } }));
    await server.put(observation('plain'));
    await agrees();
    await document('d2', ['INVISIBLE_PATIENT']);
    await agrees();
    await document('d1', [], 'k');
    await document('d3', ['MASQUE_PS'], 'k');
    await agrees();
    expect(named(await server.get('Patient?_has:Observation:patient:_security=INVISIBLE_PATIENT', operator))).toEqual(['Patient/a']);
    for (const hidden of ['_security=MASQUE_PS', '_security:missing=false', `_security=${visibility}|`]) expect([hidden, named(await server.get(`Observation?${hidden}`))]).toEqual([hidden, named(await server.get('Observation')).filter((name) => !/drawn|both/.test(name) && (hidden === '_security=MASQUE_PS' ? /own/ : hidden.endsWith('|') ? /later/ : /own|later/).test(name))]);
  });
});
