/** Export and import: a store that was moved answers every question as before. */
import { createHash } from 'node:crypto';
import type { Grant } from '../../src/access/grant';
import type { IndexEntries } from '../../src/search/entries';
import type { SearchPlan } from '../../src/search/plan';
import type { StoredVersion } from '../../src/store/port';
import { RestoreRefused, type ArchiveRecord } from '../../src/store/upkeep';
import { moved, movingStore, type WholeStore } from './moved';
import { entriesOf, ownedBy, pagesOf, planOf } from './search-support';
import { answersAsTheOracle } from './search.contract';
import { always, bytesOf, consent, contentOf, ins, keyOf, listOf, operator, owned, person, professional, put, remove, software, written } from './support';

const far = Number.POSITIVE_INFINITY;
/** Every kind of entry, and every form of it. */
const everyEntry: IndexEntries = entriesOf({
  token: [
    { param: 'Observation.code', code: 'c', system: 's', mark: 3 }, { param: 'Observation.code:text', code: '', system: '' },
    { param: 'Patient.gender', code: 'female', system: '', contained: 'inner' }, { param: 'Patient.gender', code: 'male', system: '', contained: 'other' },
  ],
  reference: [
    { param: 'Observation.subject', form: 'local', type: 'Patient', id: 'p', version: '2' }, { param: 'Observation.focus', form: 'local', type: 'Device', id: 'never-written' },
    { param: 'Observation.performer', form: 'contained', id: 'inner' }, { param: 'Observation.derived-from', form: 'absolute', url: 'https://elsewhere.example/Observation/1' },
    { param: 'Observation.instantiates', form: 'canonical', url: 'https://elsewhere.example/c', version: '1' },
    { param: 'Observation.encounter', form: 'logical', system: 'urn:oid:1', value: 'v', type: 'Encounter' },
  ],
  string: [{ param: 'Observation.name', exact: 'Éa', folded: 'ea', mark: 1 }, { param: 'Observation.name', exact: 'Zo', folded: 'zo', mark: 2 }],
  date: [{ param: 'Observation.date', lo: 1000, hi: 2000, mark: 3 }, { param: 'Observation.period', lo: -far, hi: 5 }, { param: 'Observation.period', lo: 9, hi: far }],
  number: [{ param: 'Observation.number', lo: 1.5, hi: 1.6, mark: 3 }, { param: 'Observation.number', lo: 3, hi: far }],
  quantity: [{ param: 'Observation.value-quantity', unit: 'ucum:g', lo: 1.25, hi: 1.26, mark: 3 }, { param: 'Observation.value-quantity', unit: '', lo: -far, hi: 0 }],
  uri: [{ param: 'Observation.uri', value: 'urn:x' }],
  composite: [
    { param: 'Observation.code-value-quantity', code: 'c', system: 's', second: { kind: 'quantity', unit: 'ucum:g', lo: 1, hi: 2 } },
    { param: 'Observation.code-value-date', code: 'c', system: 's', second: { kind: 'date', lo: 10, hi: 20 } },
    { param: 'Observation.code-value-number', code: 'c', system: 's', second: { kind: 'number', lo: 1, hi: 2 } },
    { param: 'Observation.code-value-concept', code: 'c', system: 's', second: { kind: 'token', system: 't', code: 'd' } },
    { param: 'Observation.code-value-string', code: 'c', system: 's', second: { kind: 'string', folded: 'ea' } },
    { param: 'Observation.three', code: 'c', system: 's', second: { kind: 'quantity', unit: 'ucum:g', lo: 1, hi: 2 }, third: { lo: 3, hi: far } },
  ],
  position: [{ param: 'Observation.near', latitude: 48.85, longitude: 2.35 }, { param: 'Location.near', latitude: -16.5, longitude: 179.99, contained: 'inner' }],
  mainDate: 1000,
});
const whole = { hi: 1e9, lo: 0, prefix: 'ge' } as const;
const leaves: readonly SearchPlan['where'][] = [
  { kind: 'token', param: 'Observation.code', code: 'c', system: 's' }, { kind: 'reference', param: 'Observation.subject', target: { form: 'local', type: 'Patient', id: 'p', version: '2' } },
  { kind: 'reference', param: 'Observation.focus', target: { form: 'local', type: 'Device', id: 'never-written' } },
  { kind: 'reference', param: 'Observation.derived-from', target: { form: 'absolute', url: 'https://elsewhere.example/Observation/1' } },
  { kind: 'reference', param: 'Observation.instantiates', target: { form: 'canonical', url: 'https://elsewhere.example/c', version: '1' } },
  { kind: 'reference', param: 'Observation.encounter', target: { form: 'logical', system: 'urn:oid:1', value: 'v' } },
  { kind: 'chain', param: 'Observation.performer', targets: ['Patient'], where: { kind: 'token', param: 'Patient.gender', code: 'female' } },
  { kind: 'string', param: 'Observation.name', match: 'exact', text: 'Éa' }, { kind: 'date', param: 'Observation.period', compare: { prefix: 'lt', lo: 4, hi: 4 } },
  { kind: 'number', param: 'Observation.number', compare: { prefix: 'gt', lo: 100, hi: 101 } }, { kind: 'quantity', param: 'Observation.value-quantity', unit: 'ucum:g', compare: whole },
  { kind: 'quantity', param: 'Observation.value-quantity', unit: '', compare: { prefix: 'lt', lo: -1e6, hi: -1e6 } }, { kind: 'uri', param: 'Observation.uri', match: 'exact', value: 'urn:x' },
  ...([{ kind: 'quantity', unit: 'ucum:g', compare: whole }, { kind: 'token', system: 't', code: 'd' }, { kind: 'string', match: 'starts', text: 'e' }] as const).map((second) => (
    { kind: 'composite', param: `Observation.code-value-${second.kind === 'token' ? 'concept' : second.kind}`, code: 'c', system: 's', second } as const)),
  { kind: 'composite', param: 'Observation.three', code: 'c', system: 's', second: { kind: 'quantity', unit: 'ucum:g', compare: whole }, third: { prefix: 'gt', lo: 1e6, hi: 1e6 } },
  { kind: 'near', param: 'Observation.near', latitude: 48.86, longitude: 2.35, metres: 5000 },
  { kind: 'chain', param: 'Observation.performer', targets: ['Location'], where: { kind: 'near', param: 'Location.near', latitude: -16.5, longitude: -179.99, metres: 5000 } },
  { kind: 'missing', param: 'Observation.code', valueKind: 'token', missing: false }, { kind: 'compartment', patient: 'p' }, { kind: 'drawn-from', document: 'd2' },
];
/** Each leaf must find it, or the comparison would say nothing. */
const foundByAll = leaves.slice(0, -3);

