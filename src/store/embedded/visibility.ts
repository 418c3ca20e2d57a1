/**
 * The grant as SQL: a condition over the access rows, put on every row of `res` that a statement touches (design 3.5,
 * rules 4 and 5). What it leaves out does not exist for the caller.
 *
 * | reach        | sees                                                                                           |
 * |--------------|------------------------------------------------------------------------------------------------|
 * | everything   | everything                                                                                     |
 * | patient      | public; owned and subject resources of which the person is an owner, unless INVISIBLE_PATIENT |
 * | professional | public; owned resources all of whose owners allow and whose document chain is not hidden       |
 * | structure    | public; owned and private resources that it wrote, unless an owner or a mask of theirs refuses |
 *
 * An owner allows when no rule in force closes the record or blocks one of the caller's keys. A chain is hidden by a mask
 * rule in force (for everyone or for one of the keys) given by an owner, and from professionals by the label MASQUE_PS
 * unless one of the keys is an author of the document itself. The software of the structure that wrote a document is on the side of
 * its authors: MASQUE_PS does not hide from it what it wrote; closed records, blocks and masks of the person do.
 */
import type { Grant } from '../../access/grant.js';
import type { Connection } from './connection.js';
import type { Names } from './names.js';
import { Label } from '../body/labels.js';
import { Effect, Exposure, severalOwners } from './schema.js';
import type { Sql, SqlValue } from './sql.js';

/** A reach with the store's own numbers in place of ids. */
export type StoredReach =
  | { readonly kind: 'everything' }
  /** rid of the Patient; 0 when there is none */
  | { readonly kind: 'patient'; readonly patient: number }
  | { readonly kind: 'professional'; readonly keys: readonly string[]; readonly moment: number }
  /** name of the structure; -1 when it wrote nothing yet */
  | { readonly kind: 'structure'; readonly structure: number; readonly keys: readonly string[]; readonly moment: number };

/** The reach of a grant in the numbers of this store; to be made again for each request (and snapshot). */
export function storedReach(connection: Connection, names: Names, grant: Grant): StoredReach {
  const { reach, moment } = grant;
  switch (reach.kind) {
    case 'everything':
      return { kind: 'everything' };
    case 'patient':
      return { kind: 'patient', patient: reach.patient === undefined ? 0 : ridOf(connection, names, 'Patient', reach.patient) ?? 0 };
    case 'professional':
      return { kind: 'professional', keys: reach.keys, moment };
    case 'structure':
      return { kind: 'structure', structure: names.id(reach.structure) ?? -1, keys: reach.keys, moment };
  }
}

/** Number of a resource that was written or mentioned; undefined when neither. */
export function ridOf(connection: Connection, names: Names, type: string, id: string): number | undefined {
  const typeName = names.id(type);
  const row = typeName === undefined ? undefined : connection.prepare('SELECT rid FROM res WHERE id = ? AND type = ?').get(id, typeName);
  return row?.[0] as number | undefined;
}

/** What stands at each `?` of a condition, told apart from its value so that a text is made once for each kind of reach. */
type Slot = 'patient' | 'structure' | 'keys' | 'moment';
interface Condition {
  readonly text: string;
  readonly slots: readonly Slot[];
}
const condition = (text: string, ...slots: readonly Slot[]): Condition => ({ text, slots });
const and = (...all: readonly Condition[]): Condition => condition(all.map(({ text }) => text).join(' AND '), ...all.flatMap(({ slots }) => slots));
const or = (...all: readonly Condition[]): Condition => condition(`(${all.map(({ text }) => text).join(' OR ')})`, ...all.flatMap(({ slots }) => slots));
const not = ({ text, slots }: Condition): Condition => condition(`NOT ${text}`, ...slots);

/** The caller's keys are bound as one JSON array, which is opened only where a rule or an author is there to compare. */
const isKey = (actor: string): Condition => condition(`${actor} IN (SELECT value FROM json_each(?))`, 'keys');

/** A rule in force, given by an owner of the resource, for which `held` (over `u`) is true. */
function someOwnerRules(row: string, held: Condition): Condition {
  const rule = and(condition('u.since <= ? AND u.until > ?', 'moment', 'moment'), held);
  return or(
    condition(`EXISTS (SELECT 1 FROM rule u WHERE u.patient = ${row}.pt AND ${rule.text})`, ...rule.slots),
    condition(`(${row}.pt = ${severalOwners} AND EXISTS (SELECT 1 FROM owner o CROSS JOIN rule u ON u.patient = o.pt WHERE o.rid = ${row}.rid AND ${rule.text}))`, ...rule.slots),
  );
}

/** An owner closed the record or blocks one of the keys. */
const refused = (row: string): Condition => someOwnerRules(row, or(
  condition(`u.effect = ${Effect.close}`), and(condition(`u.effect = ${Effect.block}`), isKey('u.actor')),
));

/** An owner hides the chain of document `d`, from everyone or from one of the keys. */
const masked = (row: string): Condition => someOwnerRules(row, and(
  condition(`u.effect = ${Effect.mask}`), or(condition('u.actor IS NULL'), isKey('u.actor')),
  condition('(SELECT m.chain FROM doc m WHERE m.rid = u.doc) = d.chain'),
));

