/** What is asked of the resources of a search, and the rows that a driver gives of them. */
import type { Clause, Leaf } from '../../../search/plan.js';
import { without, type Compiled } from './compile.js';
import { allOf, always, anyOf, isAlways, isNever, oneOf, type Condition } from './conditions.js';
import { pieces, type Row, type SearchContext } from './context.js';
import type { Driver } from './drivers.js';
import { admitted, passing } from './judge.js';
import { leafForm, type EntryLeaf } from './leaves.js';
import { matching, unitOf } from './links.js';
import { hintOf, isEmpty, scan, type Range } from './ranges.js';
import { heldBy } from './relevance.js';

export interface Job {
  readonly types: readonly string[];
  readonly where: Clause;
  readonly compiled: Compiled;
  /** What else must be true of the document of a resource. */
  readonly extra: Condition;
  /** Its rows come from ranges that settle a clause: `compiled` is what is left, and they are live and of the types. */
  readonly settled?: true;
}

export interface DrivenJob extends Job {
  /** One for each clause that an index can find resources by. */
  readonly drivers: readonly Driver[];
}
/** Nothing can satisfy it. */
export const isHopeless = ({ compiled, drivers }: DrivenJob): boolean => isNever(compiled.condition) || drivers.some(({ ranges }) => ranges.length === 0);

/** The job as it is for rows that this driver gives. */
export const jobBy = (job: Job, { settles }: Driver): Job => (settles ? { ...job, compiled: without(job.compiled, job.where, settles), settled: true } : job);

/** What is checked on the rows of a range; a further document stands for its resource, which is looked at then. */
export function filterOf(context: SearchContext, { types, compiled, extra, settled }: Job): Condition {
  const checks = allOf(settled ? context.reach : context.live(types), extra, passing(compiled.condition));
  return isAlways(checks) ? always : anyOf({ of: { $exists: true } }, checks);
}

/** Those of the rows that {@link filterOf} let pass which satisfy the job, each resource once. */
export async function kept(context: SearchContext, job: Job, rows: readonly Row[]): Promise<Row[]> {
  const own = new Map<string, Row>();
  const further = new Set<string>();
  for (const row of rows) {
    if (row.of === undefined) own.set(row._id, row);
    else further.add(row.of);
  }
  for (const some of pieces([...further].filter((id) => !own.has(id)), 400)) {
    const found = await context.rows([{ $match: allOf(oneOf('_id', some), context.live(job.types), job.extra) }, context.fields()], { _id: 1 });
    context.keys += some.length;
    for (const row of found) own.set(row._id, row);
  }
  return scored(context, await admitted(context, [...own.values()], job.where, job.compiled, job.types));
}

/** The rows with their relevance, where it is asked for; of a resource that spills, one document does not tell all. */
async function scored(context: SearchContext, rows: Row[]): Promise<Row[]> {
  const { score: leaves } = context;
  if (leaves.length === 0) return rows;
  const spilled = rows.filter(({ sp }) => sp !== undefined).map(unitOf);
  const held = new Map<string, Leaf[]>();
  for (const leaf of spilled.length === 0 ? [] : leaves) for (const name of await matching(context, leafForm(leaf as EntryLeaf).condition, spilled)) held.set(name, [...(held.get(name) ?? []), leaf]);
  return rows.map((row) => ({ ...row, held: row.sp === undefined ? heldBy(leaves, row.t ?? []) : (held.get(row._id) ?? []) }));
}

/** Every resource of a driver that has at most `cap` rows. @param links a parameter whose references are read too */
export async function rowsOf(context: SearchContext, driver: Driver, job: Job, cap: number, links?: string): Promise<Row[]> {
  if (cap === 0) return [];
  const by = jobBy(job, driver);
  const filter = filterOf(context, by);
  const found = await context.together(driver.ranges.filter((range) => !isEmpty(context, range)).map((range) => () => scan(context, range, { rows: cap, filter, ...(links === undefined ? {} : { links }) })));
  context.keys += found.reduce((sum, rows) => sum + rows.length, 0);
  return kept(context, by, found.flat());
}

/**
 * Every resource of the first driver, when it has no more than `cap` rows: they are read without being counted first, where
 * nothing is to be checked that would hide how many there are.
 */
export async function listedBy(context: SearchContext, [driver]: readonly Driver[], job: Job, cap: number, links?: string): Promise<Row[] | undefined> {
  if (!driver) return undefined;
  const by = jobBy(job, driver);
  if (!by.settled || !isAlways(by.compiled.condition) || !isAlways(by.extra)) return undefined;
  const read = async (range: Range): Promise<Row[]> => {
    const rows = await scan(context, range, { rows: cap + 1, ...(links === undefined ? {} : { links }) });
    context.sizes.set(range.condition, { rows: rows.length, whole: rows.length <= cap });
    return rows;
  };
  const isLong = ({ size, condition }: Range): boolean => (size ?? context.sizes.get(condition)?.rows ?? 0) > cap;
  if (driver.ranges.some(isLong)) return undefined;
  const found = await context.together(driver.ranges.filter((range) => !isEmpty(context, range)).map((range) => () => read(range)));
  context.keys += found.reduce((sum, rows) => sum + rows.length, 0);
  return found.some((rows) => rows.length > cap) || found.flat().length > cap ? undefined : kept(context, by, found.flat());
}

/** The types of what a driver gives. */
export async function typesIn(context: SearchContext, { ranges }: Driver): Promise<ReadonlySet<string>> {
  const type = { $arrayElemAt: [{ $split: [{ $ifNull: ['$of', '$_id'] }, '/'] }, 0] };
  const found = await context.together(ranges.map((range) => () => context.rows<{ readonly _id: string }>([{ $match: range.condition }, { $group: { _id: type } }], hintOf(range))));
  return new Set(found.flat().map(({ _id }) => _id));
}

/** Those of many types that any resource here is of: a read for each. */
export async function presentTypes(context: SearchContext, types: readonly string[]): Promise<readonly string[]> {
  const present = new Set<string>();
  for (let last = ''; ; ) {
    const [next] = await context.rows<{ readonly rt: string }>([{ $match: { rt: { $gt: last } } }, { $sort: { rt: 1, lu: 1, n: 1 } }, { $limit: 1 }, { $project: { rt: 1 } }], { rt: 1, lu: 1, n: 1 });
    context.keys += 1;
    if (!next) return types.filter((type) => present.has(type));
    present.add(next.rt);
    last = next.rt;
  }
}
