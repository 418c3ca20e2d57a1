/** Sizes: what a resource and a set may hold. */
import type { Store } from '../../src/store/port';
import { bind } from '../../src/access/grant';
import { commit, keyOf, listOf, noEntries, operator, put, remove, written, type Subject } from './support';

export function sizeContract(subject: () => Subject): void {
  const store = (): Store => subject().store;
  const member = (id: string) => ({ param: 'Group.member', form: 'local' as const, type: 'Patient', id });
  const groupsOf = async (id: string) => (await store().search(bind(operator, {
    types: ['Group'], where: { kind: 'reference', param: 'Group.member', target: { form: 'local', type: 'Patient', id } }, sort: [], includes: [], page: { count: 5 }, total: 'accurate',
  }))).matches.map((match) => `${match.id}/${match.version}`);

  describe('A Group of 100,000 members', () => {
    const members = Array.from({ length: 100_000 }, (_, index) => member(`m${index}`));
    const token = [{ param: 'Group.code', system: 's', code: 'c', mark: 3 as const }];

    test('is found by any of them, together with its other criteria, until it changes', async () => {
      await written(store(), put('Group', 'g', { entries: { ...noEntries, token, reference: members } }), put('Group', 'small', { entries: { ...noEntries, token, reference: [member('m0')] } }));
      expect([await groupsOf('m0'), await groupsOf('m50000'), await groupsOf('m99999'), await groupsOf('m100000')].map((found) => found.sort())).toEqual([['g/1', 'small/1'], ['g/1'], ['g/1'], []]);
      const both = await store().search(bind(operator, {
        types: ['Group'], sort: [], includes: [], page: { count: 5 }, total: 'none',
        where: { kind: 'and', of: [{ kind: 'token', param: 'Group.code', system: 's', code: 'c' }, { kind: 'reference', param: 'Group.member', target: { form: 'local', type: 'Patient', id: 'm99999' } }] },
      }));
      expect(both.matches.map(({ id }) => id)).toEqual(['g']);
      await written(store(), put('Group', 'g', { entries: { ...noEntries, reference: members.slice(0, 2) } }));
      expect([await groupsOf('m1'), await groupsOf('m99999')]).toEqual([['g/2'], []]);
    });

    test('leaves nothing behind when it is deleted or erased', async () => {
      await written(store(), put('Group', 'g', { entries: { ...noEntries, reference: members } }), put('Group', 'h', { entries: { ...noEntries, reference: members.slice(0, 20_000) } }));
      await written(store(), remove('Group', 'g'));
      await listOf(store().erase(operator, keyOf('Group', 'h')));
      expect([await groupsOf('m0'), await groupsOf('m19999'), await groupsOf('m99999')]).toEqual([[], [], []]);
      expect(await store().read(operator, keyOf('Group', 'h#1'))).toBeUndefined();
    });
  });

  test('many long texts are changed in one step', async () => {
    const texts = Array.from({ length: 30 }, (_, index) => put('Basic', `b${index}`, { rest: `,"value":"${String(index).repeat(200_000 / String(index).length)}"` }));
    await written(store(), ...texts);
    await written(store(), ...texts.map((write, index) => ({ ...write, expect: { version: 1 }, body: put('Basic', `b${index}`).body })));
    for (const index of [0, 14, 29]) {
      const past = await store().vread(operator, keyOf('Basic', `b${index}`), 1);
      expect(JSON.parse(past?.text ?? '')).toMatchObject({ id: `b${index}`, value: expect.stringMatching(new RegExp(`^(${index})+$`)) });
    }
    expect((await commit(store(), ...texts.map((write) => ({ ...write, expect: { version: 1 } })))).kind).toBe('conflict');
  });
}
