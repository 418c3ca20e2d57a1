/** One search within one snapshot: matches in order, what they bring along, the total, the next position. */
import type { GrantedPlan } from '../../../access/grant.js';
import type { Leaf, SearchPlan } from '../../../search/plan.js';
import { budgets } from '../../search/budgets.js';
import { isWide, onType, relevanceOf } from '../../search/clauses.js';
import { companyOf, fewer, isTooMuch, type Along } from '../../search/company.js';
import { badPosition, comparePositions, readPosition, writePosition, type Bound, type Position } from '../../search/positions.js';
import type { Cut, SearchPage, StoredVersion } from '../../port.js';
import { readOptions, type Reading } from '../connection.js';
import { cutOf, readCut, unchangedSince } from '../cut.js';
import { versionFields, versionsOf, type VersionRow } from '../versions.js';
import { compile } from './compile.js';
import { always, oneOf, type Condition } from './conditions.js';
import { pieces, SearchContext, type Manner, type Row } from './context.js';
import { searchDrivers } from './dated.js';
import { textsAtOnce } from './ranges.js';
import { few } from './drivers.js';
import { find, type Found } from './find.js';
import { isHopeless, presentTypes, rowsOf, typesIn, type DrivenJob } from './gather.js';
import { included } from './includes.js';
import { wholeRecord } from './shared.js';
import { hitOf, newestFirst, orderOf, type Hit, type Order } from './order.js';
import { isWithin, total } from './totals.js';

const jobOf = async (context: SearchContext, types: readonly string[], { where }: SearchPlan, extra: Condition): Promise<DrivenJob> => {
  const compiled = await compile(context, where, types);
  return { types, where, extra, compiled, drivers: await context.once(where, `drivers ${types.join(' ')}`, () => searchDrivers(context, where, types)) };
};

/** Where a page starts. */
interface Start {
  readonly position?: Required<Position>;
  /** Page one left the total out because it was not cheap. */
  readonly uncounted: boolean;
}

/** @throws Failure `bad-cursor` when it is not a position of such a search */
function startOf({ sort, page: { after } }: SearchPlan): Start {
  if (after === undefined) return { uncounted: false };
  const { sorted, uncounted, values: [id, type, ...keys] } = readPosition(after);
  const wanted = sort.length > 0 ? sort.length : newestFirst.keys.length;
  const known = sort.length > 0 || keys.every((key) => typeof key === 'number');
  if (sorted !== sort.length > 0 || typeof id !== 'string' || typeof type !== 'string' || keys.length !== wanted || !known) throw badPosition();
  return { position: { id, type, keys }, uncounted };
}
const afterHit = ({ sort }: SearchPlan, { id, type, keys }: Hit, uncounted: boolean): string =>
  writePosition({ sorted: sort.length > 0, uncounted, values: [id, type, ...keys] satisfies Bound[] });

const orderIn = ({ sort }: SearchPlan, type: string): Order => (sort.length === 0 ? newestFirst : orderOf(sort, type));

/** The first `limit` matches after the start, in order. */
async function matchesOf(context: SearchContext, plan: SearchPlan, extra: Condition, { position }: Start, limit: number): Promise<Found> {
  const plain = plan.sort.length === 0;
  // Without a sort, type by type as the plan names them.
  const types = plain && position ? plan.types.slice(Math.max(0, plan.types.indexOf(String(position.type)))) : plan.types;
  const compare = (one: Required<Position>, other: Required<Position>): number =>
    (plain ? types.indexOf(String(one.type)) - types.indexOf(String(other.type)) : 0) || comparePositions(plain ? newestFirst.keys : plan.sort, one, other);
  const record = plan.types.length > 1 ? await wholeRecord(context, plan) : undefined;
  if (record) return { hits: record.map((row) => hitOf(row, orderIn(plan, row.rt ?? '').keys)).filter((hit) => types.includes(hit.type) && (!position || compare(hit, position) > 0)).sort(compare).slice(0, limit), all: record.length };
  const together = types.length > 1 ? await fewOfTypes(context, plan, types, extra) : { types };
  const { hits: some } = together;
  if (some) return { hits: some.filter((hit) => !position || compare(hit, position) > 0).sort(compare).slice(0, limit), ...(types === plan.types ? { all: some.length } : {}) };
  if (plan.types.length === 1 && types.length === 1) return find(context, { type: plan.types[0] as string, ...await jobOf(context, types, plan, extra) }, orderIn(plan, types[0] as string), position, limit);
  const hits: Hit[] = [];
  for (const type of together.types) {
    const left = plain ? limit - hits.length : limit;
    if (left <= 0) break;
    const after = plain && position?.type !== type ? undefined : position;
    const own = plan.types.length > 1 ? { ...plan, where: onType(plan.where, type) } : plan;
    hits.push(...(await find(context, { type, ...await jobOf(context, [type], own, extra) }, orderIn(plan, type), after, left)).hits);
  }
  return { hits: hits.sort(compare).slice(0, limit) };
}

