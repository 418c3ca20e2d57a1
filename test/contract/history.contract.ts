/** The history of a type and of the whole system, against a plain list of what was written; its pages, its budget, its erasure. */
import { setTimeout as wait } from 'node:timers/promises';
import type { AccessFacts } from '../../src/access/facts';
import type { Grant } from '../../src/access/grant';
import type { HistoryPage, HistoryQuery, HistoryScope, Store, Write } from '../../src/store/port';
import { historyOf, type Written } from '../oracle/history';
import { always, consent, keyOf, lastingTest, moment, open, operator, owned, person, professional, put, remove, software, written, type Subject, type SubjectKind } from './support';

const callers: Readonly<Record<string, Grant>> = {
  operator, alice: person('alice'), bob: person('bob'), stranger: person(),
  pro: professional('professional|pro', 'Practitioner/pro'), author: professional('professional|author'),
  s1: software('s1', 'structure|s1'), s2: software('s2', 'structure|s2'),
};
const system: HistoryScope = {};

/** Small whole numbers, the same in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

const ofAlice: AccessFacts = { exposure: 'owned', owners: ['alice'], structures: ['s1'] };
const facts: readonly AccessFacts[] = [
  ofAlice, { ...ofAlice, owners: ['bob'], structures: ['s2'] }, { ...ofAlice, owners: ['alice', 'bob'] }, open,
  { ...ofAlice, exposure: 'subject' }, { exposure: 'private', owners: [], structures: ['s1'] }, { ...ofAlice, document: 'd1' }, { ...ofAlice, owners: ['bob'], structures: ['s2'], document: 'd2' },
];
const document = (id: string, owner: string, labels: readonly ('MASQUE_PS' | 'INVISIBLE_PATIENT')[]): Write => put('DocumentReference', id, {
  access: { exposure: 'owned', owners: [owner], structures: ['s1'], documentFacts: { chainKeys: [`oid|${id}`], labels, authors: ['professional|author'] } },
});

/** Writes of all kinds, several of one instant among them. */
async function lived(store: Store, seed: number): Promise<Written[]> {
  const throwDice = dice(seed);
  const all: Written[] = [];
  const live = new Set<string>();
  const step = async (...writes: readonly Write[]): Promise<void> => {
    for (const [at, one] of (await written(store, ...writes)).entries()) {
      const write = writes[at];
      all.push({ type: one.type, id: one.id, version: one.version, lastUpdated: one.lastUpdated, ...(write?.kind === 'put' ? { access: write.access } : {}) });
      if (write?.kind === 'delete') live.delete(`${one.type}/${one.id}`);
      else live.add(`${one.type}/${one.id}`);
    }
  };
  await step(put('Patient', 'alice', { access: owned('alice') }), put('Patient', 'bob', { access: owned('bob') }));
  await step(document('d1', 'alice', []), document('d2', 'bob', ['MASQUE_PS']));
  for (let turn = 0; turn < 25; turn++) {
    const writes = new Map<string, Write>();
    for (let left = 1 + throwDice(4); left > 0; left--) {
      const [type, id] = [['Observation', 'Condition', 'Practitioner'][throwDice(3)] ?? '', `x${throwDice(5)}`];
      const gone = live.has(`${type}/${id}`) && throwDice(4) === 0;
      writes.set(`${type}/${id}`, gone ? remove(type, id) : put(type, id, { access: type === 'Practitioner' ? open : facts[throwDice(facts.length)] ?? open }));
    }
    await step(...writes.values());
  }
  await step(document('d1', 'alice', ['INVISIBLE_PATIENT']));
  await step(consent('c', 'bob', { effect: 'block', actors: ['professional|pro'], ...always }));
  return all;
}

const nameOf = ({ type, id, version }: { readonly type: string; readonly id: string; readonly version: number }): string => `${type}/${id}/${version}`;

async function pages(store: Store, grant: Grant, scope: HistoryScope, query: HistoryQuery): Promise<HistoryPage[]> {
  const found: HistoryPage[] = [];
  for (let next: Partial<HistoryQuery> = {}; ; ) {
    const page = await store.history(grant, scope, { ...query, ...next });
    if (page === undefined) return found;
    found.push(page);
    if (page.next === undefined) return found;
    next = { after: page.next, asOf: page.asOf };
  }
}
const told = (all: readonly HistoryPage[]) => all.flatMap(({ versions }) => versions);

