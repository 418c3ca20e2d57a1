/** Erasure for good. */
import type { Store } from '../../src/store/port';
import { bind } from '../../src/access/grant';
import { always, bytesOf, commit, consent, contentOf, ins, keyOf, lastingTest, listOf, noEntries, operator, owned, person, professional, put, remove, software, written, type Subject, type SubjectKind } from './support';

export function erasureContract(subject: () => Subject, kind: SubjectKind): void {
  const lasting = lastingTest(kind);
  const store = (): Store => subject().store;
  const there = async (type: string, id: string) => (await store().read(operator, keyOf(type, id))) !== undefined;
  const erase = (type: string, id: string) => listOf(store().erase(operator, keyOf(type, id)));

  async function record(): Promise<void> {
    const content = await store().stage(bytesOf('bytes'), 'text/plain');
    const facts = { chainKeys: ['oid|d'], labels: [], authors: [] };
    const entries = { ...noEntries, token: [{ param: 'Observation.code', system: 's', code: 'c', mark: 3 as const }] };
    await written(store(),
      put('Patient', 'p', { access: owned('p'), claims: [ins('1')] }),
      put('DocumentReference', 'd', { access: { ...owned('p'), documentFacts: facts }, claims: [{ kind: 'document', system: 's', value: '1' }] }),
      put('Binary', 'b', { access: { ...owned('p'), document: 'd' }, content }),
      ...Array.from({ length: 130 }, (_, index) => put('Observation', `o${index}`, { access: { ...owned('p'), document: 'd' }, entries })),
      consent('c', 'p', { effect: 'close', ...always }),
      put('Patient', 'other', { access: owned('other'), claims: [ins('2')] }),
      put('Observation', 'of-other', { access: owned('other'), entries }));
    await written(store(), put('Observation', 'o1', { access: { ...owned('p'), document: 'd' } }), remove('Observation', 'o2'));
  }

  describe('Erasure', () => {
    test('of a Patient takes the whole record and nothing else', async () => {
      await record();
      const binary = await store().read(operator, keyOf('Binary', 'b'));
      const steps = await erase('Patient', 'p');
      expect(steps.at(-1)).toEqual({ done: 134, total: 134 });
      expect(steps.length).toBeGreaterThan(1);
      for (const [type, id] of [['Patient', 'p'], ['DocumentReference', 'd'], ['Binary', 'b'], ['Observation', 'o0'], ['Observation', 'o1'], ['Observation', 'o2'], ['Consent', 'c']] as const) {
        expect([id, await there(type, id)]).toEqual([id, false]);
        expect(await store().vread(operator, keyOf(type, id), 1)).toBeUndefined();
        expect(await store().history(operator, keyOf(type, id), { count: 1 })).toBeUndefined();
      }
      expect(await store().claimed(operator, [ins('1'), { kind: 'document', system: 's', value: '1' }, ins('2')])).toEqual([undefined, undefined, { type: 'Patient', id: 'other', deleted: false }]);
      expect(await store().isClosed(operator, 'p')).toBe(false);
      expect(await there('Observation', 'of-other')).toBe(true);
      if (binary !== undefined) await expect(listOf(store().openContent(binary))).rejects.toMatchObject({ failure: 'not-found' });
    });

    test('leaves nothing to be found by a search', async () => {
      await record();
      await erase('Patient', 'p');
      const page = await store().search(bind(operator, {
        types: ['Observation'], where: { kind: 'token', param: 'Observation.code', system: 's', code: 'c' }, sort: [], includes: [], page: { count: 500 }, total: 'accurate',
      }));
      expect(page.matches.map(({ id }) => id)).toEqual(['of-other']);
      expect(page.total).toBe(1);
    });

    lasting('broken off is taken up again', async () => {
      await record();
      for await (const step of store().erase(operator, keyOf('Patient', 'p'))) {
        expect(step.done).toBeLessThan(134);
        break;
      }
      expect(await there('Patient', 'p')).toBe(true);
      await subject().reopen();
      await erase('Patient', 'p');
      expect(await there('Patient', 'p')).toBe(false);
      expect(await there('Observation', 'o129')).toBe(false);
      expect(await erase('Patient', 'p')).toEqual([]);
    });

    lasting('lets the same person and the same ids begin anew', async () => {
      await record();
      await erase('Patient', 'p');
      await subject().reopen();
      const [version] = await written(store(), put('Patient', 'p', { access: owned('p'), claims: [ins('1')] }));
      expect(version?.version).toBe(1);
    });

    test('of one resource takes its versions only', async () => {
      await record();
      expect(await erase('Observation', 'of-other')).toEqual([{ done: 1, total: 1 }]);
      expect(await there('Observation', 'of-other')).toBe(false);
      expect(await there('Patient', 'other')).toBe(true);
    });

    test('of a document takes what was drawn from it', async () => {
      await record();
      await erase('DocumentReference', 'd');
      expect([await there('Binary', 'b'), await there('Observation', 'o0'), await there('Patient', 'p')]).toEqual([false, false, true]);
    });

    test('of a version of a document does not lay open the others of its chain', async () => {
      const document = (id: string, labels: readonly 'MASQUE_PS'[]) =>
        put('DocumentReference', id, { access: { ...owned('p'), documentFacts: { chainKeys: ['oid|1'], labels, authors: [] } } });
      await written(store(), document('d1', ['MASQUE_PS']), document('d2', []), document('d3', []));
      await written(store(), consent('c', 'p', { effect: 'mask', document: 'd1', actors: ['structure|s'], ...always }));
      await erase('DocumentReference', 'd1');
      expect(await store().read(professional('x'), keyOf('DocumentReference', 'd2'))).toBeUndefined();
      await written(store(), document('d2', []), document('d3', []));
      expect(await store().read(professional('x'), keyOf('DocumentReference', 'd2'))).toBeDefined();
      expect(await store().read(professional('structure|s'), keyOf('DocumentReference', 'd2'))).toBeUndefined();
    });

    test('of the document that held a chain together leaves it one: what hides a part of it goes on hiding all, until lifted', async () => {
      const document = (id: string, chainKeys: readonly string[], labels: readonly 'MASQUE_PS'[] = []) =>
        put('DocumentReference', id, { access: { ...owned('p'), documentFacts: { chainKeys, labels, authors: [] } } });
      const seen = async (): Promise<boolean[]> => {
        const ids = ['first', 'last', 'apart'];
        return Promise.all(ids.map(async (id) => (await store().read(professional('structure|s'), keyOf('DocumentReference', id))) !== undefined));
      };
      const mask = (...documents: readonly string[]) => consent('c', 'p', ...documents.map((masked) => ({ effect: 'mask' as const, document: masked, actors: ['structure|s'], ...always })));
      await written(store(), document('first', ['1']), document('middle', ['1', '2']), document('last', ['2']), document('apart', ['3']));
      await written(store(), mask('first'));
      expect(await seen()).toEqual([false, false, true]);
      await erase('DocumentReference', 'middle');
      expect(await seen()).toEqual([false, false, true]);
      // Written again with the keys that it had, beside one that is new to the chain.
      await written(store(), document('last', ['2']), document('newest', ['2', '4']));
      expect(await seen()).toEqual([false, false, true]);
      expect(await store().read(professional('structure|s'), keyOf('DocumentReference', 'newest'))).toBeUndefined();
      await written(store(), mask());
      expect(await seen()).toEqual([true, true, true]);
      await written(store(), document('newest', ['2', '4'], ['MASQUE_PS']));
      expect(await seen()).toEqual([false, false, true]);
      // A document that gives up a key of the chain leaves it: what is left hangs together by its keys.
      await written(store(), document('newest', ['4'], ['MASQUE_PS']));
      expect(await seen()).toEqual([true, true, true]);
    });

    test('of a masked document between two others hides both', async () => {
      const document = (id: string, chainKeys: readonly string[]) => put('DocumentReference', id, { access: { ...owned('p'), documentFacts: { chainKeys, labels: [], authors: [] } } });
      await written(store(), document('first', ['1']), document('middle', ['1', '2']), document('last', ['2']));
      await written(store(), consent('c', 'p', { effect: 'mask', document: 'middle', actors: ['structure|s'], ...always }));
      await erase('DocumentReference', 'middle');
      for (const id of ['first', 'last']) expect([id, await store().read(professional('structure|s'), keyOf('DocumentReference', id))]).toEqual([id, undefined]);
    });

    lasting('keeps references of others working when the id comes back', async () => {
      const reference = { param: 'Observation.subject', form: 'local' as const, type: 'Group', id: 'g' };
      await written(store(), put('Group', 'g'), put('Observation', 'o', { entries: { ...noEntries, reference: [reference] } }));
      await erase('Group', 'g');
      expect(await there('Group', 'g')).toBe(false);
      await subject().reopen();
      await written(store(), put('Group', 'g', { expect: 'absent' }));
      const page = await store().search(bind(operator, {
        types: ['Observation'], where: { kind: 'reference', param: 'Observation.subject', target: { form: 'local', type: 'Group', id: 'g' } }, sort: [], includes: [], page: { count: 5 }, total: 'none',
      }));
      expect(page.matches.map(({ id }) => id)).toEqual(['o']);
    });

    test('is for the operator', async () => {
      await record();
      for (const grant of [person('p'), professional('x'), software('s')]) {
        await expect(listOf(store().erase(grant, keyOf('Patient', 'p')))).rejects.toMatchObject({ failure: 'forbidden' });
      }
      expect(await there('Patient', 'p')).toBe(true);
    });

    test('keeps the audit log', async () => {
      await record();
      await store().appendAudit({ at: 1, actor: { kind: 'operator' }, interaction: '$erase', patients: ['p'], status: 200, request: 'r' });
      await erase('Patient', 'p');
      expect(await listOf(store().readAudit(operator, { limit: 9, patient: 'p' }))).toHaveLength(1);
      expect((await commit(store(), put('Basic', 'a'))).kind).toBe('committed');
    });
  });

  describe('Erasure of past versions', () => {
    const basic = keyOf('Basic', 'a');
    const versions = async (grant = operator, scope: { readonly type?: string; readonly id?: string } = basic) => (await store().history(grant, scope, { count: 99 }))?.versions.map(({ version }) => version);

    test('of all of them leaves the current one as it is', async () => {
      for (let version = 1; version <= 60; version++) await written(store(), put('Basic', 'a', { rest: `,"n":${version}` }));
      await written(store(), put('Basic', 'other'), put('Basic', 'other-again'));
      await written(store(), put('Basic', 'other'));
      const before = await store().read(operator, basic);
      expect(await store().eraseHistory(operator, basic)).toBe(59);
      expect(await store().read(operator, basic)).toEqual(before);
      expect(await versions()).toEqual([60]);
      expect(await store().vread(operator, basic, 59)).toBeUndefined();
      expect(await versions(operator, { type: 'Basic' })).toEqual([2, 1, 1, 60]);
      expect(await store().eraseHistory(operator, basic)).toBe(0);
      expect((await written(store(), put('Basic', 'a', { expect: { version: 60 } })))[0]).toMatchObject({ version: 61 });
    });

    test('of one leaves the others, with their numbers and their times', async () => {
      const times: number[] = [];
      for (let version = 1; version <= 4; version++) times.push((await written(store(), put('Basic', 'a')))[0]?.lastUpdated ?? 0);
      expect(await store().eraseHistory(operator, basic, 2)).toBe(1);
      expect(await versions()).toEqual([4, 3, 1]);
      expect(await versions(operator, {})).toEqual([4, 3, 1]);
      expect((await store().history(operator, basic, { count: 1 }))?.total).toBe(3);
      // What was erased was never there: the one before it holds until the next one that is.
      const third = times[2] ?? 0;
      const at = { lo: third - 1, hi: third };
      expect((await store().history(operator, basic, { count: 9, at }))?.versions.map(({ version }) => version)).toEqual([1]);
      expect((await store().history(operator, { type: 'Basic' }, { count: 9, at }))?.versions.map(({ version }) => version)).toEqual([1]);
      for (const version of [2, 4, 5, 0]) expect([version, await store().eraseHistory(operator, basic, version)]).toEqual([version, 0]);
      expect(await versions()).toEqual([4, 3, 1]);
    });

    test('takes the bytes that only they named, long texts among them', async () => {
      const [first, second] = [await store().stage(bytesOf('first'), 'text/plain'), await store().stage(bytesOf('second'), 'text/plain')];
      await written(store(), put('Binary', 'b', { content: first, rest: `,"long":"${'x'.repeat(2_000_000)}"` }));
      await written(store(), put('Binary', 'b', { content: second }));
      await written(store(), put('Binary', 'b', { content: second }));
      const key = keyOf('Binary', 'b');
      const old = await store().vread(operator, key, 1);
      expect(await store().eraseHistory(operator, key)).toBe(2);
      const current = await store().read(operator, key);
      expect(current === undefined ? undefined : String(await contentOf(store(), current))).toBe('second');
      if (old !== undefined) await expect(listOf(store().openContent(old))).rejects.toMatchObject({ failure: 'not-found' });
    });

    test('of what is deleted leaves the tombstone', async () => {
      await written(store(), put('Basic', 'a'));
      await written(store(), remove('Basic', 'a'));
      expect(await store().eraseHistory(operator, basic)).toBe(1);
      expect(await store().read(operator, basic)).toMatchObject({ deleted: true, version: 2 });
      expect(await versions()).toEqual([2]);
    });

    test('is for the operator, and nothing where there is nothing', async () => {
      await written(store(), put('Basic', 'a', { access: owned('p') }));
      await written(store(), put('Basic', 'a', { access: owned('p') }));
      for (const grant of [person('p'), professional('x'), software('s')]) await expect(store().eraseHistory(grant, basic)).rejects.toMatchObject({ failure: 'forbidden' });
      expect(await versions()).toEqual([2, 1]);
      expect(await store().eraseHistory(operator, keyOf('Basic', 'none'))).toBe(0);
    });
  });
}