/** Resources of several types, found together when they are few; else the types that there are. */
async function fewOfTypes(context: SearchContext, plan: SearchPlan, types: readonly string[], extra: Condition): Promise<{ readonly hits: readonly Hit[]; readonly types?: never } | { readonly types: readonly string[]; readonly hits?: never }> {
  const job = await jobOf(context, types, plan, extra);
  if (isHopeless(job)) return { hits: [] };
  const found = await few(context, job.drivers, context.sortable);
  if (!found) return { types };
  if (found.rows > budgets.cheapCount) {
    const present = await typesIn(context, found.driver);
    return { types: types.filter((type) => present.has(type)) };
  }
  return { hits: (await rowsOf(context, found.driver, job, found.rows)).map((row) => hitOf(row, orderIn(plan, row.rt ?? '').keys)) };
}

async function totalOf(context: SearchContext, plan: SearchPlan, extra: Condition, start: Start, { hits, all }: Found): Promise<number | undefined> {
  const { total: mode, types, page: { count, after } } = plan;
  if (count > 0 && mode === 'none') return undefined;
  if (after === undefined && count > 0 && hits.length <= count) return hits.length;
  if (count > 0 && mode !== 'accurate' && start.uncounted) return undefined;
  // A page of none is asked for its total.
  const insisted = mode === 'none' || (count === 0 && mode === 'if-cheap');
  const counted = insisted ? 'accurate' : mode;
  if (all !== undefined) return isWithin(counted, all) ? all : undefined;
  return total(context, await jobOf(context, types, plan, extra), counted);
}

/** Counts the characters of a page. @returns whether the page may hold so many more */
function roomOf(): (characters: number) => boolean {
  let read = 0;
  return (characters) => (read += characters) <= budgets.text;
}

/** The rows with their texts: those that came without are read once more. */
async function withTexts({ reading }: SearchContext, rows: readonly Row[]): Promise<VersionRow[]> {
  const bare = rows.filter(({ v }) => v === undefined).map(({ _id }) => _id);
  const found = bare.length === 0 ? [] : await reading.collections.resources.find<VersionRow>(oneOf('_id', bare), { ...readOptions(reading), projection: versionFields, hint: { _id: 1 }, batchSize: textsAtOnce + 1 }).toArray();
  const byId = new Map(found.map((row) => [row._id, row]));
  return rows.map((row) => {
    const whole = row.v === undefined ? byId.get(row._id) : row as VersionRow;
    if (whole === undefined) throw new TypeError('A resource that was found is not here');
    return whole;
  });
}

/** The versions in the order of their rows, as many as there is room for. @param least given however long it is */
async function versions(context: SearchContext, rows: readonly Row[], hasRoom: (characters: number) => boolean, least = 1): Promise<StoredVersion[]> {
  const read: StoredVersion[] = [];
  for (const some of pieces(rows, textsAtOnce)) {
    const whole = await withTexts(context, some);
    // Learnt together, then told one by one.
    await context.sight.labels(whole.flatMap(({ doc }) => doc ?? []));
    for (const row of whole) {
      const told = await versionsOf(context.reading, context.sight, [row]);
      for (const version of told) {
        if (!hasRoom(version.text.length)) return read.length >= least ? read : told;
        read.push(version);
      }
    }
  }
  return read;
}