export function historyContract(subject: () => Subject, kind: SubjectKind): void {
  const store = (): Store => subject().store;
  const lasting = lastingTest(kind);

  describe('The history of a type and of the system', () => {
    test.each([1, 2])('tells every caller exactly what is theirs to know, in pages of any size (world %d)', async (seed) => {
      const world = await lived(store(), seed);
      const instants = [...new Set(world.map(({ lastUpdated }) => lastUpdated))];
      const middle = instants[Math.floor(instants.length / 2)] ?? 0;
      const whole = {};
      const windows: readonly Pick<HistoryQuery, 'since' | 'at'>[] = [whole, { since: middle }, { at: { lo: middle, hi: middle + 1 } }, { at: { lo: middle - 30, hi: middle } }, { at: { lo: 0, hi: instants[0] ?? 0 } }];
      for (const [caller, grant] of Object.entries(callers)) {
        for (const scope of [system, { type: 'Observation' }, { type: 'Practitioner' }, { type: 'Unheard' }]) {
          for (const window of windows) {
            const due = historyOf(world, grant.reach, moment, scope, window);
            for (const count of window === whole ? [7, 500] : [500]) {
              const label = [caller, scope.type, window, count];
              const found = await pages(store(), grant, scope, { ...window, count });
              const versions = told(found);
              expect([...label, versions.map(nameOf).sort()]).toEqual([...label, due.map(({ name }) => name).sort()]);
              expect([...label, versions.map(({ lastUpdated }) => lastUpdated)]).toEqual([...label, due.map(({ lastUpdated }) => lastUpdated)]);
              expect([...label, ...found.map(({ total }) => total)]).toEqual([...label, ...found.map(() => due.length)]);
              for (const { versions: some } of found.slice(0, -1)) expect(some).toHaveLength(count);
            }
            expect((await store().history(grant, scope, { ...window, count: 0 }))).toMatchObject({ versions: [], total: due.length });
          }
        }
      }
    });

    test('gives each version its text, and none to a tombstone', async () => {
      const [first] = await written(store(), put('Basic', 'a', { rest: ',"code":{"text":"one"}' }));
      await written(store(), put('Basic', 'a', { rest: ',"code":{"text":"two"}' }));
      await written(store(), remove('Basic', 'a'));
      const page = await store().history(operator, { type: 'Basic' }, { count: 9 });
      expect(page?.versions.map(({ version, deleted, text }) => [version, deleted, /"text":"(\w+)"/.exec(text)?.[1]])).toEqual([[3, true, undefined], [2, false, 'two'], [1, false, 'one']]);
      expect(page?.versions[2]?.text).toBe(first?.text);
    });

    test('pages are those of the first one, whatever is written meanwhile', async () => {
      for (const id of ['a', 'b', 'c', 'd', 'e']) await written(store(), put('Basic', id));
      for (const scope of [system, { type: 'Basic' }, keyOf('Basic', 'c')]) {
        const before = (await pages(store(), operator, scope, { count: 100 })).flatMap(({ versions }) => versions.map(nameOf));
        const first = await store().history(operator, scope, { count: 1 });
        await written(store(), put('Basic', 'c'), remove('Basic', 'a'), put('Basic', `new-${before.length}`));
        await written(store(), put('Basic', 'a'));
        const rest = first?.next === undefined ? [] : await pages(store(), operator, scope, { count: 1, after: first.next, asOf: first.asOf });
        expect([first, ...rest].flatMap((page) => page?.versions.map(nameOf))).toEqual(before);
        for (const page of rest) expect(page).toMatchObject({ total: first?.total, lastUpdated: first?.lastUpdated });
      }
    });

    test('while others write: what was acknowledged before page one is on its pages once, what began after it on none', async () => {
      const acknowledged = new Set<string>();
      const begun = new Map<string, number>();
      const state = { turn: 0, ended: false };
      const writer = async (id: string): Promise<void> => {
        for (let version = 1; !state.ended && version <= 40; version++) {
          await wait(3);
          begun.set(`Basic/${id}/${version}`, state.turn);
          await written(store(), put('Basic', id));
          acknowledged.add(`Basic/${id}/${version}`);
        }
      };
      const writers = ['a', 'b', 'c', 'd', 'e', 'f'].map(writer);
      for (let round = 0; round < 4; round++) {
        const before = [...acknowledged];
        const first = await store().history(operator, { type: 'Basic' }, { count: 20 });
        state.turn = round + 1;
        const rest = first?.next === undefined ? [] : await pages(store(), operator, { type: 'Basic' }, { count: 20, after: first.next, asOf: first.asOf });
        const names = [first, ...rest].flatMap((page) => page?.versions.map(nameOf) ?? []);
        expect(names).toHaveLength(new Set(names).size);
        expect(names).toEqual(expect.arrayContaining(before));
        expect(names.filter((name) => (begun.get(name) ?? Infinity) > round)).toEqual([]);
      }
      state.ended = true;
      await Promise.all(writers);
    });

    test('knows a time after which what is committed bears a later one', async () => {
      await written(store(), put('Basic', 'a'));
      const page = await store().history(operator, system, { count: 1 });
      const [next] = await written(store(), put('Basic', 'b'));
      expect(next?.lastUpdated).toBeGreaterThan(page?.lastUpdated ?? Infinity);
      expect((await store().history(operator, system, { count: 9, since: (page?.lastUpdated ?? 0) + 1 }))?.versions.map(nameOf)).toEqual(['Basic/b/1']);
    });

    test('what becomes hidden between two pages is on no later page', async () => {
      await written(store(), put('Observation', 'x', { access: owned('alice') }), put('Observation', 'y', { access: owned('bob') }));
      await written(store(), put('Observation', 'z', { access: owned('bob') }));
      const pro = callers.pro as Grant;
      const first = await store().history(pro, system, { count: 1 });
      expect(first).toMatchObject({ total: 3, versions: [{ id: 'z' }] });
      await written(store(), consent('c', 'alice', { effect: 'close', ...always }));
      const rest = await pages(store(), pro, system, { count: 5, after: first?.next ?? '', asOf: first?.asOf ?? '' });
      expect(rest).toMatchObject([{ total: 2, versions: [{ id: 'y' }] }]);
    });

    test('a reader who sees too few of many is told the limit; a person reads their own record whatever others wrote', async () => {
      await written(store(), put('Observation', 'mine', { access: owned('alice') }));
      await written(store(), ...Array.from({ length: 60 }, (_, at) => put('Observation', `b${at}`, { access: owned('bob') })));
      const query = { count: 5, budget: 20 };
      for (const scope of [system, { type: 'Observation' }]) {
        await expect(store().history(callers.s1 as Grant, scope, query)).rejects.toMatchObject({ failure: 'too-costly', issues: [{ diagnostics: expect.stringContaining('HISTORY_BUDGET') }] });
        expect((await store().history(callers.alice as Grant, scope, query))?.versions.map(nameOf)).toEqual(['Observation/mine/1']);
        expect((await store().history(operator, scope, query))?.versions).toHaveLength(5);
      }
    });

    test('a total is left out where it is not cheap to tell', async () => {
      for (let at = 0; at < 11; at++) await written(store(), ...Array.from({ length: 100 }, (_, n) => put('Basic', `b${at}-${n}`)));
      const first = await store().history(operator, system, { count: 10 });
      expect(first).not.toHaveProperty('total');
      expect(await store().history(operator, system, { count: 10, after: first?.next ?? '', asOf: first?.asOf ?? '' })).not.toHaveProperty('total');
      expect(await store().history(operator, system, { count: 0 })).toMatchObject({ total: 1100 });
      const names = told(await pages(store(), operator, system, { count: 300 })).map(nameOf);
      expect([names.length, new Set(names).size]).toEqual([1100, 1100]);
    });

    test('of long texts comes in shorter pages, and leaves none out', async () => {
      for (let version = 1; version <= 3; version++) await written(store(), put('Basic', 'a', { rest: `,"long":"${'x'.repeat(30_000_000)}"` }));
      const found = await pages(store(), operator, { type: 'Basic' }, { count: 10 });
      expect(found.map(({ versions }) => versions.map(({ version }) => version))).toEqual([[3, 2], [1]]);
    });

    test.each(['x', '1', '1.2.3', '-1.1'])('a position that is none of ours (%s) is refused', async (after) => {
      await expect(store().history(operator, system, { count: 1, after })).rejects.toMatchObject({ failure: 'bad-cursor' });
    });

    lasting('is the same after a restart', async () => {
      await lived(store(), 3);
      const before = told(await pages(store(), operator, system, { count: 50 })).map(nameOf);
      await subject().reopen();
      expect(told(await pages(store(), operator, system, { count: 50 })).map(nameOf)).toEqual(before);
    });
  });
}
