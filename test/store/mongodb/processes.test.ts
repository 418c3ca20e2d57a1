/** Several server processes on one database, their clocks ten seconds apart. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bind } from '../../../src/access/grant';
import type { SearchPlan } from '../../../src/search/plan';
import type { Store } from '../../../src/store/port';
import { always, consent, keyOf, operator, owned, professional, put, written, type Subject } from '../../contract/support';
import { describeMongo, MongoSubjects } from '../../support/mongo';

const plan = (more: Partial<SearchPlan>): SearchPlan => ({ types: ['Basic'], where: { kind: 'all' }, sort: [], includes: [], page: { count: 500 }, total: 'none', ...more });
const upTo = (time: number): Partial<SearchPlan> => ({ where: { kind: 'lastUpdated', compare: { prefix: 'le', lo: time, hi: time + 1 } } });

describeMongo('Several processes', () => {
  const subjects = new MongoSubjects();
  let subject: Subject;
  beforeEach(async () => {
    subject = await subjects.subject();
  });
  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    await subject.end();
  });
  afterAll(() => subjects.end());

  const started: ChildProcess[] = [];
  async function another(skew: number, prefix: string): Promise<void> {
    const child = spawn(process.execPath, [join(__dirname, 'another-process.cjs'), await subjects.url(), String(skew), prefix], { stdio: ['ignore', 'pipe', 'inherit'] });
    started.push(child);
    await once(child.stdout as NodeJS.EventEmitter, 'data');
  }
  const stopAll = () => Promise.all(started.splice(0).map(async (child) => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  }));

  /** Every page of a search, and what its first page says of its time. */
  async function all(store: Store, more: Partial<SearchPlan> = {}): Promise<{ readonly found: readonly { readonly id: string; readonly lastUpdated: number }[]; readonly lastUpdated: number }> {
    const first = await store.search(bind(operator, plan(more)));
    const found = [...first.matches];
    for (let { next } = first; next !== undefined;) {
      const page = await store.search(bind(operator, plan({ ...more, page: { count: 500, after: next, asOf: first.asOf } })));
      found.push(...page.matches);
      next = page.next;
    }
    return { found, lastUpdated: first.lastUpdated };
  }

  test('nothing committed later bears a time up to that of a page, and the pages of a search are those of its first one', async () => {
    await another(-5000, 'slow-');
    await another(5000, 'fast-');
    const rounds: { readonly until: number; readonly ids: readonly string[] }[] = [];
    for (let round = 0; round < 5; round++) {
      const small = await subject.store.search(bind(operator, plan({ page: { count: 10 }, total: 'accurate' })));
      const seen = [...small.matches];
      for (let { next } = small; next !== undefined;) {
        const page = await subject.store.search(bind(operator, plan({ page: { count: 1000, after: next, asOf: small.asOf } })));
        seen.push(...page.matches);
        next = page.next;
      }
      expect([new Set(seen.map(({ id }) => id)).size, seen.length]).toEqual([small.total, small.total]);
      const { found, lastUpdated } = await all(subject.store);
      rounds.push({ until: lastUpdated, ids: found.filter((one) => one.lastUpdated <= lastUpdated).map(({ id }) => id) });
    }
    await stopAll();
    for (const { until, ids } of rounds) {
      const now = await all(subject.store, upTo(until));
      expect(now.found.map(({ id }) => id).sort()).toEqual([...ids].sort());
    }
    const { found } = await all(subject.store);
    expect(found.some(({ id }) => id.startsWith('slow-')) && found.some(({ id }) => id.startsWith('fast-'))).toBe(true);
  });

  test('a consent given at one is in force at the others on their next request', async () => {
    const other = await subjects.open();
    await written(subject.store, put('Patient', 'p', { access: owned('p') }), put('Observation', 'o', { access: owned('p') }));
    const pro = professional('professional|x');
    const seen = async () => [
      await other.read(pro, keyOf('Observation', 'o')) !== undefined,
      (await other.search(bind(pro, plan({ types: ['Observation'] })))).matches.length === 1,
      await other.isClosed(operator, 'p'),
    ];
    for (let turn = 0; turn < 5; turn++) {
      await written(subject.store, consent('c', 'p', { effect: 'close', ...always }));
      expect(await seen()).toEqual([false, false, true]);
      await written(subject.store, consent('c', 'p'));
      expect(await seen()).toEqual([true, true, false]);
    }
    await other.close();
  });

  test('of many conditional creates and claims at several processes one is taken', async () => {
    const other = await subjects.open();
    const claim = { kind: 'patient-ins', system: 's', value: '1' };
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? subject.store : other).commit({ writes: [put('Patient', `p${index}`, { claims: [claim] })], guards: [] })));
    expect(outcomes.filter(({ kind }) => kind === 'committed')).toHaveLength(1);
    const guard = { kind: 'matches' as const, plan: bind(operator, plan({ where: { kind: 'ids', ids: ['one', 'two'] } })), ids: [] };
    const created = await Promise.all(['one', 'two'].map((id, index) => (index === 0 ? subject.store : other).commit({ writes: [put('Basic', id)], guards: [guard] })));
    expect(created.map(({ kind }) => kind).sort()).toEqual(['committed', 'conflict']);
    await other.close();
  });

  test('a push and the closing of the record at the same moment: never a push after the closing', async () => {
    const other = await subjects.open();
    for (let turn = 0; turn < 10; turn++) {
      const patient = `p${turn}`;
      const guards = [{ kind: 'record-open' as const, patient, moment: Date.now() }];
      const [pushed, closed] = await Promise.all([
        subject.store.commit({ writes: [put('Observation', `o${turn}`, { access: owned(patient) })], guards }),
        other.commit({ writes: [consent(`c${turn}`, patient, { effect: 'close', ...always })], guards: [] }),
      ]);
      if (pushed.kind !== 'committed' || closed.kind !== 'committed') continue;
      // Both were taken: the push came first, and so its time is not the later one.
      expect(pushed.versions[0]?.lastUpdated).toBeLessThanOrEqual(closed.versions[0]?.lastUpdated ?? 0);
    }
    await other.close();
  });

  test('child and parent of a chain at the same moment are one chain', async () => {
    const other = await subjects.open();
    const document = (id: string, keys: readonly string[], labels: readonly 'MASQUE_PS'[]) =>
      put('DocumentReference', id, { access: { ...owned('p'), documentFacts: { chainKeys: keys, labels, authors: [] } } });
    for (let turn = 0; turn < 10; turn++) {
      const [one, two] = [`k${turn}-1`, `k${turn}-2`];
      await Promise.all([
        written(subject.store, document(`a${turn}`, [one], [])),
        written(other, document(`b${turn}`, [one, two], ['MASQUE_PS'])),
      ]);
      expect(await other.read(professional('x'), keyOf('DocumentReference', `a${turn}`))).toBeUndefined();
    }
    await other.close();
  });
});
