/** What every store must do with a change of the index: make every entry anew, once, whatever is written or ends meanwhile. */
import { bind } from '../../src/access/grant';
import type { IndexEntries } from '../../src/search/entries';
import type { OwnDefinition } from '../../src/search/index-state';
import type { Store, StoredVersion } from '../../src/store/port';
import { entriesOf, everything, namesOf, planOf, publicFacts, putOf, type Draft } from './search-support';
import type { StoreFactory } from './search.contract';

const definition: OwnDefinition = { id: 'own', code: 'own', url: 'http://example.org/own', base: ['Basic'], type: 'token', expression: 'Basic.author.display' };
const entries = (code: string, by?: number): IndexEntries => ({ ...entriesOf({ token: [{ param: 'Basic.own', system: '', code, mark: 3 }] }), ...(by === undefined ? {} : { by }) });
const draft = (id: string, given: IndexEntries): Draft => ({ type: 'Basic', id, access: publicFacts, entries: given });
const found = async (store: Store, code: string): Promise<string[]> => namesOf((await store.search(bind(everything, planOf(['Basic'], { kind: 'token', param: 'Basic.own', code })))).matches).sort();

const makeNew = async (_: StoredVersion, { generation }: { readonly generation: number }) => ({ entries: entries('new', generation) });
/** Until the job is done. */
async function run(store: Store, entriesFor: Parameters<Store['index']['step']>[0] = makeNew): Promise<number> {
  let steps = 0;
  while ((await store.index.step(entriesFor)) !== 'idle') steps++;
  return steps;
}

export function indexContract(name: string, make: StoreFactory): void {
  describe(`the index of the ${name} store`, () => {
    let store: Store;
    let close: () => Promise<void>;
    beforeEach(async () => ({ store, close } = await make()));
    afterEach(() => close());
    const put = (given: Draft) => store.commit({ writes: [putOf(given)], guards: [] });
    const ids = Array.from({ length: 150 }, (_, at) => `b${String(at).padStart(3, '0')}`);
    const fill = () => store.commit({ writes: ids.map((id) => putOf(draft(id, entries('old')))), guards: [] });

    it('has no work when nothing has changed', async () => {
      expect([await store.index.state(), await store.index.step(makeNew)]).toEqual([{ generation: 0, definitions: [] }, 'idle']);
    });

    it('changes for one who knows its generation, and for nobody else', async () => {
      expect(await store.index.redefine(0, { definitions: [definition] })).toBe(true);
      expect(await store.index.redefine(0, { definitions: [] })).toBe(false);
      expect(await store.index.state()).toMatchObject({ generation: 1, definitions: [definition], job: { params: ['Basic.own'], types: ['Basic'] } });
    });

    it('is made anew for everything, in the versions that there are', async () => {
      await fill();
      await store.index.redefine(0, { definitions: [definition] });
      await run(store);
      expect([await found(store, 'old'), (await found(store, 'new')).length]).toEqual([[], 50]);
      expect((await store.search(bind(everything, planOf(['Basic'], { kind: 'token', param: 'Basic.own', code: 'new' }, { page: { count: 0 }, total: 'accurate' })))).total).toBe(ids.length);
      expect(await store.index.state()).toEqual({ generation: 1, definitions: [definition] });
      expect((await store.read(everything, { type: 'Basic', id: 'b000' }))?.version).toBe(1);
    });

    it('keeps what is written while the entries of an earlier version are made', async () => {
      await fill();
      await store.index.redefine(0, { definitions: [definition] });
      let written = false;
      await run(store, async (version, state) => {
        if (!written) {
          written = true;
          await put(draft(version.id, entries('written', state.generation)));
          await store.commit({ writes: [{ kind: 'delete', type: 'Basic', id: 'b149', expect: 'any', claims: [] }], guards: [] });
        }
        return { entries: entries('new', state.generation) };
      });
      expect((await found(store, 'written')).length + (await found(store, 'old')).length).toBe(1);
      expect(await found(store, 'new')).not.toContain('Basic/b149');
    });

    it('takes no entries of an earlier generation', async () => {
      await store.index.redefine(0, { definitions: [definition] });
      await run(store);
      expect(await put(draft('late', entries('old')))).toEqual({ kind: 'conflict', conflict: { kind: 'index' } });
      expect((await put(draft('late', entries('right', 1)))).kind).toBe('committed');
      expect(await found(store, 'right')).toEqual(['Basic/late']);
    });

    it('begins anew when it changes in the middle, and a step of before changes nothing', async () => {
      await fill();
      await store.index.redefine(0, { definitions: [definition] });
      let changed = false;
      await run(store, async (_, state) => {
        if (!changed) {
          changed = true;
          await store.index.redefine(1, { definitions: [{ ...definition, expression: 'Basic.code.text' }] });
        }
        return { entries: entries(`of ${state.generation}`, state.generation) };
      });
      expect(await found(store, 'of 1')).toEqual([]);
      expect((await found(store, 'of 2')).length).toBe(50);
    });

    it('moves what is sorted by a main date that changed, with the entries of many values', async () => {
      const many = Array.from({ length: 6_000 }, (_, at) => ({ param: 'Basic.own', system: '', code: `v${at}` }));
      await put(draft('a', { ...entriesOf({ token: [{ param: 'Basic.own', system: '', code: 'v5999' }] }), mainDate: 1 }));
      await put(draft('b', { ...entriesOf({ token: many }), mainDate: 2 }));
      await store.index.redefine(0, { definitions: [definition] });
      await run(store, async ({ id }, { generation }) => ({ entries: { ...entriesOf({ token: id === 'a' ? many : many.slice(0, 10) }), mainDate: id === 'a' ? 3 : 2, by: generation } }));
      const all = await store.search(bind(everything, planOf(['Basic'])));
      expect(namesOf(all.matches)).toEqual(['Basic/a', 'Basic/b']);
      expect([await found(store, 'v5999'), await found(store, 'v9')]).toEqual([['Basic/a'], ['Basic/a', 'Basic/b']]);
    });
  });
}
