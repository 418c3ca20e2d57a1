/** One search within one snapshot: matches in order, what they bring along, the total, the next position. */
import { grantFromWire, type GrantWire, type PlanWire } from '../grant-wire.js';
import { bigColumn, currentColumns, textColumn, VersionReader } from '../versions.js';
import { storedReach } from '../visibility.js';
import type { Connection, Row } from '../connection.js';
import type { Names } from '../names.js';
import type { Clause, SearchPlan } from '../../../search/plan.js';
import type { Cut, SearchPage, StoredVersion } from '../../port.js';
import { budgets } from '../../search/budgets.js';
import { isTypeByType, keyOn, onType, relevanceOf } from '../../search/clauses.js';
import { companyOf, fewer, isTooMuch, type Along } from '../../search/company.js';
import { comparePositions, type Position } from '../../search/positions.js';
import { Meter, SearchContext, TooLongHere } from './context.js';
import { readCursor, readSnapshot, writeCursor, type Cursor } from './cursor.js';
import { findPlain, findSorted } from './find.js';
import { included } from './includes.js';
import { jobOf } from './job.js';
import { keyOf, type Hit } from './order.js';
import { q } from './sql.js';
import { total } from './totals.js';

/** A search as it goes to a thread. */
export type SearchRequest = PlanWire;

function contextOf(connection: Connection, names: Names, { grant, hops, plan: { sortable } }: SearchRequest, meter: Meter): SearchContext {
  const reach = (of: GrantWire) => storedReach(connection, names, grantFromWire(of));
  return new SearchContext(connection, names, reach(grant), meter, hops && reach(hops), sortable);
}

interface Found {
  readonly rids: readonly number[];
  /** There is more after the last of them. */
  readonly more: boolean;
  /** Where the next page starts when this one ends with the match at this index. */
  readonly after: (index: number) => Cursor;
  /** Of the matches in their order, where it is asked for. */
  readonly scores?: readonly number[];
}

/** Matches of a page, in order; one more than asked for is looked for, to know whether there is a next page. */
function find(context: SearchContext, plan: SearchPlan, asOf: number | undefined, cursor: Cursor): Found {
  const { count } = plan.page;
  if (count === 0) return { rids: [], more: false, after: () => ({ uncounted: false }) };
  return plan.sort.length === 0 ? findUnsorted(context, plan, asOf, cursor) : findInOrder(context, plan, asOf, cursor);
}

/** Type by type as the plan names them. */
function findUnsorted(context: SearchContext, plan: SearchPlan, asOf: number | undefined, { plain }: Cursor): Found {
  const limit = plan.page.count + 1;
  const found: { readonly type: string; readonly sd: number; readonly rid: number }[] = [];
  for (const type of plan.types.slice(plain ? Math.max(0, plan.types.indexOf(plain.type)) : 0)) {
    if (found.length >= limit) break;
    if (context.names.id(type) === undefined) continue;
    const job = jobOf(context, [type], whereOn(plan, type), asOf);
    found.push(...findPlain(context, job, plain?.type === type ? plain : undefined, limit - found.length).map(({ sd, rid }) => ({ type, sd, rid })));
  }
  const rids = found.slice(0, plan.page.count).map(({ rid }) => rid);
  return { rids, more: found.length === limit, after: (index) => ({ ...(found[index] ? { plain: found[index] } : {}), uncounted: false }) };
}

function findInOrder(context: SearchContext, plan: SearchPlan, asOf: number | undefined, { sorted }: Cursor): Found {
  const limit = plan.page.count + 1;
  const hits = isTypeByType(plan) ? sortedByType(context, plan, asOf, sorted, limit) : sortedOf(context, plan, plan.types, asOf, sorted, limit);
  const page = hits.slice(0, plan.page.count);
  const rids = page.map(({ rid }) => rid);
  const scores = page.map(({ type, keys }) => relevanceOf(plan, context.names.text(type), keys)).filter((score) => score !== undefined);
  return { rids, ...(scores.length > 0 ? { scores } : {}), more: hits.length === limit, after: (index) => ({ ...(hits[index] ? { sorted: hits[index] as Required<Position> } : {}), uncounted: false }) };
}

/** The clause as it is for one of the types. */
const whereOn = ({ types, where }: SearchPlan, type: string): Clause => (types.length > 1 ? onType(where, type) : where);

