/**
 * What every store must do with a plan, told by the plain oracle: the same resources, in the same order, with the same
 * totals and the same company, for every reach; and pages that neither lose nor repeat.
 */
import fc from 'fast-check';
import { bind, type Reach } from '../../src/access/grant';
import type { Clause, SearchPlan } from '../../src/search/plan';
import type { Store } from '../../src/store/port';
import { oracleIncluded, oracleMatches } from '../oracle/search';
import type { World, WorldResource } from '../oracle/world';
import * as arbitrary from './search-arbitraries';
import { entriesOf, everything, found, grantOf, matchNames, namesOf, ownedBy, pagesOf, planOf, putOf, publicFacts, write, writeWorld, type Draft } from './search-support';
import { leakCases } from './search-leaks';

export interface StoreUnderTest {
  readonly store: Store;
  close(): Promise<void>;
}
export type StoreFactory = () => Promise<StoreUnderTest>;

async function withStore(make: StoreFactory, work: (store: Store) => Promise<void>): Promise<void> {
  const { store, close } = await make();
  try {
    await work(store);
  } finally {
    await close();
  }
}

/** All that can be told of the answer to a plan, page by page, against the oracle. */
async function compare(store: Store, world: World, reach: Reach, plan: SearchPlan): Promise<void> {
  const grant = grantOf(reach);
  const question = JSON.stringify({ reach, plan });
  const expected = oracleMatches(world, grant, plan);
  const pages = await pagesOf(store, grant, plan);
  const names = matchNames(pages);
  if (plan.sort.length > 0) expect([question, names]).toEqual([question, namesOf(expected)]);
  else expect([question, [...names].sort()]).toEqual([question, namesOf(expected).sort()]);
  const byName = new Map(world.resources.map((resource) => [namesOf([resource])[0], resource]));
  for (const page of pages) {
    const matches = namesOf(page.matches).map((name) => byName.get(name) as WorldResource);
    expect([question, namesOf(page.included).sort()]).toEqual([question, [...oracleIncluded(world, grant, plan, matches)].sort()]);
    expect([question, page.total]).toEqual([question, plan.total === 'none' ? undefined : expected.length]);
  }
  const counted = await store.search(bind(grant, { ...plan, total: 'accurate', page: { count: 0 } }));
  expect([question, counted.total, counted.matches, counted.next]).toEqual([question, expected.length, [], undefined]);
}

const token = (param: string, code: string) => ({ param, code, system: '' });
const local = (param: string, name: string) => ({ param, form: 'local' as const, type: name.split('/')[0] ?? '', id: name.split('/')[1] ?? '' });

const patient: Draft = { type: 'Patient', id: 'p', entries: entriesOf({ token: [token('Patient.gender', 'female')] }), access: ownedBy(['p']) };
const observation = (id: string, more: Partial<Draft['entries']> = {}): Draft => ({
  type: 'Observation', id, access: ownedBy(['p']), entries: entriesOf({ token: [token('Observation.code', 'c')], reference: [local('Observation.subject', 'Patient/p')], ...more }),
});
const dated = (id: string, at: number): Draft => observation(id, { date: [{ param: 'Observation.date', lo: at, hi: at + 1, mark: 3 }], mainDate: at });

/** @param make a fresh, empty store for each call */
export function answersAsTheOracle(make: StoreFactory, runs = 30): void {
  it('answer any plan over any data as the oracle does', async () => {
    await fc.assert(fc.asyncProperty(arbitrary.world, fc.array(fc.tuple(arbitrary.reach, arbitrary.plan), { minLength: 12, maxLength: 12 }), async (sets, questions) => {
      await withStore(make, async (store) => {
        const world = await writeWorld(store, sets);
        for (const [reach, plan] of questions) await compare(store, world, reach, plan);
      });
    }), { numRuns: runs, endOnFailure: true });
  }, 600_000);
}

