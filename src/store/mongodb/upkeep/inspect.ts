/** What only the store itself can see: documents that hang together with nothing, counts that do not add up. */
import type { Document } from 'mongodb';
import { labelBits } from '../../body/labels.js';
import type { Finding } from '../../upkeep.js';
import { readOptions, times, type Connection, type Snapshot } from '../connection.js';
import { Exposure, type ChainDocument, type ContentDocument } from '../documents.js';
import type { CollectionName } from '../collections.js';

interface Inspection {
  readonly on: CollectionName;
  readonly text: string;
  /** Gives documents whose `_id` names the subject. */
  readonly pipeline: readonly Document[];
  readonly subject?: (id: string) => string;
}

const holder = (from: CollectionName, localField: string): Document => ({ $lookup: { from, localField, foreignField: '_id', as: 'found', pipeline: [{ $project: { dt: 1, cl: 1, k: 1 } }] } });
const none: Document = { $match: { found: { $size: 0 } } };
const each = (id: string): readonly Document[] => [{ $group: { _id: id } }];
const resource = { of: { $exists: false } } as const;

const inspections: readonly Inspection[] = [
  { on: 'claims', text: 'holds a claim, but is not there', pipeline: [holder('resources', 'k'), none, ...each('$k')] },
  // A deleted document keeps its identifier and a deleted Patient their INS, everything else frees what it held.
  { on: 'claims', text: 'is deleted, but holds a claim', pipeline: [{ $match: { _id: { $not: /^(document|patient-ins)\|/ } } }, holder('resources', 'k'), { $match: { 'found.dt': { $exists: true } } }, ...each('$k')] },
  { on: 'claims', text: 'holds a claim that it does not name', pipeline: [holder('resources', 'k'), { $match: { 'found.0': { $exists: true } } }, { $match: { $expr: { $not: { $in: ['$_id', { $ifNull: [{ $first: '$found.cl' }, []] }] } } } }, ...each('$k')] },
  { on: 'resources', text: 'names a claim that it does not hold', pipeline: [{ $match: { cl: { $exists: true } } }, { $project: { cl: 1 } }, { $unwind: '$cl' }, holder('claims', 'cl'), { $match: { $expr: { $ne: ['$_id', { $first: '$found.k' }] } } }, ...each('$_id')] },
  { on: 'resources', text: 'belongs to people, but names none', pipeline: [{ $match: { ...resource, x: { $in: [Exposure.owned, Exposure.subject] }, pt: { $exists: false }, pts: { $exists: false } } }, ...each('$_id')] },
  { on: 'resources', text: 'belongs to nobody, but names an owner', pipeline: [{ $match: { ...resource, x: { $in: [Exposure.public, Exposure.private] }, $or: [{ pt: { $exists: true } }, { pts: { $exists: true } }] } }, ...each('$_id')] },
  { on: 'resources', text: 'is neither live nor deleted', pipeline: [{ $match: { ...resource, rt: { $exists: false }, dt: { $exists: false } } }, ...each('$_id')] },
  { on: 'resources', text: 'has index entries (t), but is not live', pipeline: [{ $match: { dt: { $exists: true }, t: { $exists: true } } }, ...each('$_id')] },
  { on: 'resources', text: 'is a document without access row', pipeline: [{ $match: { ...resource, _id: /^DocumentReference\// } }, { $project: { doc: { $substrBytes: ['$_id', 'DocumentReference/'.length, -1] } } }, holder('chains', 'doc'), none, ...each('$_id')] },
  { on: 'resources', text: 'bears a time later than the clock of the store', pipeline: [{ $lookup: { from: 'clock', pipeline: [{ $project: { last: 1 } }], as: 'found' } }, { $match: { $expr: { $gt: ['$lu', { $first: '$found.last' }] }, ...resource } }, ...each('$_id')] },
  { on: 'records', text: 'gives consent rules, but is not live', subject: (id) => `Consent/${id}`, pipeline: [{ $unwind: '$r' }, { $project: { c: '$r.c', k: { $concat: ['Consent/', '$r.c'] } } }, holder('resources', 'k'), { $match: { $or: [{ found: { $size: 0 } }, { 'found.dt': { $exists: true } }] } }, ...each('$c')] },
  { on: 'chunks', text: 'has chunks, but is not there', subject: (id) => `content ${id}`, pipeline: [{ $project: { _id: 1 } }, ...each('$_id.c'), holder('contents', '_id'), none] },
];

export async function* inspectStore(connection: Connection): AsyncIterable<Finding> {
  const snapshot = connection.openSnapshot(times.build);
  try {
    for (const { on, text, pipeline, subject } of inspections) {
      for await (const { _id } of snapshot.collections[on].aggregate<{ readonly _id: unknown }>([...pipeline], { ...readOptions(snapshot), allowDiskUse: true })) {
        yield { subject: subject ? subject(String(_id)) : String(_id), text };
      }
    }
    yield* contents(snapshot);
    yield* chains(snapshot);
  } finally {
    await snapshot.session.endSession();
  }
}

/** How many versions name each content, beside what it says itself: both in the order of their ids. */
async function* contents({ collections, ...options }: Snapshot): AsyncIterable<Finding> {
  const naming: Document[] = [{ $project: { c: ['$ct.id', '$big.id'] } }, { $unwind: '$c' }, { $match: { c: { $type: 'string' } } }, { $project: { _id: 0, c: 1 } }];
  const named = collections.resources.aggregate<{ readonly _id: string; readonly n: number }>(
    [...naming, { $unionWith: { coll: 'past', pipeline: naming } }, { $group: { _id: '$c', n: { $sum: 1 } } }, { $sort: { _id: 1 } }], { ...options, allowDiskUse: true },
  )[Symbol.asyncIterator]();
  const kept = collections.contents.find({}, { ...options, sort: { _id: 1 } })[Symbol.asyncIterator]();
  let [counted, content] = [await named.next(), await kept.next()];
  while (counted.done !== true || content.done !== true) {
    const [name, id] = [counted.done === true ? undefined : counted.value._id, content.done === true ? undefined : content.value._id];
    const [isNamed, isKept] = [name !== undefined && (id === undefined || name <= id), id !== undefined && (name === undefined || id <= name)];
    if (isNamed && !isKept) yield { subject: `content ${name}`, text: 'is named by a version, but is not there' };
    else if (isKept && wrongCount(content.value as ContentDocument, isNamed ? (counted.value as { n: number }).n : 0)) yield { subject: `content ${id}`, text: 'counts other versions than those that name it' };
    if (isNamed) counted = await named.next();
    if (isKept) content = await kept.next();
  }
}
/** -1: it is to go. */
const wrongCount = ({ held }: ContentDocument, named: number): boolean => Math.max(held, 0) !== named;

async function* chains({ collections, ...options }: Snapshot): AsyncIterable<Finding> {
  let chain: ChainDocument[] = [];
  const wrong = function* (): Iterable<Finding> {
    const bits = chain.reduce((all, { own }) => all | own, labelBits([]));
    const members = new Set(chain.map(({ _id }) => _id));
    for (const { _id, l, m } of chain) {
      if (l !== bits) yield { subject: `DocumentReference/${_id}`, text: 'does not bear the labels of its chain' };
      if (m.length !== members.size || !m.every((member) => members.has(member))) yield { subject: `DocumentReference/${_id}`, text: 'does not know the documents of its chain' };
    }
  };
  for await (const document of collections.chains.find({}, { ...options, sort: { ch: 1, _id: 1 } })) {
    if (chain[0] !== undefined && chain[0].ch !== document.ch) {
      yield* wrong();
      chain = [];
    }
    chain.push(document);
  }
  yield* wrong();
}
