/** Reading by key, history, secrets, the audit log, and what survives a restart. */
import type { AuditRecord } from '../../src/access/audit-record';
import type { Store } from '../../src/store/port';
import { always, bytesOf, consent, contentOf, ins, keyOf, lastingTest, listOf, operator, owned, person, professional, put, remove, written, type Subject, type SubjectKind } from './support';

const record = (request: string, more: Partial<AuditRecord> = {}): AuditRecord =>
  ({ at: 1000, actor: { kind: 'operator' }, interaction: 'read', patients: [], status: 200, request, ...more });

export function readsContract(subject: () => Subject, kind: SubjectKind): void {
  const lasting = lastingTest(kind);
  const store = (): Store => subject().store;
  const basic = keyOf('Basic', 'a');

  describe('Reads by key', () => {
    test('tell owners, document and version', async () => {
      await written(store(), put('Observation', 'o', { access: { ...owned('p', 'q'), document: 'd' } }));
      expect(await store().read(operator, keyOf('Observation', 'o'))).toMatchObject({
        type: 'Observation', id: 'o', version: 1, deleted: false, owners: ['p', 'q'], document: 'd',
      });
      await written(store(), put('DocumentReference', 'd', { access: { ...owned('p'), documentFacts: { chainKeys: [], labels: [], authors: [] } } }));
      const document = await store().read(operator, keyOf('DocumentReference', 'd'));
      expect(document).toMatchObject({ owners: ['p'] });
      expect(document).not.toHaveProperty('document');
    });

    test('find a tombstone, which has no text', async () => {
      await written(store(), put('Basic', 'a'));
      const [gone] = await written(store(), remove('Basic', 'a'));
      expect(await store().read(operator, basic)).toMatchObject({ deleted: true, text: '', version: 2, lastUpdated: gone?.lastUpdated });
      expect(await store().vread(operator, basic, 2)).toMatchObject({ deleted: true });
      expect(await store().vread(operator, basic, 1)).toMatchObject({ deleted: false });
    });

    test.each([['Basic', 'b'], ['Unheard', 'a'], ['Basic', "' OR 1=1 --"], ['Patient', 'a']])('find nothing at %s/%s', async (type, id) => {
      await written(store(), put('Basic', 'a'));
      expect(await store().read(operator, keyOf(type, id))).toBeUndefined();
      expect(await store().vread(operator, keyOf(type, id), 1)).toBeUndefined();
      expect(await store().history(operator, keyOf(type, id), { count: 1 })).toBeUndefined();
    });

    test.each([0, 3, 1.5, -1, Number.NaN])('find no version %d of two', async (version) => {
      await written(store(), put('Basic', 'a'));
      await written(store(), put('Basic', 'a'));
      expect(await store().vread(operator, basic, version)).toBeUndefined();
    });
  });

  describe('History', () => {
    const versionsOf = async (query: Parameters<Store['history']>[2]) => (await store().history(operator, basic, query))?.versions.map(({ version }) => version);

    test('is newest first, tombstones included, in pages', async () => {
      for (const step of [put('Basic', 'a'), put('Basic', 'a'), remove('Basic', 'a'), put('Basic', 'a'), put('Basic', 'a')]) await written(store(), step);
      const first = await store().history(operator, basic, { count: 2 });
      expect(first).toMatchObject({ total: 5, versions: [{ version: 5 }, { version: 4 }] });
      const second = await store().history(operator, basic, { count: 2, after: first?.next ?? '' });
      expect(second).toMatchObject({ versions: [{ version: 3, deleted: true }, { version: 2 }] });
      const third = await store().history(operator, basic, { count: 2, after: second?.next ?? '' });
      expect(third?.versions.map(({ version }) => version)).toEqual([1]);
      expect(third).not.toHaveProperty('next');
      expect(await versionsOf({ count: 0 })).toEqual([]);
    });

    test('of long texts comes in shorter pages, and leaves none out', async () => {
      for (let version = 1; version <= 3; version++) await written(store(), put('Basic', 'a', { rest: `,"long":"${'x'.repeat(30_000_000)}"` }));
      const first = await store().history(operator, basic, { count: 10 });
      expect(first?.versions.map(({ version }) => version)).toEqual([3, 2]);
      const second = await store().history(operator, basic, { count: 10, after: first?.next ?? '' });
      expect(second?.versions.map(({ version }) => version)).toEqual([1]);
      expect(second).not.toHaveProperty('next');
    });

    test('knows a time after which what is committed bears a later one', async () => {
      await written(store(), put('Basic', 'a'));
      const page = await store().history(operator, basic, { count: 1 });
      const [next] = await written(store(), put('Basic', 'b'));
      expect(next?.lastUpdated).toBeGreaterThan(page?.lastUpdated ?? Infinity);
    });

    test('since an instant: what was made at it or later', async () => {
      const times = [];
      for (let step = 0; step < 3; step++) times.push((await written(store(), put('Basic', 'a')))[0]?.lastUpdated ?? 0);
      expect(await versionsOf({ count: 9, since: times[1] ?? 0 })).toEqual([3, 2]);
      expect(await versionsOf({ count: 9, since: (times[1] ?? 0) + 1 })).toEqual([3]);
    });

    test('at an interval: what was current at some time in it', async () => {
      const times: number[] = [];
      for (let step = 0; step < 3; step++) times.push((await written(store(), put('Basic', 'a')))[0]?.lastUpdated ?? 0);
      const [one = 0, two = 0, three = 0] = times;
      expect(await versionsOf({ count: 9, at: { lo: one - 10, hi: one } })).toEqual([]);
      expect(await versionsOf({ count: 9, at: { lo: one, hi: one + 1 } })).toEqual([1]);
      expect(await versionsOf({ count: 9, at: { lo: two - 1, hi: two } })).toEqual([1]);
      expect(await versionsOf({ count: 9, at: { lo: two - 1, hi: two + 1 } })).toEqual([2, 1]);
      expect(await versionsOf({ count: 9, at: { lo: three + 1000, hi: three + 2000 } })).toEqual([3]);
    });
  });

  describe('Secrets', () => {
    lasting('are made on first use and stay', async () => {
      const [all, same] = await Promise.all([store().secrets('cursor'), store().secrets('cursor')]);
      expect(all).toHaveLength(1);
      expect(all[0]?.key).toHaveLength(32);
      expect(same).toEqual(all);
      await subject().reopen();
      expect((await store().secrets('cursor'))[0]?.id).toBe(all[0]?.id);
      expect((await store().secrets('other'))[0]?.id).not.toBe(all[0]?.id);
    });
  });

  describe('The audit log', () => {
    const requests = async (grant = operator, query: Omit<Parameters<Store['readAudit']>[1], 'limit'> & { limit?: number } = {}) =>
      (await listOf(store().readAudit(grant, { limit: 1000, ...query }))).map(({ request }) => request);

    lasting('keeps every record, in order, over a restart', async () => {
      await Promise.all(Array.from({ length: 50 }, (_, index) => store().appendAudit(record(`r${index}`))));
      await subject().reopen();
      await store().appendAudit(record('last', { type: 'Patient', id: 'p' }));
      expect(await requests()).toEqual([...Array.from({ length: 50 }, (_, index) => `r${index}`), 'last']);
    });

    test('is read by patient, by time and up to a limit', async () => {
      for (const [at, patients] of [[1, ['p']], [2, ['q']], [3, ['p', 'q']], [4, []]] as const) await store().appendAudit(record(`r${at}`, { at, patients }));
      expect(await requests(operator, { patient: 'p' })).toEqual(['r1', 'r3']);
      expect(await requests(operator, { from: 2, until: 4 })).toEqual(['r2', 'r3']);
      expect(await requests(operator, { limit: 2 })).toEqual(['r1', 'r2']);
    });

    test('is read whole by the operator, by a person where it is about them, by nobody else', async () => {
      await store().appendAudit(record('about-p', { patients: ['p'] }));
      await store().appendAudit(record('about-q', { patients: ['q'] }));
      expect(await requests(person('p'))).toEqual(['about-p']);
      expect(await requests(person())).toEqual([]);
      expect(await requests(professional('x'))).toEqual([]);
    });
  });

  describe('A restart', () => {
    lasting('loses nothing', async () => {
      const content = await store().stage(bytesOf('bytes'), 'text/plain');
      await written(store(), put('Patient', 'p', { claims: [ins('1')], access: owned('p') }), put('Binary', 'b', { content, access: owned('p') }));
      await written(store(), put('Patient', 'p', { claims: [ins('1')], access: owned('p') }), consent('c', 'p', { effect: 'block', actors: ['professional|x'], ...always }));
      await subject().reopen();
      expect(await store().read(operator, keyOf('Patient', 'p'))).toMatchObject({ version: 2 });
      expect(await store().vread(operator, keyOf('Patient', 'p'), 1)).toMatchObject({ version: 1 });
      expect(await store().claimed(operator, [ins('1')])).toMatchObject([{ id: 'p' }]);
      expect(await store().read(professional('professional|x'), keyOf('Patient', 'p'))).toBeUndefined();
      const found = await store().read(operator, keyOf('Binary', 'b'));
      expect(found && (await contentOf(store(), found)).toString()).toBe('bytes');
      const [next] = await written(store(), put('Patient', 'p', { expect: { version: 2 } }));
      expect(next?.version).toBe(3);
    });

    test('a closed store takes nothing and says why', async () => {
      await store().ready();
      await store().close();
      await expect(store().commit({ writes: [put('Basic', 'a')], guards: [] })).rejects.toMatchObject({ failure: 'unavailable' });
      await expect(store().stage(bytesOf('x'), 'text/plain')).rejects.toMatchObject({ failure: 'unavailable' });
      await expect(store().ready()).rejects.toThrow();
      await expect(store().appendAudit(record('x'))).rejects.toThrow();
    });

    lasting('closing waits for what is under way', async () => {
      const outcomes = Promise.all(Array.from({ length: 40 }, (_, index) => store().commit({ writes: [put('Basic', `b${index}`)], guards: [] })));
      await subject().reopen();
      expect((await outcomes).every(({ kind }) => kind === 'committed')).toBe(true);
      for (let index = 0; index < 40; index++) expect(await store().read(operator, keyOf('Basic', `b${index}`))).toBeDefined();
    });
  });
}