/** @param make a fresh, empty store for each call */
export function searchContract(name: string, make: StoreFactory): void {
  describe(`searches of the ${name} store`, () => {
    answersAsTheOracle(make);

    it('by relevance of two kinds: each key counts what it names', () => withStore(make, async (store) => {
      const held = (id: string, ...codes: string[]): Draft => ({ type: 'Patient', id, access: ownedBy([id]), entries: entriesOf({ token: codes.map((code) => token('Patient.code', code)) }) });
      const world = await writeWorld(store, [[held('a', 'x'), held('b', 'y'), held('c', 'x', 'y'), held('d')]]);
      const by = (code: string, descending: boolean) => ({ by: { score: [{ kind: 'token', param: 'Patient.code', code } as const] }, descending });
      for (const sort of [[by('x', true), by('y', false)], [by('y', false), by('x', true)], [by('x', false), by('y', true)]]) {
        await compare(store, world, { kind: 'everything' }, { types: ['Patient'], where: { kind: 'all' }, sort, includes: [], page: { count: 3 }, total: 'none' });
      }
    }));

    describe('page by page', () => {
      const sorts: readonly SearchPlan['sort'][] = [
        [], [{ by: '_id', descending: false }], [{ by: '_lastUpdated', descending: true }], [{ by: { param: 'Observation.date', valueKind: 'date' }, descending: true }],
      ];
      const wheres: readonly SearchPlan['where'][] = [{ kind: 'all' }, { kind: 'token', param: 'Observation.code', code: 'c' }, { kind: 'compartment', patient: 'p' }];
      it.each(sorts.flatMap((sort) => wheres.map((where) => [JSON.stringify(sort), where.kind, sort, where] as const)))(
        'leave out what is made or changed since page one and give the rest exactly once, sorted by %s where %s', async (_sort, _where, sort, where) => withStore(make, async (store) => {
          await write(store, [patient, ...['a', 'c', 'e', 'g', 'i', 'k', 'm', 'o', 'q'].map((id, at) => dated(id, 100 + (at % 3)))]);
          const plan = planOf(['Observation'], where, { sort, page: { count: 2 } });
          const first = await store.search(bind(everything, plan));
          const seen = namesOf(first.matches);
          const unseen = ['a', 'c', 'e', 'g', 'i', 'k', 'm', 'o', 'q'].map((id) => `Observation/${id}`).filter((each) => !seen.includes(each));
          const [changed = '', deleted = '', ...untouched] = unseen;
          await write(store, [dated('b', 101), dated('n', 100), dated(changed.slice(12), 102), dated(seen[0]?.slice(12) ?? '', 99)]);
          await store.commit({ writes: [{ kind: 'delete', type: 'Observation', id: deleted.slice(12), expect: 'any', claims: [] }], guards: [] });
          const rest: string[] = [];
          for (let next = first.next; next !== undefined; ) {
            const page = await store.search(bind(everything, { ...plan, page: { count: 2, after: next, asOf: first.asOf } }));
            rest.push(...namesOf(page.matches));
            next = page.next;
          }
          expect(rest.sort()).toEqual(untouched.sort());
        }));
    });

    it.each(['\u{10FFFF}', '\uD7FF', '\uE000', 'z'])('begin where a text does and end where no text does any more: %j', async (last) => withStore(make, async (store) => {
      const named = (id: string, folded: string): Draft => observation(id, { string: [{ param: 'Observation.name', folded, exact: folded }], uri: [{ param: 'Observation.uri', value: `http://a.test/${folded}` }] });
      await write(store, [named('same', `a${last}`), named('more', `a${last}\u{10FFFF}`), named('evenMore', `a${last}\u{10FFFF}\u{10FFFF}b`), named('path', `a${last}/x`), named('before', 'a'), named('after', `b${last}`)]);
      const names = ['Observation/evenMore', 'Observation/more', 'Observation/path', 'Observation/same'];
      expect((await found(store, everything, planOf(['Observation'], { kind: 'string', param: 'Observation.name', match: 'starts', text: `a${last}` }))).sort()).toEqual(names);
      expect((await found(store, everything, planOf(['Observation'], { kind: 'uri', param: 'Observation.uri', match: 'below', value: `http://a.test/a${last}` }))).sort()).toEqual(['Observation/path', 'Observation/same']);
    }));

    it('say a moment that no later commit is before, and that page one is a snapshot of', async () => withStore(make, async (store) => {
      const [before] = await write(store, [observation('a')]);
      const page = await store.search(bind(everything, planOf(['Observation'])));
      const [after] = await write(store, [observation('b')]);
      expect(page.lastUpdated).toBeGreaterThanOrEqual(before?.lastUpdated ?? NaN);
      expect(page.lastUpdated).toBeLessThanOrEqual(after?.lastUpdated ?? NaN);
      expect(await found(store, everything, planOf(['Observation'], { kind: 'lastUpdated', compare: { prefix: 'ge', lo: after?.lastUpdated ?? NaN, hi: (after?.lastUpdated ?? NaN) + 1 } }))).toEqual(['Observation/b']);
    }));

    it('say the moment of page one on every page, since what changed later is on none of them', async () => withStore(make, async (store) => {
      await write(store, [observation('a'), observation('b')]);
      const plan = planOf(['Observation'], { kind: 'all' }, { page: { count: 1 } });
      const first = await store.search(bind(everything, plan));
      await write(store, [observation('c')]);
      const second = await store.search(bind(everything, { ...plan, page: { count: 1, after: first.next ?? '', asOf: first.asOf } }));
      expect([second.asOf, second.lastUpdated]).toEqual([first.asOf, first.lastUpdated]);
    }));

    it('take a parameter of another type for missing, though it be the main date of its own', async () => withStore(make, async (store) => {
      const document: Draft = { type: 'DocumentReference', id: 'r', access: ownedBy(['p']), entries: entriesOf({ string: [{ param: 'DocumentReference.name', exact: 'an', folded: 'an', mark: 3 }] }) };
      await write(store, [document, dated('o', 5)]);
      const sort: SearchPlan['sort'] = [{ by: { param: 'DocumentReference.date', valueKind: 'date' }, descending: false }, { by: { param: 'DocumentReference.name', valueKind: 'string' }, descending: true }];
      expect(await found(store, everything, planOf(['DocumentReference', 'Observation'], { kind: 'all' }, { sort }))).toEqual(['DocumentReference/r', 'Observation/o']);
    }));

    it('turn short pages through hundreds that share a date', async () => withStore(make, async (store) => {
      const names = Array.from({ length: 150 }, (_, at) => `o${String(at).padStart(3, '0')}`);
      const day = { param: 'Observation.date', lo: 5, hi: 6, mark: 3 } as const;
      await write(store, [{ type: 'Patient', id: 'p', entries: entriesOf({}), access: ownedBy(['p']) }, ...names.map((id): Draft => ({ type: 'Observation', id, entries: entriesOf({ date: [day], mainDate: 5 }), access: ownedBy(['p']) }))]);
      const plan = planOf(['Observation'], { kind: 'all' }, { sort: [{ by: { param: 'Observation.date', valueKind: 'date' }, descending: true }], page: { count: 3 } });
      const pages = await pagesOf(store, grantOf({ kind: 'professional', keys: [] }), plan);
      expect(matchNames(pages)).toEqual(names.map((id) => `Observation/${id}`));
    }));

    it('sort texts by code point, also beyond the basic plane', async () => withStore(make, async (store) => {
      const named = (id: string, folded: string) => observation(id, { string: [{ param: 'Observation.name', exact: folded, folded, mark: 3 }] });
      await write(store, [named('1', '\u{1F600}'), named('2', '\uFF5E'), named('3', 'a')]);
      const sort = [{ by: { param: 'Observation.name', valueKind: 'string' as const }, descending: false }];
      expect(await found(store, everything, planOf(['Observation'], { kind: 'all' }, { sort, page: { count: 1 } }))).toEqual(['Observation/3', 'Observation/2', 'Observation/1']);
    }));

    it('take thousands of alternatives', async () => withStore(make, async (store) => {
      await write(store, [patient, observation('a'), observation('b', { token: [token('Observation.code', 'v1999')] })]);
      const many = Array.from({ length: 2_000 }, (_, at): SearchPlan['where'] => ({ kind: 'token', param: 'Observation.code', code: `v${at}` }));
      expect(await found(store, everything, planOf(['Observation'], { kind: 'or', of: many }))).toEqual(['Observation/b']);
      expect(await found(store, everything, planOf(['Observation'], { kind: 'not', of: { kind: 'or', of: many } }))).toEqual(['Observation/a']);
      expect(await found(store, everything, planOf(['Observation'], { kind: 'and', of: many }))).toEqual([]);
    }));

    it('find nothing of what was deleted or is only spoken of', async () => withStore(make, async (store) => {
      await write(store, [patient, observation('a'), observation('b', { reference: [local('Observation.link', 'Observation/a'), local('Observation.link', 'Observation/never')] })]);
      await store.commit({ writes: [{ kind: 'delete', type: 'Observation', id: 'a', expect: 'any', claims: [] }], guards: [] });
      expect(await found(store, everything, planOf(['Observation']))).toEqual(['Observation/b']);
      expect(await found(store, everything, planOf(['Observation'], { kind: 'chain', param: 'Observation.link', targets: ['Observation'], where: { kind: 'all' } }))).toEqual([]);
      const [page] = await pagesOf(store, everything, planOf(['Observation'], { kind: 'all' }, { includes: [{ direction: 'include', sourceType: 'Observation', param: '*', iterate: true }] }));
      expect(page?.included).toEqual([]);
    }));

    it('bring definitions along by URL and version, and what names them', () => withStore(make, async (store) => {
      const definition = (type: string, id: string, url: string, ...versions: string[]): Draft =>
        ({ type, id, access: publicFacts, entries: entriesOf({ uri: [{ param: `${type}.url`, value: url }], token: versions.map((code) => token(`${type}.version`, code)) }) });
      const answer = (id: string, url: string, version?: string): Draft =>
        ({ type: 'QuestionnaireResponse', id, access: ownedBy(['p']), entries: entriesOf({ reference: [{ param: 'QuestionnaireResponse.questionnaire', form: 'canonical', url, ...(version === undefined ? {} : { version }) }] }) });
      const world = await writeWorld(store, [[
        definition('Questionnaire', 'one', 'http://a.test/q', '1'), definition('Questionnaire', 'two', 'http://a.test/q', '2'), definition('Questionnaire', 'bare', 'http://a.test/q'), definition('Questionnaire', 'other', 'http://a.test/q/1', '1'),
        definition('Measure', 'm', 'http://a.test/q', '1'), answer('r', 'http://a.test/q'), answer('r1', 'http://a.test/q', '1'), answer('r3', 'http://a.test/q', '3'), answer('s', 'http://a.test/q|1'),
      ]]);
      const rows: readonly (readonly [type: string, id: string, along: readonly string[]])[] = [
        ['QuestionnaireResponse', 'r', ['bare', 'one', 'two']], ['QuestionnaireResponse', 'r1', ['one']], ['QuestionnaireResponse', 'r3', []], ['QuestionnaireResponse', 's', []],
        ['Questionnaire', 'one', ['r', 'r1']], ['Questionnaire', 'two', ['r']], ['Questionnaire', 'bare', ['r']], ['Questionnaire', 'other', []], ['Measure', 'm', []],
      ];
      for (const [type, id, along] of rows) {
        const direction = type === 'QuestionnaireResponse' ? 'include' : 'revinclude';
        for (const param of ['QuestionnaireResponse.questionnaire', '*']) {
          const plan = planOf([type], { kind: 'ids', ids: [id] }, { includes: [{ direction, sourceType: 'QuestionnaireResponse', param, definitions: ['Questionnaire'], iterate: false }], total: 'accurate' });
          expect([id, param, (await store.search(bind(everything, plan))).included.map((one) => one.id).sort()]).toEqual([id, param, along]);
          await compare(store, world, { kind: 'professional', keys: [] }, plan);
          await compare(store, world, { kind: 'patient', patient: 'q' }, plan);
        }
      }
    }));

    it('serve the text of the current version', async () => withStore(make, async (store) => {
      await write(store, [observation('a')]);
      const again = putOf(observation('a'));
      await store.commit({ writes: [{ ...again, ...(again.kind === 'put' ? { body: { ...again.body, after: '},"status":"final"}' } } : {}) }], guards: [] });
      const page = await store.search(bind(everything, planOf(['Observation'])));
      expect(page.matches.map(({ version, text }) => [version, JSON.parse(text)])).toEqual([[2, expect.objectContaining({ status: 'final', meta: expect.objectContaining({ versionId: '2' }) })]]);
    }));

    describe('within budgets', () => {
      it('give fewer matches than asked for where their texts are long, and leave none out', async () => withStore(make, async (store) => {
        const long = `},"status":"${'x'.repeat(30_000_000)}"}`;
        for (const id of ['a', 'b', 'c']) {
          const put = putOf(observation(id));
          await store.commit({ writes: [{ ...put, ...(put.kind === 'put' ? { body: { ...put.body, after: long } } : {}) }], guards: [] });
        }
        for (const sort of [[], [{ by: '_id', descending: true }]] as const) {
          const pages = await pagesOf(store, everything, planOf(['Observation'], { kind: 'all' }, { sort }));
          expect(pages.map(({ matches }) => matches.length)).toEqual([2, 1]);
          expect(pages[0]?.total).not.toBe(2);
          expect(pages.flatMap(({ matches }) => matches.map(({ id }) => id)).sort()).toEqual(['a', 'b', 'c']);
        }
      }));

      const link = (from: string, to: string) => observation(from, { reference: [local('Observation.link', `Observation/${to}`)] });
      const iterate = { direction: 'include', sourceType: 'Observation', param: 'Observation.link', iterate: true } as const;
      const one = planOf(['Observation'], { kind: 'ids', ids: ['n0'] }, { includes: [iterate] });

      it('follow ten levels of includes, and say that there are more', async () => withStore(make, async (store) => {
        await write(store, Array.from({ length: 10 }, (_, at) => link(`n${at}`, `n${at + 1}`)));
        await write(store, [observation('n10', { reference: [] })]);
        const ten = await store.search(bind(everything, one));
        expect([ten.included.length, ten.cut]).toEqual([10, undefined]);
        await write(store, [link('n10', 'n11'), observation('n11', { reference: [] })]);
        const eleven = await store.search(bind(everything, one));
        expect([eleven.included.length, eleven.cut]).toEqual([10, ['levels']]);
        const two = await store.search(bind(everything, { ...one, company: { most: 1_000, levels: 2 } }));
        expect([namesOf(two.included).sort(), two.cut]).toEqual([['Observation/n1', 'Observation/n2'], ['levels']]);
      }));

      it('put no more resources into an order that no index has than the plan allows, and say which setting that is', async () => withStore(make, async (store) => {
        const ids = Array.from({ length: 9 }, (_, at) => `s${at}`);
        await write(store, ids.map((id, at) => observation(id, { reference: [{ ...local('Observation.subject', `Patient/p${9 - at}`), mark: 3 }] })));
        const bySubject = { by: { param: 'Observation.subject', valueKind: 'reference' }, descending: false } as const;
        const sorted = (where: Clause, sortable: number) => store.search(bind(everything, planOf(['Observation'], where, { sort: [bySubject], sortable })));
        await expect(sorted({ kind: 'all' }, 8)).rejects.toMatchObject({ failure: 'too-costly', status: 422, issues: [{ diagnostics: expect.stringMatching(/More than 8 .*SORT_BUDGET/) }] });
        expect((await sorted({ kind: 'all' }, 9)).matches.map(({ id }) => id)).toEqual([...ids].reverse());
        expect((await sorted({ kind: 'ids', ids: ['s1', 's2'] }, 8)).matches.map(({ id }) => id)).toEqual(['s2', 's1']);
      }));

      it('bring a thousand resources along, and say that one match has more', async () => withStore(make, async (store) => {
        const bring = planOf(['Patient'], { kind: 'all' }, { includes: [{ direction: 'revinclude', sourceType: 'Observation', param: 'Observation.subject', iterate: false }] });
        await write(store, [patient, ...Array.from({ length: 1_000 }, (_, at) => observation(`o${at}`))]);
        expect((await store.search(bind(everything, bring))).included).toHaveLength(1_000);
        await write(store, [observation('more')]);
        const more = await store.search(bind(everything, bring));
        expect([namesOf(more.matches), more.included.length, more.cut]).toEqual([['Patient/p'], 1_000, ['included']]);
      }));

      it('make a page shorter where it would bring too much along, and lose nothing', async () => withStore(make, async (store) => {
        const shared = (id: string): Draft => ({ type: 'Device', id, entries: entriesOf({}), access: ownedBy(['p']) });
        await write(store, Array.from({ length: 30 }, (_, at) => shared(`d${at}`)));
        await write(store, Array.from({ length: 10 }, (_, at) => observation(`o${at}`, { reference: [0, 1, 2].map((each) => local('Observation.device', `Device/d${3 * at + each}`)) })));
        for (const sort of [[], [{ by: '_id', descending: false }]] as const) {
          const plan = planOf(['Observation'], { kind: 'all' }, { sort, page: { count: 8 }, company: { most: 9, levels: 1 }, total: 'accurate', includes: [{ direction: 'include', sourceType: 'Observation', param: 'Observation.device', iterate: false }] });
          const pages = await pagesOf(store, everything, plan);
          expect(matchNames(pages).sort()).toEqual(Array.from({ length: 10 }, (_, at) => `Observation/o${at}`));
          for (const page of pages) {
            expect([page.included.length, page.cut, page.total]).toEqual([3 * page.matches.length, undefined, 10]);
            expect(page.included.length).toBeLessThanOrEqual(9);
          }
        }
      }));

      it('leave a total out that is not cheap, unless it is asked for', async () => withStore(make, async (store) => {
        await write(store, [patient, ...Array.from({ length: 1_001 }, (_, at) => observation(`o${at}`))]);
        const total = async (more: Partial<SearchPlan>) => (await store.search(bind(everything, planOf(['Observation'], { kind: 'token', param: 'Observation.code', code: 'c' }, { page: { count: 5 }, ...more })))).total;
        expect(await total({ total: 'if-cheap' })).toBeUndefined();
        expect(await total({ total: 'accurate' })).toBe(1_001);
        expect(await total({ total: 'estimate' })).toBe(1_001);
        expect(await total({ total: 'none' })).toBeUndefined();
        expect(await total({ total: 'if-cheap', page: { count: 0 } })).toBe(1_001);
        await store.commit({ writes: [{ kind: 'delete', type: 'Observation', id: 'o1', expect: 'any', claims: [] }], guards: [] });
        expect(await total({ total: 'if-cheap' })).toBe(1_000);
      }));
    });

    it('stop waiting when the caller has gone', async () => withStore(make, async (store) => {
      await write(store, [patient, observation('a')]);
      const gone = new AbortController();
      gone.abort(new Error('gone'));
      await expect(store.search(bind(everything, planOf(['Observation'])), gone.signal)).rejects.toThrow('gone');
      const going = new AbortController();
      const waiting = store.search(bind(everything, planOf(['Patient'], { kind: 'has', type: 'Observation', param: 'Observation.subject', where: { kind: 'all' } })), going.signal);
      going.abort(new Error('going'));
      await expect(waiting).rejects.toThrow('going');
    }));

    it('refuse a position that is not one of theirs', async () => withStore(make, async (store) => {
      for (const after of ['', '{', '[]', '["p",0,"Observation","x",1]', '["s",0,"a",1,[1]]']) {
        await expect(store.search(bind(everything, planOf(['Observation'], { kind: 'all' }, { page: { count: 1, after } })))).rejects.toMatchObject({ failure: 'bad-cursor' });
      }
    }));

    it('page what is shared and what is owned in one stable order', async () => withStore(make, async (store) => {
      const professional = (id: string): Draft => ({ type: 'Practitioner', id, entries: entriesOf({}), access: publicFacts });
      await write(store, [patient, professional('d1'), professional('d2'), ...['a', 'b', 'c'].map((id) => observation(id, { reference: [local('Observation.performer', 'Practitioner/d1')] }))]);
      const record = planOf(['Patient', 'Observation', 'Practitioner'], { kind: 'or', of: [{ kind: 'compartment', patient: 'p' }, { kind: 'shared-by', patient: 'p' }] }, { page: { count: 2 } });
      const names = await found(store, everything, record);
      expect(names).toHaveLength(5);
      expect([names[0], names[4], names.slice(1, 4).sort()]).toEqual(['Patient/p', 'Practitioner/d1', ['Observation/a', 'Observation/b', 'Observation/c']]);
      expect(await found(store, everything, record)).toEqual(names);
    }));

    leakCases(make, withStore);
  });
}
