/** Asks the MongoDB store by hand: the driver alone, with the concern of the store. */
import type { Collection, Db, Document } from 'mongodb';
import { collectionsOf } from '../../../store/mongodb/collections.js';
import type { ResourceDocument } from '../../../store/mongodb/documents.js';
import { bytesOf, keyOf } from '../../../store/mongodb/versions.js';
import { servedText } from '../../../store/body/text.js';
import { decodeText } from '../../../store/body/codec.js';
import { bundleOf, type ByHand, type Told } from './answer.js';
import { queries, type Query } from './mongo.js';
import { countedTo, countOf, type QuestionName } from './questions.js';

type Row = Pick<ResourceDocument, '_id' | 'v' | 'lu' | 'cut' | 'b' | 'r'>;
type Resources = Collection<ResourceDocument>;

const shown = { v: 1, lu: 1, cut: 1, b: 1 } as const;
const newest = { sd: -1, n: -1 } as const;
const byToken = { t: 1, sd: 1, n: 1 } as const;

function told({ _id, v, lu, cut = 0, b = '' }: Row): Told {
  const text = decodeText(typeof b === 'string' ? b : bytesOf(b));
  return { ...keyOf(_id), text: servedText(text.slice(0, cut), text.slice(cut), v, lu, 0) };
}

/** The value of a sort key. */
const keyOfParam = (param: string): Document => ({ $first: { $map: { input: { $filter: { input: '$k', cond: { $eq: ['$$this.p', param] } } }, in: '$$this.a' } } });

async function firstOf(resources: Resources, { first }: Query): Promise<readonly string[]> {
  if (first === undefined) return [];
  if (first.owners) return (await resources.distinct('pt', first.match)).map((id) => `Patient/${String(id)}`);
  return (await resources.find(first.match, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id);
}

function rowsOf(resources: Resources, { by, along, inOrder }: Query, match: Document, limit: number): Promise<Row[]> {
  const projection = along === undefined ? shown : { ...shown, r: 1 };
  if (by !== undefined) return resources.aggregate<Row>([{ $match: match }, { $set: { key: keyOfParam(by) } }, { $sort: { key: 1, _id: 1 } }, { $limit: limit }, { $project: projection }]).toArray();
  return resources.find<Row>(match, { projection, sort: newest, limit, ...(inOrder ? { hint: byToken } : {}) }).toArray();
}

async function alongWith(resources: Resources, { along }: Query, rows: readonly Row[]): Promise<readonly Row[]> {
  if (along === undefined) return [];
  if ('referred' in along) return resources.find<Row>({ r: { $in: rows.map(({ _id }) => `${along.referred}|${_id}`) } }, { projection: shown }).toArray();
  const keys = rows.flatMap(({ r = [] }) => r.filter((key) => along.refers.some((param) => key.startsWith(`${param}|`))));
  return resources.find<Row>({ _id: { $in: [...new Set(keys.map((key) => key.slice(key.indexOf('|') + 1)))] } }, { projection: shown }).toArray();
}

interface Answer { readonly matches: readonly Row[]; readonly along: readonly Row[]; readonly total: number }

async function answerOf(resources: Resources, query: Query, person: string, limit: number): Promise<Answer> {
  const match = query.match(person, await firstOf(resources, query));
  const matches = await rowsOf(resources, query, match, limit);
  const [total, along] = await Promise.all([
    matches.length < limit ? matches.length : resources.countDocuments(match, { limit: countedTo + 1 }),
    alongWith(resources, query, matches),
  ]);
  return { matches, along, total };
}

/** What a record owns and what that refers to and nobody owns, type by type, the Patient first. */
async function recordOf(resources: Resources, patient: string, limit: number): Promise<Answer> {
  type Place = Pick<ResourceDocument, '_id' | 'rt' | 'sd' | 'n' | 'r'>;
  const projection = { rt: 1, sd: 1, n: 1 } as const;
  const owned = await resources.find<Place>({ pt: patient, rt: { $exists: true } }, { projection: { ...projection, r: 1 } }).toArray();
  const targets = [...new Set(owned.flatMap(({ r = [] }) => r.map((key) => key.slice(key.indexOf('|') + 1))))];
  const shared = await resources.find<Place>({ _id: { $in: targets }, rt: { $exists: true }, pt: { $exists: false }, pts: { $exists: false } }, { projection }).toArray();
  const rank = ({ rt = '' }: Place): string => (rt === 'Patient' ? '' : rt);
  const all = [...owned, ...shared].sort((one, other) => (rank(one) < rank(other) ? -1 : rank(one) > rank(other) ? 1 : other.sd - one.sd || other.n - one.n));
  const ids = all.slice(0, limit).map(({ _id }) => _id);
  const rows = new Map((await resources.find<Row>({ _id: { $in: ids } }, { projection: shown }).toArray()).map((row) => [row._id, row]));
  return { matches: ids.map((id) => rows.get(id)).filter((row) => row !== undefined), along: [], total: all.length };
}

/** @param db of the store @param base of the server's addresses */
export function askMongo(db: Db, base: string): ByHand {
  const { resources } = collectionsOf(db);
  const answer = (question: QuestionName, patient: string): Promise<Answer> =>
    (question === 'record' ? recordOf(resources, patient, countOf(question)) : answerOf(resources, queries[question], `Patient/${patient}`, countOf(question)));
  return {
    async ask(question, patient) {
      const { matches, along, total } = await answer(question, patient);
      return bundleOf(base, matches.map(told), along.map(told), total > countedTo ? undefined : total);
    },
  };
}
