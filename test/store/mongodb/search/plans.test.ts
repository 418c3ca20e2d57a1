/** How searches are served: every query is explained by the server, through which indexes it went and over how many of their keys. */
import { MongoClient, type Document } from 'mongodb';
import type { Reach } from '../../../../src/access/grant';
import { bind } from '../../../../src/access/grant';
import type { Clause, Comparison, SearchPlan, ValueKind } from '../../../../src/search/plan';
import { Connection, databaseName } from '../../../../src/store/mongodb/connection';
import { searchPage as timedSearch } from '../../../../src/store/mongodb/search/index';
import { searchPage } from '../../../../src/store/mongodb/search/page';
import { entriesOf, grantOf, ownedBy, planOf, publicFacts, write, type Draft } from '../../../contract/search-support';
import { describeMongo, MongoSubjects } from '../../../support/mongo';

const professional: Reach = { kind: 'professional', keys: ['professional|1', 'structure|1'] };
const person: Reach = { kind: 'patient', patient: 'p1' };

const size = 2_000;
const patients = 40;
const local = (param: string, type: string, id: string) => ({ param, form: 'local' as const, type, id });
function observation(at: number): Draft {
  const patient = `p${at % patients}`;
  const token = (code: string, value: string) => ({ param: `Observation.${code}`, code: value, system: `urn:s${at % 2}`, mark: 3 as const });
  return {
    type: 'Observation', id: `o${at}`, access: ownedBy([patient]),
    entries: entriesOf({
      token: [token('code', `c${at % 7}`), token('status', 'final'), ...(at % 50 === 0 ? [token('flag', 'rare')] : []), token('version', `1.${at % 4}`)],
      reference: [local('Observation.subject', 'Patient', patient), local('Observation.performer', 'Practitioner', `d${at % 3}`), { param: 'Observation.definition', form: 'canonical', url: `http://a.test/d${at % 9}`, version: `1.${at % 4}` }],
      position: [at % 50 === 0 ? { param: 'Observation.near', latitude: 48.85 + at / 1e6, longitude: 2.35 } : { param: 'Observation.near', latitude: (at % 90) - 80, longitude: (at % 340) - 170 }],
      string: [{ param: 'Observation.name', exact: `n${at}`, folded: `n${at}`, mark: 3 }],
      date: [{ param: 'Observation.date', lo: at * day, hi: at * day + 1, mark: 3 }], mainDate: at * day,
      number: [{ param: 'Observation.number', lo: at, hi: at + 1, mark: 3 }],
      quantity: [{ param: 'Observation.value', unit: 'kg', lo: at % 50, hi: (at % 50) + 1, mark: 3 }],
      uri: [{ param: 'Observation.uri', value: `http://a.test/${at % 9}/${at}`, mark: 3 }, { param: 'Observation.url', value: `http://a.test/d${at}` }],
      composite: [{ param: 'Observation.code-value', code: `c${at % 7}`, system: 'urn:s', second: { kind: 'quantity', unit: 'kg', lo: at % 50, hi: (at % 50) + 1 } }],
    }),
  };
}
const day = 24 * 60 * 60 * 1000;

const token = (code: string, value: string, system?: string): Clause => ({ kind: 'token', param: `Observation.${code}`, code: value, ...(system === undefined ? {} : { system }) });
const subject = (id: string): Clause => ({ kind: 'reference', param: 'Observation.subject', target: { form: 'local', type: 'Patient', id } });
const and = (...of: readonly Clause[]): Clause => ({ kind: 'and', of });
const compare = (prefix: Comparison['prefix'], lo: number, hi: number): Comparison => ({ prefix, lo, hi });
const date = (prefix: Comparison['prefix'], from: number, until: number): Clause => ({ kind: 'date', param: 'Observation.date', compare: compare(prefix, from * day, until * day) });
const chain = (where: Clause): Clause => ({ kind: 'chain', param: 'Observation.subject', targets: ['Patient'], where });
const has = (where: Clause): Clause => ({ kind: 'has', type: 'Observation', param: 'Observation.subject', where });
const gender: Clause = { kind: 'token', param: 'Patient.gender', code: 'male' };
const identifier: Clause = { kind: 'token', param: 'Patient.identifier', system: 'urn:i', code: 'i3' };
const prefixes = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const;

