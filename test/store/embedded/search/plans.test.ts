/** How searches are served: through which indexes, and over how many of their rows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inSnapshot, openReadConnection, type Connection } from '../../../../src/store/embedded/connection';
import { readNames } from '../../../../src/store/embedded/names';
import { openEmbedded } from '../../../../src/store/embedded/open';
import { Meter, TooLongHere } from '../../../../src/store/embedded/search/context';
import { searchPage } from '../../../../src/store/embedded/search/page';
import { grantToWire } from '../../../../src/store/embedded/grant-wire';
import type { Reach } from '../../../../src/access/grant';
import { pointInterval } from '../../../../src/search/decimal-interval';
import type { Clause, Comparison, SearchPlan } from '../../../../src/search/plan';
import { entriesOf, grantOf, ownedBy, planOf, publicFacts, write, type Draft } from '../../../contract/search-support';

const silent = { warn: () => undefined, error: () => undefined };
const professional: Reach = { kind: 'professional', keys: ['professional|1', 'structure|1'] };

const size = 4_000;
const patients = 40;
const local = (param: string, type: string, id: string) => ({ param, form: 'local' as const, type, id });
function observation(at: number): Draft {
  const patient = `p${at % patients}`;
  const token = (code: string, value: string) => ({ param: `Observation.${code}`, code: value, system: 'urn:s', mark: 3 as const });
  return {
    type: 'Observation', id: `o${at}`, access: ownedBy([patient]),
    entries: entriesOf({
      token: [token('code', `c${at % 7}`), token('status', 'final'), ...(at % 100 === 0 ? [token('flag', 'rare')] : []), token('version', `1.${at % 4}`)],
      reference: [local('Observation.subject', 'Patient', patient), local('Observation.performer', 'Practitioner', `d${at % 3}`), { param: 'Observation.definition', form: 'canonical', url: `http://a.test/d${at % 9}`, version: `1.${at % 4}` }],
      position: [at % 100 === 0 ? { param: 'Observation.near', latitude: 48.85 + at / 1e6, longitude: 2.35 } : { param: 'Observation.near', latitude: (at % 90) - 80, longitude: (at % 340) - 170 }],
      string: [{ param: 'Observation.name', exact: `n${at}`, folded: `n${at}`, mark: 3 }],
      date: [{ param: 'Observation.date', lo: at * 10, hi: at * 10 + 1, mark: 3 }], mainDate: at * 10,
      number: [{ param: 'Observation.number', lo: at, hi: at + 1, mark: 3 }],
      quantity: [{ param: 'Observation.value', unit: 'kg', lo: at % 50, hi: (at % 50) + 1, mark: 3 }, { param: 'Observation.weight', unit: 'kg', ...(at === 7 ? { lo: -Infinity, hi: Infinity } : pointInterval(at)), mark: 3 }],
      uri: [{ param: 'Observation.uri', value: `http://a.test/${at % 9}/${at}`, mark: 3 }, { param: 'Observation.url', value: `http://a.test/d${at}` }],
      composite: [{ param: 'Observation.code-value', code: `c${at % 7}`, system: 'urn:s', second: { kind: 'quantity', unit: 'kg', lo: at % 50, hi: (at % 50) + 1 } }],
    }),
  };
}

let folder: string;
let connection: Connection;
const texts = new Set<string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'passerelle-test-'));
  const store = await openEmbedded({ directory: folder, identity: { domain: 'test' }, log: silent });
  await write(store, [
    ...Array.from({ length: patients }, (_, at): Draft => ({ type: 'Patient', id: `p${at}`, access: ownedBy([`p${at}`]), entries: entriesOf({ token: [{ param: 'Patient.gender', code: at % 2 ? 'male' : 'female', system: '' }, { param: 'Patient.identifier', code: `i${at}`, system: 'urn:i' }] }) })),
    ...Array.from({ length: 3 }, (_, at): Draft => ({ type: 'Practitioner', id: `d${at}`, access: publicFacts, entries: entriesOf({}) })),
  ]);
  for (let at = 0; at < size; at += 1_000) await write(store, Array.from({ length: 1_000 }, (_, more) => observation(at + more)));
  await store.close();
  connection = openReadConnection(folder);
});
afterAll(() => {
  connection.close();
  rmSync(folder, { recursive: true });
});

function run(plan: SearchPlan, meter = new Meter()): number {
  const recording: Connection = Object.assign(Object.create(connection) as Connection, {
    prepare: (text: string) => {
      texts.add(text);
      return connection.prepare(text);
    },
  });
  return inSnapshot(connection, () => searchPage(recording, readNames(connection), { grant: grantToWire(grantOf(professional)), plan }, meter)).matches.length;
}

const token = (code: string, value: string): Clause => ({ kind: 'token', param: `Observation.${code}`, code: value });
const subject = (id: string): Clause => ({ kind: 'reference', param: 'Observation.subject', target: { form: 'local', type: 'Patient', id } });
const and = (...of: readonly Clause[]): Clause => ({ kind: 'and', of });
const compare = (prefix: Comparison['prefix'], lo: number, hi: number): Comparison => ({ prefix, lo, hi });
const chain = (where: Clause): Clause => ({ kind: 'chain', param: 'Observation.subject', targets: ['Patient'], where });
const has = (where: Clause): Clause => ({ kind: 'has', type: 'Observation', param: 'Observation.subject', where });
const prefixes = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const;

const near = (metres: number, latitude = 48.85): Clause => ({ kind: 'near', param: 'Observation.near', latitude, longitude: 2.35, metres });
const nears = [near(1_000), near(200_000), near(5_000_000), near(1_000, 90)];
const codesOf = ([[{ system: 'urn:s', codes: ['c1', 'c2', 'c3'] }], [{ system: 'urn:s' }], [{ system: 'urn:s', codes: ['c1'] }, { system: 'urn:none' }]] as const).map((groups): Clause => ({ kind: 'tokens', param: 'Observation.code', groups }));
const flags: Clause = { kind: 'tokens', param: 'Observation.flag', groups: [{ system: 'urn:s', codes: ['rare', 'none'] }] };
const members = (ids: readonly string[]): Clause => ({ kind: 'reference', param: 'Observation.subject', target: { form: 'members', type: 'Patient', ids } });
const canonical = (version?: string, below?: true): Clause => ({ kind: 'reference', param: 'Observation.definition', target: { form: 'canonical', url: 'http://a.test/d1', ...(version === undefined ? {} : { version, ...(below ? { below } : {}) }) } });

/** `_list`, and `_contained`. */
const listed: Clause = { kind: 'has', type: 'List', param: 'List._list', where: { kind: 'ids', ids: ['l1'], type: 'List' } };
const inside: Clause = { kind: 'contains', types: ['Medication'], where: { kind: 'token', param: 'Medication.code', code: 'c1' } };

