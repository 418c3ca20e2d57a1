/**
 * Pieces of SQL with the values they bind. A value never becomes text: the only text is what this room wrote.
 *
 * @example q`SELECT rid FROM tok WHERE p = ${p} AND code = ${code} AND ${more}`
 */
import type { Bound } from '../../search/positions.js';
import type { Sql } from '../sql.js';

export type { Sql } from '../sql.js';

/** A template of fixed text; an interpolated {@link Sql} is spliced, anything else is bound. */
export function q(strings: TemplateStringsArray, ...parts: readonly (Sql | Bound)[]): Sql {
  let text = strings[0] ?? '';
  const args: Sql['args'][number][] = [];
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as Sql | Bound;
    if (part !== null && typeof part === 'object') {
      text += part.text;
      args.push(...part.args);
    } else {
      text += '?';
      args.push(part);
    }
    text += strings[index + 1] ?? '';
  }
  return { text, args };
}

export const no = q`0`;
export const yes = q`1`;
export const isNo = (piece: Sql): boolean => piece.text === no.text;
export const isYes = (piece: Sql): boolean => piece.text === yes.text;

/** The pieces one after another with `separator` (text of ours) between them. */
export const join = (pieces: readonly Sql[], separator: string): Sql => ({
  text: pieces.map(({ text }) => text).join(separator),
  args: pieces.flatMap(({ args }) => args),
});

/** SQLite refuses expressions deeper than 1,000, and a row of operators is as deep as it is long: long ones become a tree. */
const flat = 100;
function joined(pieces: readonly Sql[], operator: ' AND ' | ' OR '): Sql {
  if (pieces.length <= flat) return q`(${join(pieces, operator)})`;
  const size = Math.ceil(pieces.length / flat);
  return joined(Array.from({ length: Math.ceil(pieces.length / size) }, (_, at) => joined(pieces.slice(at * size, (at + 1) * size), operator)), operator);
}

/** All of them; constants are folded. */
export function allOf(...pieces: readonly Sql[]): Sql {
  const open = pieces.filter((piece) => !isYes(piece));
  if (open.some(isNo)) return no;
  return open.length <= 1 ? (open[0] ?? yes) : joined(open, ' AND ');
}

/** Any of them; constants are folded. */
export function anyOf(...pieces: readonly Sql[]): Sql {
  const open = pieces.filter((piece) => !isNo(piece));
  if (open.some(isYes)) return yes;
  return open.length <= 1 ? (open[0] ?? no) : joined(open, ' OR ');
}

export function not(piece: Sql): Sql {
  if (isNo(piece)) return yes;
  return isYes(piece) ? no : q`NOT ${piece}`;
}

/** `column IN (…)`, the list bound as one value however long it is. */
export const oneOf = (column: Sql, list: readonly Bound[]): Sql =>
  list.length === 1 ? q`${column} = ${list[0] ?? null}` : q`${column} IN (SELECT value FROM json_each(${JSON.stringify(list)}))`;

/** A name of ours (alias, column), never of the caller. */
export function name(text: string): Sql {
  if (!/^[a-z_][a-z0-9_.]*$/.test(text)) throw new TypeError(`"${text}" is not a name of this schema`);
  return { text, args: [] };
}

/** An entry table by its index on (rid, p), whatever the planner would think. */
export const byResource = (table: string, alias: string): Sql => q`${name(table)} ${name(alias)} INDEXED BY ${name(`${table}_r`)}`;
