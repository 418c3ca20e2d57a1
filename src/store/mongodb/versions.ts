/** From documents to versions as the port gives them: text decoded, labels of the moment. */
import type { Binary } from 'mongodb';
import { decodeChunk, decodeText } from '../body/codec.js';
import { fail } from '../../fhir/failure.js';
import { LongText, servedText } from '../body/text.js';
import type { ContentRef, ResourceKey, StoredVersion } from '../port.js';
import { readOptions, type Reading } from './connection.js';
import type { ContentFields, PastDocument, ResourceDocument } from './documents.js';
import { accessFields, ownersOf, type Sight } from './visibility.js';

/** Projection of what {@link versionsOf} takes. */
export const versionFields = { ...accessFields, rt: 1, dt: 1, v: 1, lu: 1, w: 1, cut: 1, b: 1, big: 1, ct: 1 } as const;
/** A document of `resources` with those fields. */
export type VersionRow = Pick<ResourceDocument, '_id' | 'dt' | 'v' | 'lu' | 'cut' | 'b' | 'big' | 'ct' | 'x' | 'pt' | 'pts' | 'doc' | 'st'> & Partial<Pick<ResourceDocument, 'w'>>;

export const keyText = ({ type, id }: ResourceKey): string => `${type}/${id}`;
export function keyOf(text: string): ResourceKey {
  const slash = text.indexOf('/');
  return { type: text.slice(0, slash), id: text.slice(slash + 1) };
}

/** All past versions of one resource: their ids begin with its key, which is named for the shard that they are on (see sharding.ts). */
export const versionsFrom = (k: string) => ({ _id: { $gte: { k, v: 0 }, $lt: { k, v: Infinity } }, '_id.k': k });
/** Past versions by name. */
export const versionsNamed = (ids: readonly PastDocument['_id'][]) => ({ _id: { $in: [...ids] }, '_id.k': { $in: [...new Set(ids.map(({ k }) => k))] } });
/** Chunks of one content, the first `count`, and any one of them. */
export const chunksFrom = (c: string, count = Infinity) => ({ _id: { $gte: { c, n: 0 }, $lt: { c, n: count } }, '_id.c': c });
export const chunkNamed = (c: string, n: number) => ({ _id: { c, n }, '_id.c': c });

/** Stands for the owner of what nobody owns, in `own` of a past version. */
export const nobody = '';
/** What a past version says of its resource, so that histories find it in the order of commits. */
export const placeOf = (k: string, { n, pt, pts }: Pick<ResourceDocument, 'n' | 'pt' | 'pts'>): Pick<PastDocument, 'ty' | 'n' | 'own'> => {
  const own = pts ?? (pt === undefined ? [nobody] : [pt]);
  return { ty: keyOf(k).type, n, own: [...own] };
};

/** A past version under the access row of its resource. */
export const pastRow = (current: VersionRow, { _id: { k, v }, lu, del, cut, b, big, ct }: PastDocument): VersionRow => ({
  x: current.x, pt: current.pt, pts: current.pts, doc: current.doc, st: current.st,
  _id: k, dt: del === true ? keyOf(k).type : undefined, v, lu, cut, b, big, ct,
} as VersionRow);

export const contentRef = ({ id, size, sha1, sha256, type }: ContentFields): ContentRef => ({ content: id, size, sha1, sha256, contentType: type });

/** The document that a resource was drawn from; a DocumentReference is drawn from none. */
const drawnFrom = ({ _id, doc }: VersionRow): string | undefined => (_id.startsWith('DocumentReference/') ? undefined : doc);

export const bytesOf = (stored: Binary): Uint8Array => stored.buffer.subarray(0, stored.position);

/**
 * The halves of a long text, piece by piece.
 * @throws Failure `not-found` when it was erased meanwhile
 */
async function longText(reading: Reading, { _id, cut = 0 }: VersionRow, { id, n }: { readonly id: string; readonly n: number }): Promise<LongText> {
  const decoder = new TextDecoder();
  const long = new LongText(cut);
  const chunks = reading.collections.chunks.find(chunksFrom(id, n), { ...readOptions(reading), sort: { _id: 1 }, batchSize: 8 });
  let read = 0;
  for await (const { b } of chunks) {
    long.add(decoder.decode(decodeChunk(bytesOf(b)), { stream: true }));
    read++;
  }
  if (read < n) throw fail('not-found', { ...keyOf(_id) });
  long.add(decoder.decode());
  return long;
}

async function textOf(reading: Reading, row: VersionRow, labels: number): Promise<string> {
  const { b, big, cut = 0, v, lu } = row;
  if (big !== undefined) return (await longText(reading, row, big)).text(v, lu, labels);
  if (b === undefined || b === null) return '';
  const halves = decodeText(typeof b === 'string' ? b : bytesOf(b));
  return servedText(halves.slice(0, cut), halves.slice(cut), v, lu, labels);
}

/**
 * Versions in the order of their rows.
 * @param sight of the same snapshot
 */
export async function versionsOf(reading: Reading, sight: Pick<Sight, 'labels'>, rows: readonly VersionRow[]): Promise<StoredVersion[]> {
  const labels = await sight.labels(rows.map(drawnFrom).filter((document) => document !== undefined));
  const versions: StoredVersion[] = [];
  for (const row of rows) {
    const document = drawnFrom(row);
    versions.push({
      ...keyOf(row._id), version: row.v, lastUpdated: row.lu, owners: ownersOf(row), deleted: row.dt !== undefined,
      text: await textOf(reading, row, document === undefined ? 0 : labels.get(document) ?? 0),
      ...(row.ct === undefined ? {} : { content: contentRef(row.ct) }),
      ...(document === undefined ? {} : { document }),
    });
  }
  return versions;
}
