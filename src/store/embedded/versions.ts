/** From rows to versions as the port gives them: text decoded, owners and document by id, labels of the moment. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { ContentRef, StoredVersion } from '../port.js';
import { chunkSize } from '../body/chunks.js';
import { decodeChunk, decodeText } from '../body/codec.js';
import { withLabels } from '../body/labels.js';
import { LongText, versionText } from '../body/text.js';
import type { Connection, Row } from './connection.js';
import type { Names } from './names.js';
import { chunksPerContent, severalOwners, State } from './schema.js';

/**
 * What {@link VersionReader} takes, for the current version.
 * @param r alias of `res`, @param b alias of `body` (LEFT JOINed: a tombstone has none), @param text what stands for the text
 */
export const currentColumns = (r: string, b: string, text?: string): string => columns(r, `${r}.version, ${r}.lu, ${r}.state = ${State.deleted}`, b, text);
/** The same for a past version. @param v alias of `past` */
export const pastColumns = (r: string, v: string): string => columns(r, `${v}.version, ${v}.lu, ${v}.deleted`, v);

const columns = (r: string, version: string, body: string, text = `${body}.b`): string => `${r}.rid, ${r}.type, ${r}.id, ${version}, ${r}.pt, ${r}.doc,
  (SELECT owner_.id FROM res owner_ WHERE owner_.rid = ${r}.pt),
  CASE WHEN ${r}.doc > 0 THEN (SELECT document_.id FROM res document_ WHERE document_.rid = ${r}.doc AND ${r}.doc <> ${r}.rid) END,
  CASE WHEN ${r}.doc > 0 THEN (SELECT chain_.labels FROM doc chain_ WHERE chain_.rid = ${r}.doc AND ${r}.doc <> ${r}.rid) END,
  ${body}.cut, ${body}.content, ${body}.big, ${text}`;

type Columns = readonly [
  rid: number, type: number, id: string, version: number, lastUpdated: number, deleted: number, pt: number, doc: number,
  owner: string | null, document: string | null, labels: number | null,
  cut: number | null, content: number | null, big: number | null, body: string | Buffer | null,
];
/** Which of them is `labels`. */
export const labelsColumn = 10;
/** Which of them are `big` and the text. */
export const bigColumn = 13;
export const textColumn = 14;
/** How many columns these are: what a statement selects beyond them comes after. */
export const versionColumnCount = 15;

export class VersionReader {
  constructor(private readonly connection: Connection, private readonly names: Names) {}

  /** @param row what {@link currentColumns} or {@link pastColumns} select */
  version(row: Row): StoredVersion {
    const found = row as unknown as Columns;
    if (!found[13]) return this.withText(found, this.plainText(found));
    const long = new LongText(found[11] ?? 0);
    for (const piece of this.pieces(found[13])) long.add(piece);
    return this.withText(found, longText(long, found));
  }

  /** The same, with a pause between the pieces of a long text. */
  versionInPieces(row: Row): StoredVersion | Promise<StoredVersion> {
    const found = row as unknown as Columns;
    return found[13] ? this.longInPieces(found, found[13]) : this.version(row);
  }

  private async longInPieces(found: Columns, content: number): Promise<StoredVersion> {
    const long = new LongText(found[11] ?? 0);
    for (const piece of this.pieces(content)) {
      long.add(piece);
      await breathe();
    }
    return this.withText(found, longText(long, found));
  }

  private withText(found: Columns, text: string): StoredVersion {
    const [rid, type, id, version, lastUpdated, deleted, pt, , owner, document, , , content] = found;
    return {
      type: this.names.text(type), id, version, lastUpdated, deleted: deleted !== 0, text,
      owners: pt === severalOwners ? this.owners(rid) : owner === null ? [] : [owner],
      ...(document === null ? {} : { document }),
      ...(content ? { content: this.content(content) } : {}),
    };
  }

  private plainText([, , , version, lastUpdated, , , , , , labels, cut, , , body]: Columns): string {
    if (body === null) return '';
    const text = decodeText(body);
    return labels ? withLabels(text, (cut ?? 0) + versionText(version, lastUpdated).length, labels) : text;
  }

  private owners(rid: number): string[] {
    const rows = this.connection.prepare('SELECT r.id FROM owner o CROSS JOIN res r ON r.rid = o.pt WHERE o.rid = ? ORDER BY o.pt').all(rid);
    return rows.map(([id]) => id as string);
  }

  private content(id: number): ContentRef {
    const [size, sha1, sha256, contentType] = this.connection.prepare('SELECT size, sha1, sha256, type FROM content WHERE id = ?').get(id) as unknown as
      readonly [number, string, string, string];
    return { content: String(id), size, sha1, sha256, contentType };
  }

  /** The halves of a long text, piece by piece. */
  private *pieces(content: number): Iterable<string> {
    const decoder = new TextDecoder();
    for (let chunk = 0; ; chunk++) {
      const stored = this.connection.prepare('SELECT b FROM chunk WHERE k = ?').get(content * chunksPerContent + chunk)?.[0];
      if (!(stored instanceof Uint8Array)) break;
      const bytes = decodeChunk(stored);
      yield decoder.decode(bytes, { stream: true });
      if (bytes.length < chunkSize) break;
    }
    yield decoder.decode();
  }
}

const longText = (long: LongText, [, , , version, lastUpdated, , , , , , labels]: Columns): string => long.text(version, lastUpdated, labels ?? 0);
