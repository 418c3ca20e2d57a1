/**
 * What every command to the database says, whatever the URL asks for: it has an end (maxTimeMS), writes are journalled by a majority,
 * reads see what a majority has.
 */
import { MongoClient, type CommandStartedEvent, type Document } from 'mongodb';
import { bind } from '../../../src/access/grant';
import type { SearchPlan } from '../../../src/search/plan';
import { connect } from '../../../src/store/mongodb/connection';
import type { MongoStore } from '../../../src/store/mongodb/store';
import { moved } from '../../contract/moved';
import { always, bytesOf, consent, contentOf, ins, keyOf, listOf, noEntries, operator, owned, person, professional, put, remove, software, written } from '../../contract/support';
import { describeMongo, MongoSubjects } from '../../support/mongo';

/** Handshakes and ends of sessions; what goes on with a cursor keeps to the time of what opened it; an abort is told to end. */
const withoutTime = new Set(['hello', 'ismaster', 'endSessions', 'killCursors', 'getMore', 'abortTransaction', 'saslStart', 'saslContinue', 'ping']);

const plan = (type: string, more: Partial<SearchPlan> = {}): SearchPlan => ({ types: [type], where: { kind: 'all' }, sort: [], includes: [], page: { count: 5 }, total: 'accurate', ...more });
const member = (id: string) => ({ param: 'Group.member', form: 'local' as const, type: 'Patient', id });

/** Every kind of write and read that a store takes. */
async function everything(store: MongoStore): Promise<void> {
  await written(store, put('Basic', 'alone', { expect: 'absent' }));
  const content = await store.stage(bytesOf('bytes'), 'text/plain');
  const long = await store.stage(bytesOf(Buffer.alloc(600_000, 'x')), 'text/plain');
  await written(store, put('Patient', 'p', { access: owned('p'), claims: [ins('1')] }), put('Binary', 'b', { content, access: owned('p') }), put('Binary', 'c', { content: long }), put('Basic', 'long', { rest: `,"v":"${'x'.repeat(2_000_000)}"` }));
  const documentFacts = { chainKeys: ['k'], labels: [], authors: [] };
  await written(store, put('DocumentReference', 'd', { access: { ...owned('p'), documentFacts } }), put('DocumentReference', 'e', { access: { ...owned('p'), documentFacts } }));
  await written(store, put('Observation', 'o', { access: { ...owned('p'), document: 'd' }, entries: { ...noEntries, reference: [{ param: 'Observation.subject', form: 'local', type: 'Patient', id: 'p' }] } }));
  await written(store, put('Group', 'g', { entries: { ...noEntries, reference: Array.from({ length: 6000 }, (_, at) => member(`m${at}`)) } }));
  await written(store, put('Group', 'g'), consent('x', 'p', { effect: 'block', actors: ['professional|y'], ...always }));
  await written(store, put('Patient', 'p', { access: owned('p'), claims: [ins('2')] }));
  const guards = [
    { kind: 'record-open' as const, patient: 'p', moment: Date.now() }, { kind: 'claim-free' as const, claim: ins('3') }, { kind: 'version' as const, key: keyOf('Basic', 'alone'), version: 1 },
    { kind: 'matches' as const, plan: bind(operator, plan('Basic', { where: { kind: 'ids', ids: ['none'] } })), ids: [] }, { kind: 'unreferenced' as const, key: keyOf('Basic', 'alone'), but: [] },
  ];
  await store.commit({ writes: [put('Basic', 'guarded')], guards });
  await Promise.all(Array.from({ length: 10 }, (_, at) => written(store, put('Basic', `t${at}`), put('Basic', `u${at}`))));
  for (const grant of [operator, person('p'), professional('professional|x'), software('s', 'structure|s')]) {
    for (const key of [keyOf('Patient', 'p'), keyOf('Observation', 'o'), keyOf('Basic', 'long'), keyOf('Group', 'g')]) {
      await store.read(grant, key);
      await store.vread(grant, key, 1);
      await store.history(grant, key, { count: 5 });
    }
    for (const scope of [{}, { type: 'Patient' }]) await store.history(grant, scope, { count: 2 });
    for (const each of [
      plan('Observation', { includes: [{ direction: 'include', sourceType: 'Observation', param: '*', iterate: false }] }), plan('Observation', { where: { kind: 'compartment', patient: 'p' } }),
      plan('Basic', { sort: [{ by: '_lastUpdated', descending: true }] }), plan('Observation', { where: { kind: 'chain', param: 'Observation.subject', targets: ['Patient'], where: { kind: 'all' } } }),
    ]) await store.search(bind(grant, each));
  }
  await store.claimed(operator, [ins('2')]);
  await store.isClosed(operator, 'p');
  for (const id of ['b', 'c']) {
    const found = await store.read(operator, keyOf('Binary', id));
    if (found) await contentOf(store, found);
  }
  await store.appendAudit({ at: 1, actor: { kind: 'operator' }, interaction: 'read', patients: ['p'], status: 200, request: 'r' });
  await listOf(store.readAudit(operator, { limit: 5 }));
  await store.secrets('cursor');
  await store.ready();
  await store.sweep();
  await store.eraseHistory(operator, keyOf('Patient', 'p'));
  await written(store, remove('Basic', 'alone'));
}

