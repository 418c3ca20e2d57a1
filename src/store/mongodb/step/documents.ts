/** The documents of a step: what is new, what replaces, what becomes past. */
import { Binary, type ClientSession } from 'mongodb';
import { setImmediate as breathe } from 'node:timers/promises';
import { servedText, textHash } from '../../body/text.js';
import type { PutWrite } from '../../port.js';
import type { Instant } from '../clock.js';
import { readOptions } from '../connection.js';
import type { BodyFields, PastDocument, ResourceDocument } from '../documents.js';
import { versionsFrom } from '../versions.js';
import { ownersOf } from '../visibility.js';
import { isAccess, isPut, type Prepared, type PreparedDelete, type PreparedPut } from './prepared.js';
import type { Standing, StepReading } from './standing.js';

/** Documents sent at once: their encoding holds the event loop. */
const batch = 50;

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
const pastDocument = ({ _id: k, v, lu, dt, cut, b, h, big, ct }: ResourceDocument): PastDocument =>
  ({ _id: { k, v }, lu, ...(dt === undefined ? {} : { del: true }), cut, b, h, big, ct } as PastDocument);

/** Whether somebody who was none of its owners becomes one, or it is nobody's any more. */
function changesHands(before: ResourceDocument, { access }: PreparedPut): boolean {
  const [former, owners] = [ownersOf(before), ownersOf(access)];
  return former.length > 0 && (owners.length === 0 || owners.some((owner) => !former.includes(owner)));
}


async function inBatches<T>(list: readonly T[], work: (part: T[]) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < list.length; at += batch) {
    await work(list.slice(at, at + batch));
    await breathe();
  }
}

/** Everything of `resources` and `past` that puts and deletes write. */
export async function writeDocuments(reading: StepReading, prepared: readonly Prepared[], standing: Standing, instant: Instant, rules: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const { resources, past } = reading.collections;
  const options: { readonly session?: ClientSession } = readOptions(reading);
  const news: ResourceDocument[] = [];
  const replaced: ResourceDocument[] = [];
  const retired: ResourceDocument[] = [];
  const apart: string[] = [];
  for (const one of prepared) {
    if (isAccess(one)) continue;
    const before = standing.get(one.key);
    if (before !== undefined) retired.push(before);
    if (before !== undefined && isPut(one) && changesHands(before, one)) apart.push(one.key);
    const document = isPut(one) ? liveDocument(one, before, instant, rules.get(one.key) ?? []) : tombstone(one, found(before), instant);
    (before === undefined ? news : replaced).push(document);
    if (isPut(one)) news.push(...spillDocuments(one, document));
  }
  const spilled = retired.filter(({ sp = 0 }) => sp > 0).map(({ _id }) => _id);
  if (spilled.length > 0) await resources.deleteMany({ of: { $in: spilled } }, options);
  await inBatches(retired, (part) => past.insertMany(part.map(pastDocument), options));
  // The access row rules every version (design 3.5), but what was another person's stays theirs.
  for (const key of apart) await past.updateMany(versionsFrom(key), { $set: { apart: true } }, options);
  await inBatches(news, (part) => resources.insertMany(part, options));
  await inBatches(replaced, (part) => resources.bulkWrite(part.map((document) => ({ replaceOne: { filter: { _id: document._id }, replacement: document } })), options));
}

function found(standing: ResourceDocument | undefined): ResourceDocument {
  if (standing === undefined) throw new TypeError('Only what stands can be deleted');
  return standing;
}
