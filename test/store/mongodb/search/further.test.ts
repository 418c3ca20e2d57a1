/** A resource with more entries than one document holds is found by each of them. */
import { bind } from '../../../../src/access/grant';
import type { Store } from '../../../../src/store/port';
import { entriesOf, everything, grantOf, ownedBy, planOf, publicFacts, found, write, type Draft } from '../../../contract/search-support';
import { describeMongo, MongoSubjects } from '../../../support/mongo';

const members = 100_000;
const member = (at: number) => ({ param: 'Group.member', form: 'local' as const, type: 'Patient', id: `m${at}` });
const group: Draft = {
  type: 'Group', id: 'g', access: ownedBy(['p']),
  entries: entriesOf({ uri: [{ param: 'Group.url', value: 'http://a.test/g' }], token: [{ param: 'Group.code', code: 'c', system: 'urn:s', mark: 3 }, { param: 'Group.version', code: '1', system: '' }], reference: Array.from({ length: members }, (_, at) => member(at)) }),
};
const byMember = (at: number) => ({ kind: 'reference', param: 'Group.member', target: { form: 'local', type: 'Patient', id: `m${at}` } } as const);
const code = (value: string) => ({ kind: 'token', param: 'Group.code', code: value } as const);

describeMongo('A Group of 100,000 members', () => {
  const subjects = new MongoSubjects();
  let store: Store;
  let end: () => Promise<void>;
  beforeAll(async () => {
    ({ store, end } = await subjects.subject());
    await write(store, [group, { type: 'Patient', id: `m${members - 1}`, access: publicFacts, entries: entriesOf({}) }]);
  }, 120_000);
  afterAll(async () => {
    await end();
    await subjects.end();
  });

  it.each([['first', 0], ['last', members - 1]])('is found by its %s', async (_name, at) => {
    expect(await found(store, everything, planOf(['Group'], byMember(at)))).toEqual(['Group/g']);
  });

  it('is found by criteria that different documents of it meet, and by none that it does not meet', async () => {
    const last = byMember(members - 1);
    expect(await found(store, everything, planOf(['Group'], { kind: 'and', of: [code('c'), byMember(0), last] }))).toEqual(['Group/g']);
    expect(await found(store, everything, planOf(['Group'], { kind: 'and', of: [{ kind: 'not', of: code('d') }, last] }))).toEqual(['Group/g']);
    expect(await found(store, everything, planOf(['Group'], { kind: 'and', of: [{ kind: 'not', of: code('c') }, last] }))).toEqual([]);
    expect(await found(store, everything, planOf(['Group'], { kind: 'and', of: [code('c'), { kind: 'not', of: last }] }))).toEqual([]);
    expect(await found(store, everything, planOf(['Group'], byMember(members)))).toEqual([]);
  });

  it('counts as one', async () => {
    for (const where of [{ kind: 'all' }, byMember(members - 1), { kind: 'or', of: [byMember(members - 1), byMember(1)] }] as const) {
      expect((await store.search(bind(everything, planOf(['Group'], where, { total: 'accurate', page: { count: 0 } })))).total).toBe(1);
    }
  });

  it('is followed from what its last member refers to, and back', async () => {
    const has = { kind: 'has', type: 'Group', param: 'Group.member', where: code('c') } as const;
    expect(await found(store, everything, planOf(['Patient'], has))).toEqual([`Patient/m${members - 1}`]);
    expect(await found(store, everything, planOf(['Group'], { kind: 'chain', param: 'Group.member', targets: ['Patient'], where: { kind: 'all' } }))).toEqual(['Group/g']);
    const along = async (direction: 'include' | 'revinclude', type: string) =>
      (await store.search(bind(everything, planOf([type], { kind: 'all' }, { includes: [{ direction, sourceType: 'Group', param: 'Group.member', iterate: false }] })))).included.map(({ id }) => id);
    expect(await along('include', 'Group')).toEqual([`m${members - 1}`]);
    expect(await along('revinclude', 'Patient')).toEqual(['g']);
  });

  it('is named by URL and version, though each stands in another document', async () => {
    const naming = (id: string, version: string): Draft => ({ type: 'Basic', id, access: publicFacts, entries: entriesOf({ reference: [{ param: 'Basic.by', form: 'canonical', url: 'http://a.test/g', version }] }) });
    await write(store, [naming('b1', '1'), naming('b2', '2')]);
    const along = async (direction: 'include' | 'revinclude', type: string, id: string) =>
      (await store.search(bind(everything, planOf([type], { kind: 'ids', ids: [id] }, { includes: [{ direction, sourceType: 'Basic', param: 'Basic.by', definitions: ['Group'], iterate: false }] })))).included.map((one) => one.id);
    expect([await along('include', 'Basic', 'b1'), await along('include', 'Basic', 'b2'), await along('revinclude', 'Group', 'g')]).toEqual([['g'], [], ['b1']]);
  });

  it('does not exist for those who may not see it, by none of its documents', async () => {
    const other = grantOf({ kind: 'patient', patient: 'q' });
    expect(await found(store, other, planOf(['Group'], byMember(members - 1)))).toEqual([]);
    expect(await found(store, grantOf({ kind: 'patient', patient: 'p' }), planOf(['Group'], byMember(members - 1)))).toEqual(['Group/g']);
  });
});