const near = (metres: number, latitude = 48.85): Clause => ({ kind: 'near', param: 'Observation.near', latitude, longitude: 2.35, metres });
const nears = [near(1_000), near(200_000), near(5_000_000), near(1_000, 90)];
const codesOf = ([[{ system: 'urn:s0', codes: ['c1', 'c2', 'c3'] }], [{ system: 'urn:s0' }], [{ system: 'urn:s0', codes: ['c1'] }, { system: 'urn:none' }]] as const).map((groups): Clause => ({ kind: 'tokens', param: 'Observation.code', groups }));
const flags: Clause = { kind: 'tokens', param: 'Observation.flag', groups: [{ system: 'urn:s0', codes: ['rare', 'none'] }] };
const members = (ids: readonly string[]): Clause => ({ kind: 'reference', param: 'Observation.subject', target: { form: 'members', type: 'Patient', ids } });
const canonical = (version?: string, below?: true): Clause => ({ kind: 'reference', param: 'Observation.definition', target: { form: 'canonical', url: 'http://a.test/d1', ...(version === undefined ? {} : { version, ...(below ? { below } : {}) }) } });

/** `_list`, and `_contained`. */
const listed: Clause = { kind: 'has', type: 'List', param: 'List._list', where: { kind: 'ids', ids: ['l1'], type: 'List' } };
const inside: Clause = { kind: 'contains', types: ['Medication'], where: { kind: 'token', param: 'Medication.code', code: 'c1' } };

const wheres: readonly Clause[] = [
  { kind: 'all' }, token('code', 'c1', 'urn:s1'), token('code', 'c1'), { kind: 'token', param: 'Observation.code', system: 'urn:s1' }, subject('p1'), and(subject('p1'), token('code', 'c1')),
  { kind: 'not', of: token('code', 'c1') }, { kind: 'or', of: [token('code', 'c1', 'urn:s1'), token('code', 'c2', 'urn:s0'), subject('p3')] },
  { kind: 'string', param: 'Observation.name', match: 'starts', text: 'n19' }, { kind: 'string', param: 'Observation.name', match: 'contains', text: '199' }, { kind: 'string', param: 'Observation.name', match: 'exact', text: 'n7' },
  ...prefixes.map((prefix) => date(prefix, 1_000, 1_010)),
  ...prefixes.map((prefix): Clause => ({ kind: 'number', param: 'Observation.number', compare: compare(prefix, 200, 210) })),
  { kind: 'quantity', param: 'Observation.value', unit: 'kg', compare: compare('ge', 40, 41) }, { kind: 'quantity', param: 'Observation.value', compare: compare('lt', 3, 4) },
  { kind: 'uri', param: 'Observation.uri', match: 'exact', value: 'http://a.test/1/1' }, { kind: 'uri', param: 'Observation.uri', match: 'below', value: 'http://a.test/1' }, { kind: 'uri', param: 'Observation.uri', match: 'above', value: 'http://a.test/1/1/x' },
  { kind: 'composite', param: 'Observation.code-value', code: 'c1', second: { kind: 'quantity', unit: 'kg', compare: compare('gt', 40, 41) } },
  { kind: 'composite', param: 'Observation.code-value', code: 'c1', second: { kind: 'quantity', unit: 'kg', compare: compare('gt', 40, 41) }, third: compare('lt', 3, 4) },
  ...nears, ...codesOf, members(['p1', 'p2', 'p3']), members(Array.from({ length: 30 }, (_, at) => `p${at}`)), canonical(undefined), canonical('1.1'), canonical('1', true), { kind: 'code-starts', param: 'Observation.code', starts: ['c1', 'c2'] }, { kind: 'missing', param: 'Observation.near', valueKind: 'position', missing: true },
  { kind: 'missing', param: 'Observation.flag', valueKind: 'token', missing: true }, { kind: 'missing', param: 'Observation.flag', valueKind: 'token', missing: false },
  { kind: 'ids', ids: ['o1', 'o2'] }, { kind: 'lastUpdated', compare: compare('ge', 0, 1) }, { kind: 'compartment', patient: 'p1' }, and({ kind: 'compartment', patient: 'p1' }, token('code', 'c1', 'urn:s1')),
  { kind: 'shared-by', patient: 'p1' }, { kind: 'drawn-from', document: 'none' }, { kind: 'labelled', labels: ['MASQUE_PS'] }, listed, inside,
  chain(gender), chain(identifier), chain(has(token('flag', 'rare'))), chain({ kind: 'not', of: gender }),
];
const by = (code: string, valueKind: ValueKind, descending = false): SearchPlan['sort'] => [{ by: { param: `Observation.${code}`, valueKind }, descending }];
const sorts: readonly SearchPlan['sort'][] = [
  [], [{ by: '_id', descending: true }], [{ by: '_lastUpdated', descending: true }], by('date', 'date', true), by('date', 'date'), by('name', 'string'), by('value', 'quantity', true), by('subject', 'reference'), [{ by: { score: [{ kind: 'token', param: 'Observation.code', code: 'c1', system: 'urn:s1' }, { kind: 'code-starts', param: 'Observation.code', starts: ['c2'] }] }, descending: true }],
];
const includes: SearchPlan['includes'] = [
  { direction: 'include', sourceType: 'Observation', param: 'Observation.subject', iterate: false }, { direction: 'include', sourceType: 'Observation', param: '*', iterate: true },
  { direction: 'include', sourceType: 'Observation', param: 'Observation.definition', definitions: ['Observation'], iterate: false }, { direction: 'revinclude', sourceType: 'Observation', param: '*', definitions: ['Observation'], iterate: true },
  { direction: 'revinclude', sourceType: 'Provenance', param: '*', iterate: false }, { direction: 'revinclude', sourceType: 'Observation', param: 'Observation.performer', iterate: true },
];