/** The chain of document `d` bears MASQUE_PS and none of the keys is an author of `d` itself: whoever writes into a chain does not so unmask it. */
function hiddenFromProfessionals(): Condition {
  const author = isKey('w.actor');
  return condition(
    `((d.labels & ${Label.MASQUE_PS}) AND NOT EXISTS (SELECT 1 FROM author w WHERE w.doc = d.rid AND ${author.text}))`,
    ...author.slots,
  );
}

/** The resource belongs to no document, or to one (`d`) that none of `reasons` hides. */
function shownByDocument(row: string, ...reasons: readonly Condition[]): Condition {
  const hidden = or(...reasons);
  return condition(`(${row}.doc = 0 OR EXISTS (SELECT 1 FROM doc d WHERE d.rid = ${row}.doc AND NOT ${hidden.text}))`, ...hidden.slots);
}

const exposedAs = (row: string, ...exposures: readonly (keyof typeof Exposure)[]): Condition =>
  condition(`${row}.exposure IN (${exposures.map((exposure) => Exposure[exposure]).join(', ')})`);

const isOwner = (row: string): Condition => and(condition(`${row}.pt <> 0`), or(
  condition(`${row}.pt = ?`, 'patient'),
  condition(`(${row}.pt = ${severalOwners} AND EXISTS (SELECT 1 FROM owner o WHERE o.rid = ${row}.rid AND o.pt = ?))`, 'patient'),
));

const wroteIt = (row: string): Condition => or(
  condition(`${row}.st = ?`, 'structure'),
  condition(`EXISTS (SELECT 1 FROM wrote s WHERE s.rid = ${row}.rid AND s.st = ?)`, 'structure'),
);

type Kind = StoredReach['kind'];
const beyondPublic: { readonly [K in Kind]: (row: string) => Condition } = {
  everything: () => condition('1'),
  patient: (row) => and(exposedAs(row, 'owned', 'subject'), isOwner(row), shownByDocument(row, condition(`(d.labels & ${Label.INVISIBLE_PATIENT})`))),
  professional: (row) => and(exposedAs(row, 'owned'), condition(`${row}.pt <> 0`), not(refused(row)), shownByDocument(row, hiddenFromProfessionals(), masked(row))),
  structure: (row) => and(exposedAs(row, 'owned', 'private'), wroteIt(row), not(refused(row)), shownByDocument(row, masked(row))),
};

const made = new Map<string, Condition>();

/** Aliases are few and written in this house, so what is made is kept. */
function conditionOf(kind: Kind, row: string): Condition {
  const key = `${kind} ${row}`;
  const known = made.get(key) ?? (kind === 'everything' ? condition('1') : or(exposedAs(row, 'public'), beyondPublic[kind](row)));
  made.set(key, known);
  return known;
}

/** A caller's keys are the same array for as long as they are the same. */
const keyTexts = new WeakMap<readonly string[], string>();
function keysText(keys: readonly string[]): string {
  const known = keyTexts.get(keys);
  if (known !== undefined) return known;
  const text = JSON.stringify(keys);
  keyTexts.set(keys, text);
  return text;
}

const values: { readonly [S in Slot]: (reach: StoredReach) => SqlValue } = {
  patient: (reach) => (reach.kind === 'patient' ? reach.patient : 0),
  structure: (reach) => (reach.kind === 'structure' ? reach.structure : -1),
  keys: (reach) => ('keys' in reach ? keysText(reach.keys) : '[]'),
  moment: (reach) => ('moment' in reach ? reach.moment : 0),
};
const valuesOf = (slots: readonly Slot[], reach: StoredReach): SqlValue[] => slots.map((slot) => values[slot](reach));

/**
 * The condition under which a row of `res` exists for the caller. Its text depends on the kind of reach and on the alias only.
 * @param row alias of `res` in the statement
 */
export function visible(reach: StoredReach, row: string): Sql {
  const { text, slots } = conditionOf(reach.kind, row);
  return { text, args: valuesOf(slots, reach) };
}

const numbered = new Map<string, Condition>();

/** Each slot once, by number. */
function numberedConditionOf(kind: Kind, row: string, first: number): Condition {
  const key = `${kind} ${row} ${first}`;
  const known = numbered.get(key);
  if (known !== undefined) return known;
  const { text, slots } = conditionOf(kind, row);
  const distinct = [...new Set(slots)];
  let at = 0;
  const result = condition(text.replace(/\?/g, () => `?${first + distinct.indexOf(slots[at++] as Slot)}`), ...distinct);
  numbered.set(key, result);
  return result;
}

/**
 * The same, with parameters numbered from `first` on: what is compared several times is bound once. For statements that are
 * run so often that binding is what they cost.
 */
export function visibleNumbered(reach: StoredReach, row: string, first: number): Sql {
  const { text, slots } = numberedConditionOf(reach.kind, row, first);
  return { text, args: valuesOf(slots, reach) };
}