const documentOf = (id: string, chainKeys: readonly string[], more: { labels?: readonly 'MASQUE_PS'[]; authors?: readonly string[] } = {}) => put('DocumentReference', id, {
  access: { ...owned('p'), structures: ['s1'], documentFacts: { chainKeys, labels: [], authors: [], ...more } }, claims: [{ kind: 'document', system: 'urn', value: id }],
});

/** A store in which everything that a store can hold is there. */
async function fill(store: WholeStore): Promise<void> {
  const content = await store.stage(bytesOf(Buffer.alloc(600_000, 'abc'), 'end'), 'application/pdf');
  const empty = await store.stage(bytesOf(), 'text/plain');
  await written(store, put('Patient', 'p', { access: { ...owned('p'), structures: ['s1'] }, claims: [ins('1'), ins('2')] }), put('Patient', 'q', { access: owned('q'), claims: [ins('3')] }));
  await written(store, put('Patient', 'p', { access: { ...owned('p'), structures: ['s2'] }, claims: [ins('1')], rest: ',"n":1.00,"s":"é😀"' }));
  await written(store, documentOf('d1', ['k1', 'k2']), documentOf('d2', ['k2', 'k3'], { authors: ['professional|author'] }), documentOf('d3', ['k3'], { labels: ['MASQUE_PS'] }), documentOf('gone', ['z']));
  await written(store, put('Observation', 'o', { entries: everyEntry, access: { ...owned('p'), document: 'd2', structures: ['s1'] } }), put('Observation', 'both', { access: owned('q', 'p') }));
  await written(store, put('Observation', 'early', { access: { ...owned('q'), document: 'not-yet-there' } }), put('Observation', 'equal', { entries: everyEntry, access: owned('p') }), put('Observation', 'a-equal', { entries: everyEntry, access: owned('p') }));
  await written(store, put('Binary', 'b', { content, access: { ...owned('p'), document: 'd2' } }), put('Binary', 'empty', { content: empty }));
  await written(store, put('Binary', 'b', { content: await store.stage(bytesOf('second'), 'text/plain'), access: { ...owned('p'), document: 'd2' } }));
  await written(store, put('Basic', 'long', { rest: `,"value":"${'é😀'.repeat(500_000)}"` }), put('Basic', 'packed', { rest: `,"value":"${'x'.repeat(30_000)}"` }), put('Basic', 'again'));
  await written(store, remove('Basic', 'again'));
  await written(store, put('Basic', 'again'), remove('Patient', 'q'), remove('DocumentReference', 'gone', { claims: [{ kind: 'document', system: 'urn', value: 'gone' }] }));
  await written(store, consent('c1', 'p', { effect: 'block', actors: ['professional|x', 'structure|y'], ...always }, { effect: 'mask', document: 'd1', actors: ['professional|z'], from: 5, until: far }));
  await written(store, consent('c2', 'q', { effect: 'close', ...always }), put('Practitioner', 'pr', { claims: [{ kind: 'practitioner', system: 'IdNat_PS', value: '8' }] }));
  // The middle of a chain goes for good: what it held together stays together.
  await listOf(store.erase(operator, keyOf('Observation', 'o')));
  await written(store, put('Observation', 'o', { entries: everyEntry, access: { ...owned('p'), document: 'd2', structures: ['s1'] } }));
  await written(store, documentOf('e1', ['m1']), documentOf('e2', ['m1', 'm2']), documentOf('e3', ['m2'], { labels: ['MASQUE_PS'] }));
  await listOf(store.erase(operator, keyOf('DocumentReference', 'e2')));
  // A past version goes for good: what is left keeps its number.
  await store.eraseHistory(operator, keyOf('Basic', 'again'), 2);
  await store.secrets('cursor');
  for (const request of ['r1', 'r2', 'r3']) await store.appendAudit({ at: 1, actor: { kind: 'operator' }, interaction: 'read', patients: ['p'], status: 200, request });
}

