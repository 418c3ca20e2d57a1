/** The second check at the door withholds what a reach can never be given, whatever the store behind it answers. */
import { bind, type Grant } from '../../src/access/grant';
import { withDoor } from '../../src/store/door';
import type { Store, StoredVersion } from '../../src/store/port';
import { keyOf, operator, person, professional, software } from '../contract/support';

const version = (type: string, owners: readonly string[], document?: string): StoredVersion =>
  ({ type, id: 'x', version: 1, lastUpdated: 0, owners, deleted: false, text: '', ...(document === undefined ? {} : { document }) });

/** A store that gives everyone the same version, on every way out. */
function careless(found: StoredVersion): Store {
  const refuse = () => Promise.reject(new Error('Not part of this test'));
  return {
    index: { staleness: 0, state: refuse, redefine: refuse, step: refuse },
    explain: refuse,
    capabilities: { name: 'careless', transactions: true, maxCommitWrites: 1, ownContent: 0 },
    read: async () => found, vread: async () => found,
    history: async () => ({ versions: [found], asOf: '', lastUpdated: 0 }),
    search: async () => ({ matches: [found], included: [found], asOf: '', lastUpdated: 0 }),
    openContent: () => { throw new Error('Not part of this test'); }, readAudit: () => { throw new Error('Not part of this test'); }, eraseHistory: refuse, erase: () => { throw new Error('Not part of this test'); },
    claimed: refuse, isClosed: refuse, stage: refuse, commit: refuse, appendAudit: refuse, secrets: refuse, ready: async () => undefined, close: refuse,
  };
}

async function ways(grant: Grant, found: StoredVersion): Promise<{ out: number; alarms: number }> {
  let alarms = 0;
  const store = withDoor(careless(found), () => alarms++);
  const plan = { types: [found.type], where: { kind: 'all' }, sort: [], includes: [], page: { count: 1 }, total: 'none' } as const;
  const key = keyOf(found.type, 'x');
  const [one, past, history, page] = [await store.read(grant, key), await store.vread(grant, key, 1), await store.history(grant, key, { count: 1 }), await store.search(bind(grant, plan))];
  return { out: [one, past].filter((each) => each !== undefined).length + (history?.versions.length ?? 0) + page.matches.length + page.included.length, alarms };
}

const observation = version('Observation', ['alice']);
const orphan = version('Observation', []);
const organization = version('Organization', []);
const consent = version('Consent', ['alice']);
const drawnConsent = version('Consent', ['alice'], 'document');

test.each([
  ['the operator and anything', operator, orphan, true],
  ['a person and what is theirs', person('alice'), observation, true],
  ['a person and their consent', person('alice'), consent, true],
  ['a person and what is another\'s', person('bob'), observation, false],
  ['someone without a record and what is a person\'s', person(), observation, false],
  ['a person and what is nobody\'s', person('alice'), orphan, false],
  ['a person and an Organization', person('alice'), organization, true],
  ['a professional and what is a person\'s', professional('k'), observation, true],
  ['a professional and a consent', professional('k'), consent, false],
  ['a professional and a consent drawn from a document', professional('k'), drawnConsent, true],
  ['a professional and what is nobody\'s', professional('k'), orphan, false],
  ['a structure and a consent', software('s'), consent, false],
  ['a structure and what it wrote about nobody', software('s'), orphan, true],
])('%s', async (_, grant, found, passes) => {
  expect(await ways(grant, found)).toEqual(passes ? { out: 5, alarms: 0 } : { out: 0, alarms: 5 });
});

test('what else the store can do passes through', async () => {
  const store = withDoor(careless(observation), () => undefined);
  await expect(store.ready()).resolves.toBeUndefined();
  expect(store.capabilities.name).toBe('careless');
});