function sortedOf(context: SearchContext, { sort, where }: SearchPlan, types: readonly string[], asOf: number | undefined, after: Position | undefined, limit: number): Hit[] {
  return findSorted(context, jobOf(context, types, where, asOf), sort.map((key) => keyOf(context, key, types)), after, limit);
}

/** The first of each type, put together in order. */
function sortedByType(context: SearchContext, plan: SearchPlan, asOf: number | undefined, after: Position | undefined, limit: number): Hit[] {
  const present = plan.types.filter((type) => context.names.id(type) !== undefined);
  const hits = present.flatMap((type) => sortedOf(context, { ...plan, where: onType(plan.where, type), sort: plan.sort.map((key) => keyOn(key, type)) }, [type], asOf, after, limit));
  return hits.sort((one, other) => comparePositions(plan.sort, one, other)).slice(0, limit);
}

/** Bytes of texts that are read on the event loop. */
const inlineBytes = 512 * 1024;

/** Counts the characters of a page. @returns whether the page may hold so many more */
function roomOf({ meter }: SearchContext): (characters: number) => boolean {
  let read = 0;
  return (characters) => {
    read += characters;
    if (meter.limits && read > inlineBytes) throw new TooLongHere();
    return read <= budgets.text;
  };
}

const columnsOf = (text?: string) => ({ text: currentColumns('r', 'b', text), args: [] });
const wholeColumns = columnsOf();
/** A text of more bytes than are asked for is left out. */
const shortColumns = columnsOf('CASE WHEN octet_length(b.b) <= ? THEN b.b END');

/** Rows of current versions. @throws TooLongHere when the texts are longer than what is read on the event loop */
function versionRows(context: SearchContext, rids: readonly number[]): Row[] {
  const listed = JSON.stringify(rids);
  const from = q`FROM json_each(${listed}) j CROSS JOIN res r ON r.rid = j.value LEFT JOIN body b ON b.rid = r.rid`;
  if (!context.meter.limits) return context.rows(q`SELECT ${wholeColumns} ${from}`);
  // Where none is longer than its share, all of them are short enough.
  const rows = context.rows(q`SELECT ${{ ...shortColumns, args: [Math.floor(inlineBytes / rids.length)] }} ${from}`);
  if (rows.some((row) => row[bigColumn] !== 0)) throw new TooLongHere();
  if (rows.every((row) => row[textColumn] !== null)) return rows;
  if (context.number(q`SELECT SUM(octet_length(b.b)) FROM json_each(${listed}) j CROSS JOIN body b ON b.rid = j.value`) > inlineBytes) throw new TooLongHere();
  return context.rows(q`SELECT ${wholeColumns} ${from}`);
}

/** The versions in the order of their rids, as many as there is room for. @param least given however long it is */
function versions(context: SearchContext, reader: VersionReader, rids: readonly number[], hasRoom: (characters: number) => boolean, least = 1): StoredVersion[] {
  if (rids.length === 0) return [];
  const rows = versionRows(context, rids);
  const byRid = new Map(rows.map((row) => [row[0] as number, row]));
  const read: StoredVersion[] = [];
  for (const rid of rids) {
    const row = byRid.get(rid);
    if (row === undefined) throw new TypeError('A resource that was found is not here');
    const version = reader.version(row);
    if (!hasRoom(version.text.length)) return read.length >= least ? read : [version];
    read.push(version);
  }
  return read;
}

interface Told {
  readonly matches: readonly StoredVersion[];
  readonly included: readonly StoredVersion[];
  readonly cut: readonly Cut[];
}

/** What the matches bring along, as far as there is room. */
function brought(context: SearchContext, reader: VersionReader, plan: SearchPlan, matches: readonly number[], hasRoom: (characters: number) => boolean): Along<StoredVersion> {
  const { found, cut } = included(context, plan.includes, matches, companyOf(plan));
  const read = versions(context, reader, found, hasRoom, 0);
  return { found: read, cut: read.length < found.length ? [...cut, 'text'] : cut };
}