const keys = ['Patient/p', 'Patient/q', 'DocumentReference/d1', 'DocumentReference/d2', 'DocumentReference/d3', 'DocumentReference/gone', 'DocumentReference/e1', 'DocumentReference/e2',
  'DocumentReference/e3', 'Observation/o', 'Observation/both', 'Observation/early', 'Observation/equal', 'Binary/b', 'Binary/empty', 'Basic/long', 'Basic/packed', 'Basic/again', 'Consent/c1',
  'Consent/c2', 'Practitioner/pr', 'Device/never-written'].map((name) => keyOf(name.split('/')[0] ?? '', name.split('/')[1] ?? ''));
const grants: readonly Grant[] = [operator, person('p'), person('q'), professional('professional|x'), professional('professional|z'), professional('professional|author'), professional('professional|other'),
  software('s1', 'structure|s1'), software('s2'), software('s1', 'structure|y')];
const claims = [ins('1'), ins('2'), ins('3'), { kind: 'document', system: 'urn', value: 'gone' }, { kind: 'document', system: 'urn', value: 'd1' }, { kind: 'practitioner', system: 'IdNat_PS', value: '8' }];
const types = [...new Set(keys.map(({ type }) => type))];

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const brief = (version: StoredVersion | undefined) => version && { ...version, text: version.text.length > 1000 ? sha256(version.text) : version.text };

