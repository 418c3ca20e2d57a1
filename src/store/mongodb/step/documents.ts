/** The documents of a step: what is new, what replaces, what becomes past. */
import { Binary } from 'mongodb';
import { setImmediate as breathe } from 'node:timers/promises';
import { servedText, textHash } from '../../body/text.js';
import type { PutWrite } from '../../port.js';
import type { Instant } from '../clock.js';
import { readOptions } from '../connection.js';
import type { BodyFields, PastDocument, ResourceDocument } from '../documents.js';
import { placeOf, versionsFrom } from '../versions.js';
import { ownersOf } from '../visibility.js';
import { isAccess, isPut, type Prepared, type PreparedDelete, type PreparedPut } from './prepared.js';
import { bodyFields, type Standing, type StandingDocument, type StepReading } from './standing.js';

/** Documents, and bytes of texts, sent at once. */
const batchLength = 50;
const batchBytes = 1024 * 1024;

const structures = (known: readonly string[] | undefined, added: readonly string[]): { readonly st?: string[] } => {
  const all = [...new Set([...(known ?? []), ...added])];
  return all.length === 0 ? {} : { st: all };
};
const claimsHeld = (claims: readonly string[]): { readonly cl?: string[] } => (claims.length === 0 ? {} : { cl: [...claims] });

/** Of the text with its version and time. */
const hashOf = ({ body: { before, after } }: PutWrite, { b }: BodyFields, version: number, t: number): { readonly h?: Binary } =>
  (b === undefined ? {} : { h: new Binary(textHash(servedText(before, after, version, t, 0))) });

export function liveDocument({ write, key, claims, body, fields, access, sd, n }: PreparedPut, standing: ResourceDocument | undefined, { t, w }: Instant, ru: readonly string[]): ResourceDocument {
  return {
    _id: key, rt: write.type, v: (standing?.v ?? 0) + 1, lu: t, w, sd, n: standing?.n ?? n,
    ...access, ...structures(standing?.st, write.access.structures), ...claimsHeld(claims), ...body, ...hashOf(write, body, (standing?.v ?? 0) + 1, t), ...fields.main,
    ...(fields.spill.length > 0 ? { sp: fields.spill.length } : {}), ...(ru.length > 0 ? { ru: [...ru] } : {}),
  };
}
export function tombstone({ write, key, claims }: PreparedDelete, standing: ResourceDocument, { t, w }: Instant): ResourceDocument {
  const { x, pt, pts, doc, st, sd, n, v } = standing;
  return { _id: key, dt: write.type, v: v + 1, lu: t, w, sd, n, x, pt, pts, doc, st, ...claimsHeld(claims) } as ResourceDocument;
}
export function spillDocuments({ key, fields, access, sd, n }: PreparedPut, main: ResourceDocument): ResourceDocument[] {
  const { v, lu, w, st } = main;
  return fields.spill.map((spilled, index) => ({ _id: `${key}#${index + 1}`, of: key, v, lu, w, sd, n, ...access, ...(st === undefined ? {} : { st }), ...spilled }));
}
const pastDocument = ({ _id: k, v, lu, w, n, pt, pts, dt, cut, b, h, big, ct }: ResourceDocument): PastDocument =>
  ({ _id: { k, v }, lu, w, ...placeOf(k, { n, ...(pt === undefined ? {} : { pt }), ...(pts === undefined ? {} : { pts }) }), ...(dt === undefined ? {} : { del: true }), cut, b, h, big, ct } as PastDocument);

function sameOwners(before: ResourceDocument, { access }: PreparedPut): boolean {
  const [former, owners] = [ownersOf(before), ownersOf(access)];
  return former.length === owners.length && former.every((owner) => owners.includes(owner));
}

/** Whether somebody who was none of its owners becomes one, or it is nobody's any more. */
function changesHands(before: ResourceDocument, { access }: PreparedPut): boolean {
  const [former, owners] = [ownersOf(before), ownersOf(access)];
  return former.length > 0 && (owners.length === 0 || owners.some((owner) => !former.includes(owner)));
}


type Versioned = PreparedPut | PreparedDelete;
const isVersioned = (one: Prepared): one is Versioned => !isAccess(one);
const sizeOf = (one: Versioned, standing: Standing): number =>
  (standing.get(one.key)?.size ?? 0) + (isPut(one) ? one.write.body.before.length + one.write.body.after.length : 0);

/** Cut so that neither their number nor their bytes hold the event loop, or the memory, while they are encoded. */
function* batches(prepared: readonly Versioned[], standing: Standing): Iterable<Versioned[]> {
  let part: Versioned[] = [];
  let bytes = 0;
  for (const one of prepared) {
    const size = sizeOf(one, standing);
    if (part.length >= batchLength || (part.length > 0 && bytes + size > batchBytes)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(one);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

/** What stands, with the texts that were not read with it. */
async function withBodies(reading: StepReading, standing: readonly StandingDocument[]): Promise<StandingDocument[]> {
  const bare = standing.filter(({ dt, b, big }) => dt === undefined && b === undefined && big === undefined).map(({ _id }) => _id);
  if (bare.length === 0) return [...standing];
  const read = await reading.collections.resources.find({ _id: { $in: bare } }, { ...readOptions(reading), projection: bodyFields }).toArray();
  const bodies = new Map(read.map((body) => [body._id, body]));
  return standing.map((document) => ({ ...document, ...bodies.get(document._id) }));
}

async function writeBatch(reading: StepReading, part: readonly Versioned[], standing: Standing, instant: Instant, rules: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const { resources, past } = reading.collections;
  const options = readOptions(reading);
  const news: ResourceDocument[] = [];
  const replaced: ResourceDocument[] = [];
  for (const one of part) {
    const before = standing.get(one.key);
    const document = isPut(one) ? liveDocument(one, before, instant, rules.get(one.key) ?? []) : tombstone(one, found(before), instant);
    (before === undefined ? news : replaced).push(document);
    if (isPut(one)) news.push(...spillDocuments(one, document));
  }
  const retired = await withBodies(reading, part.map(({ key }) => standing.get(key)).filter((before) => before !== undefined));
  if (retired.length > 0) await past.insertMany(retired.map(pastDocument), options);
  if (news.length > 0) await resources.insertMany(news, options);
  if (replaced.length > 0) await resources.bulkWrite(replaced.map((document) => ({ replaceOne: { filter: { _id: document._id }, replacement: document } })), options);
}

/** Everything of `resources` and `past` that puts and deletes write. */
export async function writeDocuments(reading: StepReading, prepared: readonly Prepared[], standing: Standing, instant: Instant, rules: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const { resources, past } = reading.collections;
  const options = readOptions(reading);
  const versioned = prepared.filter(isVersioned);
  const spilled = versioned.map(({ key }) => key).filter((key) => standing.get(key)?.sp !== undefined);
  if (spilled.length > 0) await resources.deleteMany({ of: { $in: spilled } }, options);
  for (const part of batches(versioned, standing)) {
    await writeBatch(reading, part, standing, instant, rules);
    await breathe();
  }
  // The access row rules every version (design 3.5), but what was another person's stays theirs.
  for (const one of versioned.filter(isPut)) {
    const before = standing.get(one.key);
    if (before === undefined || sameOwners(before, one)) continue;
    const { own } = placeOf(one.key, { ...one.access, n: before.n });
    await past.updateMany(versionsFrom(one.key), { $set: { own, ...(changesHands(before, one) ? { apart: true as const } : {}) } }, options);
  }
}

function found(standing: ResourceDocument | undefined): ResourceDocument {
  if (standing === undefined) throw new TypeError('Only what stands can be deleted');
  return standing;
}
