/**
 * The yardstick on MongoDB: the driver alone, with the concern of the store, in a database beside it. It reads and writes the
 * same bytes without index entries, so that what these cost is part of what the ratio shows; of a push it writes the very
 * documents, entries and all, into collections with the same indexes.
 */
import type { RequestListener } from 'node:http';
import { Binary, type Collection } from 'mongodb';
import { serverGrant } from '../../access/decide.js';
import { bind } from '../../access/grant.js';
import { resourceTypes } from '../../fhir/definitions.js';
import { newId } from '../../fhir/id.js';
import type { Services } from '../../interactions/services.js';
import { encodeChunk } from '../../store/body/codec.js';
import { collectionsOf, makeCollection, makeIndexes } from '../../store/mongodb/collections.js';
import { connect, Connection, databaseName, times } from '../../store/mongodb/connection.js';
import { Contents } from '../../store/mongodb/contents.js';
import type { ClaimDocument, ResourceDocument } from '../../store/mongodb/documents.js';
import { liveDocument, spillDocuments } from '../../store/mongodb/step/documents.js';
import { isPut, prepare } from '../../store/mongodb/step/prepared.js';
import type { WriteSet } from '../../store/port.js';
import { ReadyPushes } from './recorded.js';
import { crowd } from './scenarios.js';
import { askMongo } from './searches/ask-mongo.js';
import { addCrowd } from './searches/crowd.js';
import type { QuestionName } from './searches/questions.js';
import { bytesOf, yardstick } from './yardstick.js';

interface Raw { _id: string; b: string | Buffer; pt?: string; rt?: string }
const transaction = { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority', journal: true } } as const;
const names = ['record', 'created', 'changed'] as const;
/** What a push writes into. */
const pushed = ['resources', 'claims', 'chunks'] as const;
/** The store's own: half the bytes of the default. */
const storageEngine = { wiredTiger: { configString: 'block_compressor=zstd' } };

/** The texts of a person's record and of what it shares. */
async function recordOf({ store }: Services, patient: string): Promise<Raw[]> {
  const where = { kind: 'or', of: [{ kind: 'compartment', patient }, { kind: 'shared-by', patient }] } as const;
  const found = await store.search(bind(serverGrant(Date.now()), { types: resourceTypes, where, sort: [], includes: [], total: 'none', page: { count: 1000 } }));
  return found.matches.map(({ type, id, text }) => ({ _id: `${type}/${id}`, rt: type, pt: patient, b: text }));
}

interface Push { readonly resources: ResourceDocument[]; readonly claims: ClaimDocument[] }

/** As if nothing of it were there: each document has a key of its own. */
async function documentsOf({ writes }: WriteSet, contents: Contents, t: number): Promise<Push> {
  const made: Push = { resources: [], claims: [] };
  for (const [w, write] of writes.entries()) {
    const one = await prepare(write, contents);
    if (!isPut(one)) continue;
    const key = `${write.type}/${newId()}`;
    const instant = { t, w };
    const main = liveDocument({ ...one, key }, undefined, instant, []);
    made.resources.push(main, ...spillDocuments({ ...one, key }, main));
    made.claims.push(...one.claims.map((id) => ({ _id: `${id}|${newId()}`, k: key })));
  }
  return made;
}

/** @param url of the store's database */
export async function rawHandler(services: Services, url: string): Promise<{ readonly listener: RequestListener; close(): Promise<void> }> {
  const client = connect(url);
  const db = client.db(`${databaseName(url)}-raw`);
  for (const name of names) await db.createCollection(name, { storageEngine });
  for (const name of pushed) {
    await makeCollection(db, name, times.build);
    await makeIndexes(db, name, times.build);
  }
  const [record, created, changed] = names.map((name) => db.collection<Raw>(name)) as [Collection<Raw>, Collection<Raw>, Collection<Raw>];
  await record.createIndex({ pt: 1, rt: 1 });
  const { resources, claims, chunks } = collectionsOf(db);
  const pushes = new ReadyPushes(services, crowd);
  const contents = new Contents(new Connection(client, db.databaseName), services.clock);
  const ready: Push[] = [];
  const byHand = askMongo(client.db(databaseName(url)), services.baseUrl);
  const text = (bytes: Buffer | undefined): string => bytes?.toString('utf8') ?? '';
  const textsOf = async (filter: Partial<Raw>, limit: number) => (await record.find(filter, { projection: { b: 1 }, limit }).toArray()).map(({ b }) => String(b)).join(',');
  const atOnce = (work: (session: ReturnType<typeof client.startSession>) => Promise<unknown>) => client.withSession((session) => session.withTransaction(() => work(session), transaction));

  const listener = yardstick({
    async fill([, patient = '']) {
      const documents = await recordOf(services, patient);
      if (documents.length > 0) await record.insertMany(documents);
      return '{}';
    },
    read: async ([, type, id]) => String((await record.findOne({ _id: `${type}/${id}` }))?.b ?? ''),
    search: ([, pt = '']) => textsOf({ pt, rt: 'Observation' }, 20),
    everything: ([, pt = '']) => textsOf({ pt }, 99),
    ask: ([, question, patient = '']) => byHand.ask(question as QuestionName, patient),
    async crowd([, count, rpps]) {
      await addCrowd(services, Number(count), rpps);
      return '{}';
    },
    async create(_path, request) {
      await created.insertOne({ _id: newId(), b: text(await bytesOf(request)) });
      return '{}';
    },
    async change([, id = ''], request) {
      const b = text(await bytesOf(request));
      const _id = `Observation/${id}`;
      if (request.method === 'DELETE') await changed.deleteOne({ _id });
      else if (request.method === 'PUT') await changed.replaceOne({ _id }, { b }, { upsert: true });
      else return String((await changed.findOne({ _id }))?.b ?? '');
      return '{}';
    },
    async transaction(_path, request) {
      const { entry } = JSON.parse(text(await bytesOf(request))) as { entry: { resource: unknown }[] };
      const documents = entry.map(({ resource }) => ({ _id: newId(), b: JSON.stringify(resource) }));
      await atOnce((session) => created.insertMany(documents, { session }));
      return '{}';
    },
    async prepare([, kind = '', count = '0']) {
      await pushes.prepare(kind, Number(count));
      for (let made = 0; made < Number(count); made++) ready.push(await documentsOf(pushes.take(kind), contents, services.clock()));
      return '{}';
    },
    async submit(_path, request) {
      const push = ready.pop();
      if (push === undefined) throw new Error('No push is ready (any more).');
      const b = new Binary(encodeChunk(await bytesOf(request)));
      await atOnce(async (session) => {
        await chunks.insertOne({ _id: { c: newId(), n: 0 }, b }, { session });
        await claims.insertMany(push.claims, { session });
        await resources.insertMany(push.resources, { session });
      });
      return '{}';
    },
  });
  return { listener, close: () => client.close() };
}