/** The matches with their company: fewer of them where it would be too much. */
function told(context: SearchContext, reader: VersionReader, plan: SearchPlan, rids: readonly number[]): Told {
  const hasRoom = roomOf(context);
  const matches = versions(context, reader, rids, hasRoom);
  if (plan.includes.length === 0) return { matches, included: [], cut: [] };
  for (let count = matches.length; ; count = fewer(count)) {
    const some = matches.slice(0, count);
    const room = count === matches.length ? hasRoom : roomBeside(context, some);
    const along = brought(context, reader, plan, rids.slice(0, count), room);
    if (!isTooMuch(along) || count <= 1) return { matches: some, included: along.found, cut: along.cut };
  }
}
/** What is left beside these. */
function roomBeside(context: SearchContext, matches: readonly StoredVersion[]): (characters: number) => boolean {
  const hasRoom = roomOf(context);
  for (const { text } of matches) hasRoom(text.length);
  return hasRoom;
}

function totalOf(context: SearchContext, plan: SearchPlan, asOf: number | undefined, cursor: Cursor, found: Found): number | undefined {
  const { total: mode, page: { count, after } } = plan;
  const known = after === undefined && count > 0 && !found.more ? found.rids.length : undefined;
  if (count > 0 && mode === 'none') return undefined;
  if (known !== undefined) return known;
  if (count > 0 && mode !== 'accurate' && cursor.uncounted) return undefined;
  // A page of none is asked for its total.
  const insisted = mode === 'none' || (count === 0 && mode === 'if-cheap');
  return countOf(context, plan, asOf, insisted ? 'accurate' : mode);
}

/** Types whose criteria are not the same are counted one by one. */
function countOf(context: SearchContext, plan: SearchPlan, asOf: number | undefined, mode: Exclude<SearchPlan['total'], 'none'>): number | undefined {
  if (!isTypeByType({ ...plan, sort: [] })) return total(context, jobOf(context, plan.types, plan.where, asOf), mode);
  let sum = 0;
  for (const type of plan.types.filter((each) => context.names.id(each) !== undefined)) {
    const count = total(context, jobOf(context, [type], onType(plan.where, type), asOf), mode);
    if (count === undefined) return undefined;
    sum += count;
  }
  return sum;
}

/**
 * Runs a search in the snapshot that the connection is in.
 * @throws Failure `too-costly`, `bad-cursor`; TooLongHere when the meter has limits and they do not suffice
 */
export function searchPage(connection: Connection, names: Names, request: SearchRequest, meter = new Meter()): SearchPage {
  const context = contextOf(connection, names, request, meter);
  const { plan } = request;
  const now = context.number(q`SELECT value FROM meta WHERE key = 'clock'`);
  const snapshot = readSnapshot(plan.page.asOf);
  // What changed since page one is on none of its pages: the next `_since` of a whole result is the moment of page one.
  const moment = snapshot ?? now;
  const cursor = readCursor(plan.page.after, plan.sort.length);
  const found = find(context, plan, snapshot, cursor);
  const counted = totalOf(context, plan, snapshot, cursor, found);
  const reader = new VersionReader(connection, names);
  const uncounted = counted === undefined && plan.total !== 'none';
  const { matches, included: along, cut } = told(context, reader, plan, found.rids);
  const more = found.more || matches.length < found.rids.length;
  return {
    matches,
    ...(found.scores ? { scores: found.scores.slice(0, matches.length) } : {}),
    included: along,
    ...(cut.length > 0 ? { cut } : {}),
    ...(more ? { next: writeCursor({ ...found.after(matches.length - 1), uncounted }) } : {}),
    ...(counted === undefined ? {} : { total: counted }),
    asOf: String(moment),
    lastUpdated: moment,
  };
}

/** Ids that a plan finds, at most `limit`, in the transaction that the connection is in. */
export function matchingIds(connection: Connection, names: Names, request: SearchRequest, limit: number): readonly string[] {
  const context = contextOf(connection, names, request, new Meter());
  const { rids } = find(context, { ...request.plan, sort: [], page: { count: limit } }, undefined, { uncounted: false });
  if (rids.length === 0) return [];
  const ids = new Map(context.rows(q`SELECT r.rid, r.id FROM json_each(${JSON.stringify(rids)}) j CROSS JOIN res r ON r.rid = j.value`).map(([rid, id]) => [rid as number, id as string]));
  return rids.map((rid) => ids.get(rid)).filter((id) => id !== undefined);
}