/** All that can be asked, and what is answered. */
async function answers(store: WholeStore): Promise<unknown> {
  const told: unknown[] = [await store.claimed(operator, claims), await store.isClosed(operator, 'q'), await store.isClosed(operator, 'p'), await store.secrets('cursor')];
  told.push(await listOf(store.readAudit(operator, { limit: 100 })));
  for (const grant of grants) {
    for (const key of keys) {
      const history = await store.history(grant, key, { count: 10 });
      told.push([key, brief(await store.read(grant, key)), brief(await store.vread(grant, key, 1)), history?.versions.map(brief), history?.total]);
      for (const version of history?.versions ?? []) if (version.content) told.push(sha256(await contentOf(store, version)));
    }
    for (const scope of [{}, { type: 'Basic' }, { type: 'Observation' }]) {
      const history = await store.history(grant, scope, { count: 1000 });
      told.push([history?.total, (history?.versions ?? []).map(brief).sort((one, other) => `${one?.type}/${one?.id}/${one?.version}`.localeCompare(`${other?.type}/${other?.id}/${other?.version}`))]);
    }
    const plans = [...leaves.map((where) => planOf(['Observation'], where)), ...types.map((type) => planOf([type], { kind: 'all' }, { total: 'accurate', page: { count: 2 } })),
      planOf(['Observation'], { kind: 'all' }, { sort: [{ by: { param: 'Observation.date', valueKind: 'date' }, descending: true }], page: { count: 1 }, includes: [{ direction: 'include', sourceType: 'Observation', param: '*', iterate: false }] })];
    for (const plan of plans) told.push((await pagesOf(store, grant, plan)).map(({ matches, included, total, next }) => [matches.map(brief), included.map(brief), total, next]));
  }
  return told;
}

