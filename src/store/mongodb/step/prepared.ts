/** A WriteSet made ready once, outside of its transaction: texts encoded, entries as fields, sizes estimated. */
import { randomInt } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { Binary } from 'mongodb';
import type { IndexEntries } from '../../../search/entries.js';
import { packedKinds, unpackPart, type PackedEntries } from '../../../search/packed-entries.js';
import { isLong } from '../../body/chunks.js';
import { encodeText } from '../../body/codec.js';
import type { AccessWrite, DeleteWrite, PutWrite, Write, WriteSet } from '../../port.js';
import { claimId } from '../claims.js';
import type { Contents } from '../contents.js';
import { Exposure, type AccessRow, type BodyFields } from '../documents.js';
import { entryFields, mainDate, type Fields } from '../entry-fields.js';
import { keyText } from '../versions.js';
import { criteriaKeys } from './criteria.js';

interface Placed<W extends Write> {
  readonly write: W;
  /** `Type/id` */
  readonly key: string;
}
export interface PreparedPut extends Placed<PutWrite> {
  readonly claims: readonly string[];
  readonly body: BodyFields;
  readonly fields: Fields;
  readonly access: Omit<AccessRow, 'st'>;
  readonly sd: number;
  readonly n: number;
}
export interface PreparedDelete extends Placed<DeleteWrite> { readonly claims: readonly string[] }
export type PreparedAccess = Placed<AccessWrite>;
export type Prepared = PreparedPut | PreparedDelete | PreparedAccess;

export const isPut = (one: Prepared): one is PreparedPut => one.write.kind === 'put';
export const isDelete = (one: Prepared): one is PreparedDelete => one.write.kind === 'delete';
export const isAccess = (one: Prepared): one is PreparedAccess => one.write.kind === 'access';

/** 2^48 is what randomInt gives at most; 5 more bits come from a second draw. */
const randomOrder = (): number => randomInt(2 ** 48 - 1) * 32 + randomInt(32);

function accessRow({ id, access: { exposure, owners, document, documentFacts } }: PutWrite): Omit<AccessRow, 'st'> {
  const all = [...new Set(owners)];
  const doc = documentFacts === undefined ? document : id;
  return {
    x: Exposure[exposure],
    ...(all.length === 1 && all[0] !== undefined ? { pt: all[0] } : {}),
    ...(all.length > 1 ? { pts: all } : {}),
    ...(doc === undefined ? {} : { doc }),
  };
}

async function bodyOf({ body, content }: PutWrite, contents: Contents): Promise<BodyFields> {
  if (content !== undefined && 'bytes' in content) throw new TypeError('This store has every content staged');
  const ct = content === undefined ? {} : { ct: { id: content.content, size: content.size, sha1: content.sha1, sha256: content.sha256, type: content.contentType } };
  const cut = body.before.length;
  if (isLong(body)) return { cut, big: await contents.stageBody(body), ...ct };
  const b = encodeText(body.before + body.after);
  return { cut, b: typeof b === 'string' ? b : new Binary(b), ...ct };
}

/** Entries that came packed stand with the others; the loop turns after each part. */
export async function allEntries({ entries: kept, more }: PackedEntries): Promise<IndexEntries> {
  if (more === undefined) return kept;
  const entries: Record<string, unknown[]> = Object.fromEntries(packedKinds.map((kind) => [kind, [...kept[kind]]]));
  for (const part of more) {
    const some = unpackPart(part, kept.mainDate);
    for (const kind of packedKinds) for (const entry of some[kind]) entries[kind]?.push(entry);
    await breathe();
  }
  return { ...kept, ...entries };
}

async function unpacked(write: PutWrite): Promise<PutWrite> {
  const { more, ...others } = write;
  return more === undefined ? write : { ...others, entries: await allEntries(write) };
}

/** Stages the texts that are too long for a document. */
export async function prepare(given: Write, contents: Contents): Promise<Prepared> {
  const write = given.kind === 'put' ? await unpacked(given) : given;
  const key = keyText(write);
  if (write.kind === 'access') return { write, key };
  const claims = [...new Set(write.claims.map(claimId))];
  if (write.kind === 'delete') return { write, key, claims };
  const fields = entryFields(write.type, write.entries);
  return { write, key, claims, body: await bodyOf(write, contents), fields, access: accessRow(write), sd: mainDate(write.entries), n: randomOrder() };
}

/** Bytes of an entry in its document and in its index, as the cache of the server holds them before they are written. */
const entryBytes = 400;
/** Of a document without its text and entries, with its keys. */
const documentBytes = 2_000;

/** Bytes that the server holds for a write until its transaction ends; an update moves the former text too. */
export function estimate({ write }: Prepared): number {
  if (write.kind !== 'put') return documentBytes;
  const { body, entries, expect } = write;
  const count = Object.values(entries).reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0);
  const text = isLong(body) ? 0 : body.before.length + body.after.length;
  return documentBytes + text * (expect === 'absent' ? 1 : 2) + count * entryBytes;
}

/** What a set touches that others may touch too: within the process it waits its turn for it. */
export function touched({ guards }: WriteSet, prepared: readonly Prepared[]): string[] {
  const keys = new Set<string>();
  for (const one of prepared) {
    if (!isPut(one) || one.write.expect !== 'absent') keys.add(one.key);
    if (!isAccess(one)) for (const claim of one.claims) keys.add(`claim ${claim}`);
    if (!isPut(one)) continue;
    for (const chainKey of one.write.access.documentFacts?.chainKeys ?? []) keys.add(`chain ${chainKey}`);
    for (const { patient } of one.write.access.rules ?? []) keys.add(`record ${patient}`);
  }
  for (const guard of guards) {
    if (guard.kind === 'record-open') keys.add(`record ${guard.patient}`);
    if (guard.kind === 'claim-free') keys.add(`claim ${claimId(guard.claim)}`);
    if (guard.kind === 'version') keys.add(keyText(guard.key));
  }
  for (const key of criteriaKeys(guards, prepared.filter(isPut).map(({ write }) => write))) keys.add(`plan ${key}`);
  return [...keys];
}
