/**
 * The prefixes of an ordered search over the columns `lo` and `hi` of an entry (`hi` exclusive).
 * https://hl7.org/fhir/R4/search.html#prefix
 */
import type { Comparison } from '../../../search/plan.js';
import { isWide, pointWidth } from '../schema.js';
import { q, yes, type Sql } from './sql.js';

interface Columns {
  readonly lo: Sql;
  readonly hi: Sql;
}
interface Rule {
  /** What is true of `lo` whenever the prefix holds: the part of an index that can hold matches. */
  readonly range: (columns: Columns, asked: Comparison) => Sql;
  readonly holds: (columns: Columns, asked: Comparison) => Sql;
}

/** `ge` and `le` are the shorter forms of "beyond the question, or held by it". */
const rules: Readonly<Record<Comparison['prefix'], Rule>> = {
  eq: {
    range: ({ lo }, asked) => q`(${lo} >= ${asked.lo} AND ${lo} <= ${asked.hi})`,
    holds: ({ lo, hi }, asked) => q`(${lo} >= ${asked.lo} AND ${hi} <= ${asked.hi})`,
  },
  ne: { range: () => yes, holds: ({ lo, hi }, asked) => q`(${lo} < ${asked.lo} OR ${hi} > ${asked.hi})` },
  gt: { range: () => yes, holds: ({ hi }, asked) => q`${hi} > ${asked.hi}` },
  lt: { range: ({ lo }, asked) => q`${lo} < ${asked.lo}`, holds: ({ lo }, asked) => q`${lo} < ${asked.lo}` },
  ge: { range: () => yes, holds: ({ lo, hi }, asked) => q`(${hi} > ${asked.hi} OR ${lo} >= ${asked.lo})` },
  le: {
    range: ({ lo }, asked) => q`${lo} <= ${Math.max(asked.lo, asked.hi)}`,
    holds: ({ lo, hi }, asked) => q`(${lo} < ${asked.lo} OR ${hi} <= ${asked.hi})`,
  },
  sa: { range: ({ lo }, asked) => q`${lo} >= ${asked.hi}`, holds: ({ lo }, asked) => q`${lo} >= ${asked.hi}` },
  eb: { range: ({ lo }, asked) => q`${lo} <= ${asked.lo}`, holds: ({ hi }, asked) => q`${hi} <= ${asked.lo}` },
  ap: { range: ({ lo }, asked) => q`${lo} < ${asked.hi}`, holds: ({ lo, hi }, asked) => q`(${lo} < ${asked.hi} AND ${hi} > ${asked.lo})` },
};

export const compareRange = (columns: Columns, asked: Comparison): Sql => rules[asked.prefix].range(columns, asked);
export const compares = (columns: Columns, asked: Comparison): Sql => rules[asked.prefix].holds(columns, asked);

/**
 * What `gt` and `ge` find, in two ranges of an index on points and wide intervals: `from` a point on, and what is `wide`, ends above it and
 * begins `before`. @returns undefined for the prefixes whose own range is short
 */
export function endsAbove({ lo, hi }: Columns, { prefix, lo: least, hi: most }: Comparison): { readonly from: Sql; readonly wide: Sql; readonly before: Sql } | undefined {
  if (prefix !== 'gt' && prefix !== 'ge') return undefined;
  const point = most - Math.abs(most) * pointWidth;
  const start = prefix === 'gt' ? point : Math.min(point, least);
  return { from: q`${lo} >= ${start}`, wide: q`(${hi} > ${most} AND ${{ text: isWide(lo.text, hi.text), args: [] }})`, before: q`${lo} < ${start}` };
}

/** The same for an instant, one millisecond wide, held in one column of whole numbers. */
export const comparesInstant = (column: Sql, asked: Comparison): Sql => compares({ lo: column, hi: q`(${column} + 1)` }, asked);
/** The bounds that a comparison sets to an instant, in a form that an index on the column serves. */
export const instantRange = (column: Sql, { prefix, lo, hi }: Comparison): Sql => {
  if (prefix === 'ne') return yes;
  const fromLo = prefix === 'eq' || prefix === 'ge' || prefix === 'ap';
  const least = fromLo ? Math.min(lo, hi) - 1 : prefix === 'gt' || prefix === 'sa' ? hi - 1 : -8.64e15;
  const most = prefix === 'eq' || prefix === 'le' || prefix === 'ap' ? hi : prefix === 'lt' || prefix === 'eb' ? lo : 8.64e15;
  return q`(${column} >= ${least} AND ${column} <= ${most})`;
};