/** @param make an empty store; closing it is ours */
export function upkeepContract(name: string, make: () => Promise<WholeStore>): void {
  describe(`export and import of the ${name} store`, () => {
    const open: WholeStore[] = [];
    const fresh = async (): Promise<WholeStore> => {
      const store = await make();
      open.push(store);
      return store;
    };
    afterEach(async () => {
      for (const store of open.splice(0)) await store.close();
    });

    test('what was moved answers every read, vread, history, search, claim, Binary and grant as before', async () => {
      const before = await fresh();
      await fill(before);
      for (const where of foundByAll) expect([where, (await pagesOf(before, operator, planOf(['Observation'], where))).flatMap(({ matches }) => matches).length]).toEqual([where, 3]);
      const after = await moved(before, fresh);
      expect(await answers(after)).toEqual(await answers(before));
      expect((await after.describe()).clock).toBeGreaterThanOrEqual((await before.describe()).clock);
      // Once more: what can be dumped is what was dumped.
      const dumped = async (store: WholeStore) => (await listOf(store.dump())).map((record) => (record.kind === 'resource' ? { ...record, entries: undefined } : record));
      expect(await dumped(after)).toEqual(await dumped(before));
    });

    test('what was moved is written to as before', async () => {
      const before = await fresh();
      await fill(before);
      const [last] = await written(before, put('Basic', 'again'));
      const after = await moved(before, fresh);
      const [next] = await written(after, put('Basic', 'again', { expect: { version: 4 } }));
      expect(next?.version).toBe(5);
      expect(next?.lastUpdated).toBeGreaterThan(last?.lastUpdated ?? Infinity);
      expect((await after.commit({ writes: [put('Patient', 'new', { claims: [ins('1')] })], guards: [] })).kind).toBe('conflict');
      await written(after, put('Binary', 'b2', { content: await after.stage(bytesOf('new bytes'), 'text/plain') }));
      const found = await after.read(operator, keyOf('Binary', 'b'));
      expect(found && (await contentOf(after, found)).toString()).toBe('second');
      await listOf(after.erase(operator, keyOf('Patient', 'p')));
      expect(await after.read(operator, keyOf('Observation', 'o'))).toBeUndefined();
      expect(await listOf(after.inspect())).toEqual([]);
    });

    describe('a restore', () => {
      const record = (id: string, more: object = {}): ArchiveRecord => ({
        kind: 'resource', type: 'Basic', id, version: 1, lastUpdated: 1000, deleted: false, access: ownedBy([]), claims: [], mainDate: 0, entries: entriesOf({}),
        body: { before: `{"resourceType":"Basic","id":"${id}","meta":{`, after: '}}' }, ...more,
      });

      test('takes each batch once and in turn, of one export only', async () => {
        const store = await fresh();
        expect(await store.restoreState()).toEqual({ kind: 'empty' });
        await expect(store.restore({ origin: 'x', position: 2, records: [] })).rejects.toThrow(RestoreRefused);
        await store.restore({ origin: 'x', position: 1, records: [record('a')] });
        expect(await store.restoreState()).toEqual({ kind: 'restoring', origin: 'x', position: 1 });
        await store.restore({ origin: 'x', position: 1, records: [record('twice')] });
        expect(await store.read(operator, keyOf('Basic', 'twice'))).toBeUndefined();
        await expect(store.restore({ origin: 'y', position: 2, records: [] })).rejects.toThrow(RestoreRefused);
        await expect(store.restore({ origin: 'x', position: 3, records: [] })).rejects.toThrow(RestoreRefused);
        await store.restore({ origin: 'x', position: 2, records: [], clock: 1000 });
        expect(await store.restoreState()).toEqual({ kind: 'restored', origin: 'x', position: 2 });
        await expect(store.restore({ origin: 'x', position: 3, records: [] })).rejects.toThrow(RestoreRefused);
      });

      test('does not touch a store with data of its own', async () => {
        const [store, audited] = [await fresh(), await fresh()];
        await written(store, put('Basic', 'a'));
        await audited.appendAudit({ at: 1, actor: { kind: 'operator' }, interaction: 'read', patients: [], status: 200, request: 'r' });
        for (const each of [store, audited]) {
          expect(await each.restoreState()).toEqual({ kind: 'occupied' });
          await expect(each.restore({ origin: 'x', position: 1, records: [record('b')] })).rejects.toThrow(RestoreRefused);
          expect(await each.read(operator, keyOf('Basic', 'b'))).toBeUndefined();
        }
      });

      test.each([
        ['a text that is not what its hash says', record('b', { hash: '00'.repeat(32) })],
        ['a resource that stands twice', record('a')],
        ['bytes that are not in the export', record('b', { content: '7' })],
        ['a claim that another resource holds', record('b', { claims: [ins('1')] })],
      ])('refuses %s, and the whole batch with it', async (_, bad) => {
        const store = await fresh();
        expect(await store.claimed(operator, [ins('1')])).toEqual([undefined]);
        await store.restore({ origin: 'x', position: 1, records: [record('a', { claims: [ins('1')] })] });
        expect(await store.claimed(operator, [ins('1')])).toEqual([{ type: 'Basic', id: 'a', deleted: false }]);
        await expect(store.restore({ origin: 'x', position: 2, records: [record('c'), bad] })).rejects.toThrow(RestoreRefused);
        expect(await store.read(operator, keyOf('Basic', 'c'))).toBeUndefined();
        await store.restore({ origin: 'x', position: 2, records: [record('c')] });
        expect(await store.read(operator, keyOf('Basic', 'c'))).toMatchObject({ version: 1, lastUpdated: 1000 });
      });

    });

    describe('searched', () => {
      answersAsTheOracle(async () => {
        const store = await movingStore(make);
        return { store, close: () => store.close() };
      }, 4);
    });
  });
}