const wheres: readonly Clause[] = [
  { kind: 'all' }, token('code', 'c1'), { kind: 'token', param: 'Observation.code', system: 'urn:s' }, subject('p1'), and(subject('p1'), token('code', 'c1')),
  { kind: 'not', of: token('code', 'c1') }, { kind: 'or', of: [token('code', 'c1'), token('code', 'c2'), subject('p3')] },
  { kind: 'string', param: 'Observation.name', match: 'starts', text: 'n39' }, { kind: 'string', param: 'Observation.name', match: 'contains', text: '399' }, { kind: 'string', param: 'Observation.name', match: 'exact', text: 'n7' },
  ...prefixes.map((prefix): Clause => ({ kind: 'date', param: 'Observation.date', compare: compare(prefix, 20_000, 20_100) })),
  ...prefixes.map((prefix): Clause => ({ kind: 'number', param: 'Observation.number', compare: compare(prefix, 200, 210) })),
  { kind: 'quantity', param: 'Observation.value', unit: 'kg', compare: compare('ge', 40, 41) }, { kind: 'quantity', param: 'Observation.value', compare: compare('lt', 3, 4) },
  { kind: 'uri', param: 'Observation.uri', match: 'exact', value: 'http://a.test/1/1' }, { kind: 'uri', param: 'Observation.uri', match: 'below', value: 'http://a.test/1' }, { kind: 'uri', param: 'Observation.uri', match: 'above', value: 'http://a.test/1/1/x' },
  { kind: 'composite', param: 'Observation.code-value', code: 'c1', second: { kind: 'quantity', unit: 'kg', compare: compare('gt', 40, 41) } },
  { kind: 'composite', param: 'Observation.code-value', code: 'c1', second: { kind: 'quantity', unit: 'kg', compare: compare('gt', 40, 41) }, third: compare('lt', 3, 4) },
  ...nears, ...codesOf, members(['p1', 'p2', 'p3']), members(Array.from({ length: 30 }, (_, at) => `p${at}`)), canonical(undefined), canonical('1.1'), canonical('1', true), { kind: 'code-starts', param: 'Observation.code', starts: ['c1', 'c2'] }, { kind: 'missing', param: 'Observation.near', valueKind: 'position', missing: true },
  { kind: 'missing', param: 'Observation.flag', valueKind: 'token', missing: true }, { kind: 'missing', param: 'Observation.flag', valueKind: 'token', missing: false },
  { kind: 'ids', ids: ['o1', 'o2'] }, { kind: 'lastUpdated', compare: compare('ge', 0, 1) }, { kind: 'compartment', patient: 'p1' }, { kind: 'shared-by', patient: 'p1' }, { kind: 'drawn-from', document: 'none' }, { kind: 'labelled', labels: ['MASQUE_PS'] }, listed, inside,
  chain({ kind: 'token', param: 'Patient.gender', code: 'male' }), chain({ kind: 'token', param: 'Patient.identifier', system: 'urn:i', code: 'i3' }), chain(has(token('flag', 'rare'))), chain({ kind: 'not', of: { kind: 'token', param: 'Patient.gender', code: 'male' } }),
];
const sorts: readonly SearchPlan['sort'][] = [
  [], [{ by: '_id', descending: true }], [{ by: '_lastUpdated', descending: true }],
  ...(['date', 'name', 'number', 'value', 'uri', 'code', 'subject'] as const).flatMap((code) => [true, false].map((descending): SearchPlan['sort'] => [
    { by: { param: `Observation.${code}`, valueKind: ({ date: 'date', name: 'string', number: 'number', value: 'quantity', uri: 'uri', code: 'token', subject: 'reference' } as const)[code] }, descending },
  ])),
];
const includes: SearchPlan['includes'] = [
  { direction: 'include', sourceType: 'Observation', param: 'Observation.subject', iterate: false }, { direction: 'include', sourceType: 'Observation', param: '*', iterate: true },
  { direction: 'include', sourceType: 'Observation', param: 'Observation.definition', definitions: ['Observation'], iterate: false }, { direction: 'revinclude', sourceType: 'Observation', param: '*', definitions: ['Observation'], iterate: true },
  { direction: 'revinclude', sourceType: 'Provenance', param: '*', iterate: false }, { direction: 'revinclude', sourceType: 'Observation', param: 'Observation.performer', iterate: true },
];

