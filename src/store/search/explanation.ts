/** How a search was served: its plan as a tree, and each query that the store made, without any value. */
import type { Clause, SearchPlan } from '../../search/plan.js';

export interface ExplainedQuery {
  /** In the store's own language; a value is `?`. */
  readonly text: string;
  /** Rows or documents that it gave. */
  readonly rows: number;
  /** Indexes, and how they are used, in the words of the database. */
  readonly steps: readonly string[];
}
export interface Explanation {
  /** `capabilities.name` of the store. */
  readonly store: string;
  /** One line each, indented by depth. */
  readonly plan: readonly string[];
  /** In their order, each text once; at most {@link mostQueries}. */
  readonly queries: readonly ExplainedQuery[];
  /** Matches on the page. */
  readonly matches: number;
}

/** Different queries that are told of one search. */
export const mostQueries = 50;

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
/** Values that a leaf asks for, by how many they are; never what they are. */
const listed = (what: string, { length }: readonly unknown[]): string => `${what} (${length})`;

function lineOf(leaf: Exclude<Clause, { readonly kind: 'and' | 'or' | 'not' | 'chain' | 'contains' | 'has' }>): string {
  switch (leaf.kind) {
    case 'ids': return listed('ids', leaf.ids);
    case 'tokens': return listed(`tokens ${leaf.param}`, leaf.groups);
    case 'string': return `string ${leaf.param} ${leaf.match}`;
    case 'uri': return `uri ${leaf.param} ${leaf.match}`;
    case 'reference': return `reference ${leaf.param} ${leaf.target.form}`;
    case 'date':
    case 'number':
    case 'quantity': return `${leaf.kind} ${leaf.param} ${leaf.compare.prefix}`;
    case 'missing': return `missing ${leaf.param} ${String(leaf.missing)}`;
    default: return 'param' in leaf ? `${leaf.kind} ${leaf.param}` : leaf.kind;
  }
}

function linesOf(clause: Clause): string[] {
  switch (clause.kind) {
    case 'and':
    case 'or': return [clause.kind, ...indented(clause.of.flatMap(linesOf))];
    case 'not': return ['not', ...indented(linesOf(clause.of))];
    case 'chain': return [`chain ${clause.param} -> ${clause.targets.join(', ')}`, ...indented(linesOf(clause.where))];
    case 'contains': return [`contains ${clause.types.join(', ')}`, ...indented(linesOf(clause.where))];
    case 'has': return [`has ${clause.type} by ${clause.param}`, ...indented(linesOf(clause.where))];
    default: return [lineOf(clause)];
  }
}

/** The plan as a tree. */
export function planLines({ types, where, sort, includes, page, total }: SearchPlan): string[] {
  const order = sort.map(({ by, descending }) => (typeof by !== 'string' && 'score' in by ? '_score' : `${descending ? '-' : ''}${typeof by === 'string' ? by : by.param}`));
  return [
    types.length > 5 ? listed('types', types) : `types ${types.join(', ')}`, 'where', ...indented(linesOf(where)), `order ${order.length === 0 ? 'newest first' : order.join(', ')}`,
    ...includes.map(({ direction, sourceType, param, targetType, definitions, iterate }) => `${direction} ${sourceType} ${param}${targetType === undefined ? '' : ` -> ${targetType}`}${definitions ? ' and by URL' : ''}${iterate ? ' iterate' : ''}`),
    `page ${page.count}`, `total ${total}`,
  ];
}