async function upkeep(store: MongoStore, make: () => Promise<MongoStore>): Promise<void> {
  await store.describe();
  await store.dumpSize();
  await listOf(store.inspect());
  await store.statistics();
  await (await moved(store, make)).close();
  await listOf(store.erase(operator, keyOf('Patient', 'p')));
}

/** What an operator could write into STORE_URL. */
const weaker = 'w=1&journal=false&wtimeoutMS=1&readConcernLevel=local&readPreference=secondaryPreferred&retryWrites=false&retryReads=false&%77timeoutMS=2&read%50reference=nearest';

const isIn = (kind: 'first' | 'any', { command }: CommandStartedEvent): boolean => (kind === 'first' ? (command as Document).startTransaction === true : (command as Document).autocommit === false);
const writes = new Set(['insert', 'update', 'delete', 'findAndModify']);
const reads = new Set(['find', 'aggregate', 'count']);
/** What is said of durability and of what is seen; undefined: nothing is to be said. */
function concernOf(event: CommandStartedEvent): string | undefined {
  const { writeConcern = {}, readConcern = {}, $readPreference: from = { mode: 'primary' }, pipeline = [] } = event.command as { writeConcern?: Document; readConcern?: Document; $readPreference?: Document; pipeline?: readonly Document[] };
  if (event.commandName === 'endSessions') return undefined;
  if (from.mode !== 'primary') return 'not the primary';
  if (isIn('first', event)) return `transaction ${String(readConcern.level)}`;
  if (event.commandName === 'commitTransaction' || (writes.has(event.commandName) && !isIn('any', event))) return `write ${String(writeConcern.w)} ${String(writeConcern.j)}`;
  if (!reads.has(event.commandName) || isIn('any', event) || pipeline.some(({ $merge: merge }) => merge !== undefined)) return undefined;
  return `read ${String(readConcern.level)}`;
}

test.each([
  ['within the time of an election and some', '', [10_000, 2_000]],
  ['as STORE_URL says, where it says so', '?connectTimeoutMS=4000&heartbeatFrequencyMS=1000', [4_000, 1_000]],
])('A member that stands still is given up %s', (_, options, times) => {
  const { connectTimeoutMS, heartbeatFrequencyMS } = connect(`mongodb://127.0.0.1:1/records${options}`).options;
  expect([connectTimeoutMS, heartbeatFrequencyMS]).toEqual(times);
});

describeMongo('Commands to the database', () => {
  const databases = [new MongoSubjects({}, `limits&monitorCommands=true&${weaker}`), new MongoSubjects({}, 'limits&monitorCommands=true')] as const;
  afterAll(() => Promise.all(databases.map((each) => each.end())));

  test('each has an end, within transactions and their commits too, and keeps to what is promised', async () => {
    const connect = jest.spyOn(MongoClient.prototype, 'connect');
    const asked: CommandStartedEvent[] = [];
    const made = async (subjects: MongoSubjects, readConcern: 'majority' | 'linearizable' = 'majority'): Promise<MongoStore> => {
      const store = await subjects.wholeStore({ readConcern });
      for (const client of new Set(connect.mock.contexts)) {
        (client as MongoClient).removeAllListeners('commandStarted');
        (client as MongoClient).on('commandStarted', (event) => asked.push(event));
      }
      return store;
    };
    const store = await made(databases[0]);
    await everything(store);
    await upkeep(store, () => made(databases[1]));
    await store.close();
    const before = asked.length;
    const linear = await made(databases[1], 'linearizable');
    await written(linear, put('Observation', 'o', { access: owned('p') }));
    await linear.read(professional('professional|x'), keyOf('Observation', 'o'));
    await linear.close();
    connect.mockRestore();
    const names = new Set(asked.map(({ commandName }) => commandName));
    for (const name of ['find', 'aggregate', 'insert', 'update', 'delete', 'findAndModify', 'commitTransaction']) expect(names).toContain(name);
    const endless = asked.filter(({ commandName, command }) => !withoutTime.has(commandName) && !((command as Document).maxTimeMS > 0));
    expect([...new Set(endless.map(({ commandName, command }) => `${commandName} ${String((command as Document)[commandName])} ${JSON.stringify((command as Document).pipeline ?? (command as Document).filter ?? '').slice(0, 80)}`))]).toEqual([]);
    // Readiness asks whether a majority follows.
    expect(new Set(asked.slice(0, before).map(concernOf))).toEqual(new Set([undefined, 'transaction snapshot', 'write majority true', 'read majority', 'read snapshot', 'read linearizable']));
    // The access documents are read after what they rule.
    const confirmed = asked.slice(before).filter((event) => concernOf(event) === 'read linearizable').map(({ command }) => String((command as Document).find));
    expect(confirmed).toEqual(['resources', 'records']);
  });
});