/** What may be gone through from end to end: lists that we bind, and what an inner query has already bounded. */
const bounded = /^SCAN (?:j|u|p|json_each|w|d|used|CONSTANT ROW|\(subquery-\d+\)|\d+)\b|^SCAN (?:\(subquery|\d+ CONSTANT)|VIRTUAL TABLE|^SCAN e USING INDEX res_id$/;

describe('searches of the embedded store', () => {
  it('never scan a table: every statement of every form goes by an index', () => {
    for (const where of wheres) run(planOf(['Observation'], where, { total: 'if-cheap', page: { count: 5 } }));
    for (const sort of sorts) for (const where of [wheres[0], wheres[1], wheres[4]]) run(planOf(['Observation'], where, { sort, page: { count: 5 } }));
    for (const include of includes) run(planOf(['Observation'], token('flag', 'rare'), { includes: [include], page: { count: 2 } }));
    run(planOf(['Patient'], has(token('code', 'c1')), { total: 'accurate' }));
    run(planOf(['Patient', 'Observation', 'Practitioner'], { kind: 'or', of: [{ kind: 'compartment', patient: 'p1' }, { kind: 'shared-by', patient: 'p1' }] }));
    expect(texts.size).toBeGreaterThan(100);
    const scans = [...texts].flatMap((text) => connection.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...Array.from(text.matchAll(/\?/g), () => null))
      .map((row) => String(row[3])).filter((detail) => detail.startsWith('SCAN') && !bounded.test(detail)).map((detail) => `${detail}: ${text}`));
    expect(scans).toEqual([]);
  });

  it('walk in the order of their index: no window of a walk over tokens, references or types is sorted', () => {
    const windows = [...texts].filter((text) => text.includes(') w CROSS JOIN res r') && !text.includes('json_each(?) j') && !text.includes('UNION ALL'));
    expect(windows.length).toBeGreaterThan(20);
    const sorted = windows.filter((text) => connection.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...Array.from(text.matchAll(/\?/g), () => null)).some((row) => String(row[3]).includes('TEMP B-TREE')));
    expect(sorted).toEqual([]);
  });

  it.each([
    ['rare and common', and(token('flag', 'rare'), token('status', 'final')), 40],
    ['common and rare', and(token('status', 'final'), token('flag', 'rare')), 40],
    ['a patient and a common code', and(token('status', 'final'), subject('p1')), 100],
    ['a code, a patient and a status', and(token('code', 'c1'), token('status', 'final'), subject('p1')), 100],
    ['what no resource has', and(token('status', 'final'), token('code', 'none')), 0],
    ['a name among common codes', and(token('status', 'final'), { kind: 'string', param: 'Observation.name', match: 'starts', text: 'n399' }), 11],
    ['two criteria that exclude each other', and(token('flag', 'rare'), subject('p1')), 40],
    ['a place among common codes', and(token('status', 'final'), near(1_000)), 40],
    ['codes of a value set among common codes', and(token('status', 'final'), flags), 40],
    ['a hierarchy among common codes', and(token('status', 'final'), members(['p1', 'gone'])), 100],
    ...(['gt', 'ge'] as const).map((prefix) => [`weights above: ${prefix}`, and(token('status', 'final'), { kind: 'quantity', param: 'Observation.weight', unit: 'kg', compare: { prefix, ...pointInterval(3_990) } }), 11] as const),
    ['one patient by identifier', and(token('status', 'final'), chain({ kind: 'token', param: 'Patient.identifier', system: 'urn:i', code: 'i3' })), 100],
  ] as const)('look at ten times the entries of the narrowest criterion and the page at most: %s', (_name, where, narrowest) => {
    for (const sort of [[], [{ by: { param: 'Observation.date', valueKind: 'date' }, descending: true }], [{ by: { param: 'Observation.name', valueKind: 'string' }, descending: false }]] as const) {
      const meter = new Meter();
      run(planOf(['Observation'], where, { sort, page: { count: 20 } }), meter);
      expect(meter.keys).toBeLessThanOrEqual(10 * narrowest + 21 + 16);
    }
  });

  it('read a page of a common criterion from a few rows, whatever their number', () => {
    for (const sort of [[], [{ by: { param: 'Observation.date', valueKind: 'date' }, descending: true }]] as const) {
      const meter = new Meter();
      expect(run(planOf(['Observation'], token('status', 'final'), { sort, page: { count: 20 } }), meter)).toBe(20);
      expect(meter.keys).toBeLessThanOrEqual(100);
    }
  });

  it('are refused by name when the database takes no statement of such criteria', () => {
    const within = (clause: Clause, at: number): Clause => ({ kind: at % 2 === 0 ? 'and' : 'or', of: [token('status', `s${at}`), clause] });
    const deep = Array.from({ length: 300 }, (_, at) => at).reduce<Clause>(within, token('status', 'final'));
    const request = { grant: grantToWire(grantOf(professional)), plan: planOf(['Observation'], deep) };
    expect(() => inSnapshot(connection, () => searchPage(connection, readNames(connection), request))).toThrow(expect.objectContaining({ failure: 'too-costly', status: 422 }) as Error);
  });

  it('leave the event loop before its limits are passed', () => {
    expect(() => run(planOf(['Observation'], { kind: 'missing', param: 'Observation.status', valueKind: 'token', missing: true }), new Meter({ rows: 100, statements: 100 }))).toThrow(TooLongHere);
  });
});