/** What the matches bring along, as far as there is room. */
async function brought(context: SearchContext, plan: SearchPlan, matches: readonly Row[], hasRoom: (characters: number) => boolean): Promise<Along<StoredVersion>> {
  const { found, cut } = await included(context, plan.includes, matches, companyOf(plan));
  const read = await versions(context, found, hasRoom, 0);
  return { found: read, cut: read.length < found.length ? [...cut, 'text'] : cut };
}

const scoreOf = ({ sort }: SearchPlan): readonly Leaf[] => sort.flatMap(({ by }) => (typeof by !== 'string' && 'score' in by ? by.score : []));
const sortsByEntries = ({ sort }: SearchPlan): boolean => sort.some(({ by }) => typeof by !== 'string');

/**
 * Runs a search in the snapshot of `reading`.
 * @throws Failure `too-costly`, `bad-cursor`
 */
export async function searchPage(reading: Reading, { grant, hops, plan: asked }: GrantedPlan, manner: Manner = {}): Promise<SearchPage> {
  const { asOf, count } = asked.page;
  const start = startOf(asked);
  const extra = asOf === undefined ? always : unchangedSince(asOf);
  const context = new SearchContext(reading, grant, { sortKeys: sortsByEntries(asked), score: scoreOf(asked), counted: asked.total !== 'none', ...(asked.sortable === undefined ? {} : { sortable: asked.sortable }), ...manner }, hops);
  const plan = isWide(asked) ? { ...asked, types: await presentTypes(context, asked.types) } : asked;
  const found: Found = count === 0 ? { hits: [] } : await matchesOf(context, plan, extra, start, count + 1);
  const { hits } = found;
  // Reads go beside each other once the first one has fixed the snapshot.
  const first = count === 0 && asOf === undefined ? await readCut(reading) : undefined;
  const [counted, moment, { matches, included: along, cut }] = await Promise.all([
    totalOf(context, plan, extra, start, found),
    // What changed since page one is on none of its pages: the next `_since` of a whole result is the moment of page one.
    asOf === undefined ? (first ?? readCut(reading)) : cutOf(asOf),
    told(context, plan, hits.slice(0, count).map(({ row }) => row)),
  ]);
  const last = hits[matches.length - 1];
  const scores = hits.slice(0, matches.length).map(({ type, keys }) => relevanceOf(asked, type, keys)).filter((score) => score !== undefined);
  return {
    matches,
    included: along,
    ...(scores.length > 0 ? { scores } : {}),
    ...(cut.length > 0 ? { cut } : {}),
    ...(hits.length > matches.length && last ? { next: afterHit(plan, last, counted === undefined && plan.total !== 'none') } : {}),
    ...(counted === undefined ? {} : { total: counted }),
    ...moment,
  };
}

/** The matches with their company: fewer of them where it would be too much. */
async function told(context: SearchContext, plan: SearchPlan, page: readonly Row[]): Promise<Pick<SearchPage, 'matches' | 'included'> & { readonly cut: readonly Cut[] }> {
  const hasRoom = roomOf();
  const matches = await versions(context, page, hasRoom);
  if (plan.includes.length === 0) return { matches, included: [], cut: [] };
  for (let count = matches.length; ; count = fewer(count)) {
    const some = matches.slice(0, count);
    const room = count === matches.length ? hasRoom : roomOf();
    if (count < matches.length) for (const { text } of some) room(text.length);
    const along = await brought(context, plan, page.slice(0, count), room);
    if (!isTooMuch(along) || count <= 1) return { matches: some, included: along.found, cut: along.cut };
  }
}

/** Ids that a plan finds, at most `limit`, in the snapshot or transaction of `reading`. */
export async function matchingIds(reading: Reading, { grant, hops, plan }: GrantedPlan, limit: number): Promise<readonly string[]> {
  const { hits } = await matchesOf(new SearchContext(reading, grant, {}, hops), { ...plan, sort: [] }, always, { uncounted: false }, limit);
  return hits.map(({ id }) => id);
}
