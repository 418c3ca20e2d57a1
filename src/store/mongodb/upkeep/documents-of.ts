/** Records of a dump as documents: the inverse of `dump.ts`, and for records of other stores what a step would have made. */
import { randomInt } from 'node:crypto';
import { Binary } from 'mongodb';
import { chunkSize } from '../../body/chunks.js';
import { encodeText } from '../../body/codec.js';
import { labelBits } from '../../body/labels.js';
import { servedText, textHash } from '../../body/text.js';
import { RestoreRefused, type ArchivedPast, type ArchivedResource } from '../../upkeep.js';
import { claimId } from '../claims.js';
import { Exposure, type BodyFields, type ChainDocument, type ContentDocument, type PastDocument, type ResourceDocument } from '../documents.js';
import { entryFields, type Fields } from '../entry-fields.js';
import { keyText, placeOf } from '../versions.js';
import { keptOf, type Kept } from './kept.js';

/** Contents that versions name, by their ids. */
export type Contents = ReadonlyMap<string, ContentDocument>;
type Version = ArchivedPast | ArchivedResource;

/** Contents that a version names. */
export const contentsOf = ({ content, body }: Version): string[] => [...(content === undefined ? [] : [content]), ...(body !== undefined && 'content' in body ? [body.content] : [])];

function contentIn(contents: Contents, id: string): ContentDocument {
  const found = contents.get(id);
  if (found === undefined) throw new RestoreRefused(`Content ${id} is named by a version, but is not in the export.`);
  return found;
}

/** @throws RestoreRefused when the text is not what its hash says, or its bytes are not there */
function bodyFields(record: Version, contents: Contents): BodyFields {
  const { body, content, version, lastUpdated, hash } = record;
  const named = content === undefined ? undefined : contentIn(contents, content);
  const ct = named === undefined ? {} : { ct: { id: named._id, size: named.size, sha1: named.sha1 ?? '', sha256: named.sha256 ?? '', type: named.type } };
  if (body === undefined) return ct;
  if ('content' in body) return { cut: body.cut, big: { id: body.content, n: Math.max(Math.ceil(contentIn(contents, body.content).size / chunkSize), 1) }, ...ct };
  const { before, after } = body;
  const h = textHash(servedText(before, after, version, lastUpdated, 0));
  if (hash !== undefined && hash !== h.toString('hex')) throw new RestoreRefused(`${keyText(record)}: the text of version ${version} is not what was written (its hash).`);
  const b = encodeText(before + after);
  return { cut: before.length, b: typeof b === 'string' ? b : new Binary(b), h: new Binary(h), ...ct };
}

export const pastDocument = (record: ArchivedPast, contents: Contents): PastDocument => ({
  // Whose it is comes with the resource, behind its past versions.
  _id: { k: keyText(record), v: record.version }, lu: record.lastUpdated, ...placeOf(keyText(record), { n: 0 }), ...(record.deleted ? { del: true } : {}), ...(record.apart === true ? { apart: true } : {}), ...bodyFields(record, contents),
});

/** As in `step/prepared.ts`. */
const randomOrder = (): number => randomInt(2 ** 48 - 1) * 32 + randomInt(32);

function keptBy({ kept, type, deleted, entries }: ArchivedResource): Kept {
  if (kept !== undefined) return keptOf(kept);
  return { n: randomOrder(), w: 0, ...(deleted || entries === undefined ? {} : { fields: entryFields(type, entries) }) };
}

function accessRow({ type, id, access: { exposure, owners, document, structures } }: ArchivedResource, chain: ChainDocument | undefined): Pick<ResourceDocument, 'x' | 'pt' | 'pts' | 'doc' | 'st'> {
  const all = [...new Set(owners)];
  const doc = chain !== undefined && type === 'DocumentReference' ? id : document;
  return {
    x: Exposure[exposure], ...(all.length === 1 && all[0] !== undefined ? { pt: all[0] } : {}), ...(all.length > 1 ? { pts: all } : {}),
    ...(doc === undefined ? {} : { doc }), ...(structures.length === 0 ? {} : { st: [...structures] }),
  };
}

export interface ResourceDocuments {
  readonly main: ResourceDocument;
  readonly spill: readonly ResourceDocument[];
  readonly chain?: ChainDocument;
}

/** @throws RestoreRefused as {@link bodyFields} */
export function resourceDocuments(record: ArchivedResource, contents: Contents): ResourceDocuments {
  const { type, version: v, lastUpdated: lu, deleted, mainDate: sd, claims, access } = record;
  const key = keyText(record);
  const { n, w, fields = { main: {}, spill: [] } as Fields } = keptBy(record);
  const chain = chainDocument(record);
  const row = accessRow(record, chain);
  const ru = [...new Set((access.rules ?? []).map(({ patient }) => patient))];
  const main: ResourceDocument = {
    _id: key, ...(deleted ? { dt: type } : { rt: type }), v, lu, w, sd, n, ...row, ...(claims.length === 0 ? {} : { cl: claims.map(claimId) }), ...bodyFields(record, contents),
    ...fields.main, ...(fields.spill.length > 0 ? { sp: fields.spill.length } : {}), ...(ru.length > 0 ? { ru } : {}),
  };
  const spill = fields.spill.map((spilled, index): ResourceDocument => ({ _id: `${key}#${index + 1}`, of: key, v, lu, w, sd, n, ...row, ...spilled }));
  return { main, spill, ...(chain === undefined ? {} : { chain }) };
}

/** What a document says itself; what its chain says is settled when all are there. */
function chainDocument({ id, access: { documentFacts }, chain = id }: ArchivedResource): ChainDocument | undefined {
  if (documentFacts === undefined) return undefined;
  const { chainKeys, labels, authors } = documentFacts;
  const own = labelBits(labels);
  return { _id: id, ch: chain, k: [...new Set(chainKeys)], own, oa: [...new Set(authors)], l: own, m: [id] };
}