describeMongo('Searches of the MongoDB store', () => {
  const subjects = new MongoSubjects();
  let client: MongoClient;
  let connection: Connection;
  let asked: Document[] = [];

  beforeAll(async () => {
    const { store, end } = await subjects.subject();
    await write(store, [
      ...Array.from({ length: patients }, (_, at): Draft => ({ type: 'Patient', id: `p${at}`, access: ownedBy([`p${at}`]), entries: entriesOf({ token: [{ param: 'Patient.gender', code: at % 2 ? 'male' : 'female', system: '' }, { param: 'Patient.identifier', code: `i${at}`, system: 'urn:i' }] }) })),
      ...Array.from({ length: 3 }, (_, at): Draft => ({ type: 'Practitioner', id: `d${at}`, access: publicFacts, entries: entriesOf({}) })),
    ]);
    for (let at = 0; at < size; at += 1_000) await write(store, Array.from({ length: 1_000 }, (_, more) => observation(at + more)));
    await end();
    const url = await subjects.url();
    client = new MongoClient(url, { monitorCommands: true, ignoreUndefined: true });
    client.on('commandStarted', ({ commandName, command }) => {
      if (commandName === 'aggregate' || commandName === 'find') asked.push(command as Document);
    });
    connection = new Connection(client, databaseName(url));
  }, 120_000);
  afterAll(async () => {
    await client.close();
    await subjects.end();
  });

  /** The page, and the commands that it took. */
  async function run(plan: SearchPlan, reach = professional): Promise<{ readonly matches: number; readonly commands: readonly Document[] }> {
    asked = [];
    const { matches } = await connection.inSnapshot(30_000, undefined, (reading) => searchPage(reading, bind(grantOf(reach), plan)));
    return { matches: matches.length, commands: asked };
  }

  const stripped = (command: Document): Document => Object.fromEntries(Object.entries(command).filter(([name]) => !['lsid', '$clusterTime', '$db', 'readConcern', '$readPreference', 'signal', 'txnNumber'].includes(name)));
  async function explained(command: Document): Promise<{ readonly stages: readonly string[]; readonly keys: number; readonly text: string }> {
    const told = await connection.db.command({ explain: stripped(command), verbosity: 'executionStats' });
    const cursor = (Array.isArray(told.stages) ? (told.stages as Document[])[0]?.$cursor : told) as Document;
    const stages: string[] = [];
    const visit = (stage: Document | undefined): void => {
      if (!stage) return;
      stages.push(String(stage.stage));
      for (const input of [stage.inputStage, ...(Array.isArray(stage.inputStages) ? stage.inputStages as Document[] : [])]) visit(input as Document | undefined);
    };
    const winning = (cursor.queryPlanner as Document).winningPlan as Document;
    visit((winning.queryPlan ?? winning) as Document);
    return { stages, keys: Number((cursor.executionStats as Document).totalKeysExamined), text: JSON.stringify(stripped(command)).slice(0, 600) };
  }
  async function keysOf(commands: readonly Document[]): Promise<number> {
    let keys = 0;
    for (const command of commands) keys += (await explained(command)).keys;
    return keys;
  }

  it('never scan a collection, and sort nothing that an index has in order', async () => {
    const plans: (readonly [SearchPlan, Reach])[] = [
      ...wheres.map((where) => [planOf(['Observation'], where, { total: 'if-cheap', page: { count: 5 } }), professional] as const),
      ...sorts.flatMap((sort) => [wheres[0], wheres[1], wheres[5]].map((where) => [planOf(['Observation'], where, { sort, page: { count: 5 } }), professional] as const)),
      ...includes.map((include) => [planOf(['Observation'], token('flag', 'rare'), { includes: [include], page: { count: 2 } }), professional] as const),
      [planOf(['Patient'], has(token('code', 'c1')), { total: 'accurate' }), professional], [planOf(['Observation']), person],
      [planOf(['Patient', 'Observation', 'Practitioner'], { kind: 'or', of: [{ kind: 'compartment', patient: 'p1' }, { kind: 'shared-by', patient: 'p1' }] }), person],
    ];
    const shapes = new Map<string, Document>();
    for (const [plan, reach] of plans) for (const command of (await run(plan, reach)).commands) shapes.set(shapeOf(command), command);
    expect(shapes.size).toBeGreaterThan(60);
    for (const command of shapes.values()) {
      const { stages, text } = await explained(command);
      expect([text, stages.filter((stage) => stage === 'COLLSCAN' || stage === 'SORT')]).toEqual([text, []]);
    }
  });

  it.each([
    ['rare and common', and(token('flag', 'rare'), token('status', 'final')), 40],
    ['common and rare', and(token('status', 'final'), token('flag', 'rare')), 40],
    ['a patient and a common code', and(token('status', 'final'), subject('p1')), 50],
    ['a code, a patient and a status', and(token('code', 'c1'), token('status', 'final'), subject('p1')), 50],
    ['what no resource has', and(token('status', 'final'), token('code', 'none')), 0],
    ['a name among common codes', and(token('status', 'final'), { kind: 'string', param: 'Observation.name', match: 'starts', text: 'n199' }), 11],
    ['two criteria that exclude each other', and(token('flag', 'rare'), subject('p1')), 40],
    ['a place among common codes', and(token('status', 'final'), near(1_000)), 40],
    ['codes of a value set among common codes', and(token('status', 'final'), flags), 40],
    ['a hierarchy among common codes', and(token('status', 'final'), members(['p1', 'gone'])), 50],
    ['one patient by identifier', and(token('status', 'final'), chain(identifier)), 50],
    ['what came lately', and(token('status', 'final'), date('ge', 1_980, 1_981)), 22],
    ['a code within a record', and({ kind: 'compartment', patient: 'p1' }, token('status', 'final', 'urn:s1')), 50],
  ] as const)('look at ten times the entries of the narrowest criterion and the page at most: %s', async (_name, where, narrowest) => {
    for (const sort of [[], by('date', 'date', true), by('name', 'string')]) {
      const { commands } = await run(planOf(['Observation'], where, { sort, page: { count: 20 } }));
      expect(await keysOf(commands)).toBeLessThanOrEqual(10 * narrowest + 21 + 60);
    }
  });

  it.each([
    ['a token', token('status', 'final', 'urn:s1'), professional], ['a code whatever its system', token('status', 'final'), professional],
    ['everything', { kind: 'all' }, professional], ['everything that a person may see', { kind: 'all' }, person],
  ] as const)('read a page of many from a few keys: %s', async (_name, where, reach) => {
    for (const sort of [[], by('date', 'date', true)]) {
      const { commands, matches } = await run(planOf(['Observation'], where, { sort, page: { count: 20 } }), reach);
      expect(matches).toBe(20);
      expect(await keysOf(commands)).toBeLessThanOrEqual(200);
    }
  });

  it('end by name when they take longer than they may', async () => {
    const plan = planOf(['Patient'], has({ kind: 'missing', param: 'Observation.name', valueKind: 'string', missing: true }), { total: 'accurate' });
    await expect(connection.inSnapshot(1, undefined, (reading) => timedSearch(reading, bind(grantOf(professional), plan)))).rejects.toMatchObject({ failure: 'too-costly', message: expect.stringContaining('seconds') });
  });
});

/** A command without its values. */
function shapeOf(command: Document): string {
  return JSON.stringify(stripValues([command.aggregate ?? command.find, command.pipeline ?? command.filter, command.hint]));
}
function stripValues(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 3).map(stripValues);
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, stripValues(each)]));
  return typeof value;
}
