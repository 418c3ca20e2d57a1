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
 * unless one of the keys is an author of the chain. The software of the structure that wrote a document is on the side of
 * its authors: MASQUE_PS does not hide from it what it wrote; closed records, blocks and masks of the person do.
 */
import type { Grant } from '../../access/grant.js';
import type { Connection } from './connection.js';
import type { Names } from './names.js';
import { Effect, Exposure, Label, severalOwners } from './schema.js';
import { slots, sql, type Sql, type SqlValue } from './sql.js';

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

/** Keys are bound in steps of this many slots, so that few statements serve all callers. */
const keyStep = 8;

interface Keys {
  readonly text: string;
  readonly args: readonly SqlValue[];
}
/** No actor has the empty text as its key, so it fills the slots that are left. */
function bindKeys(keys: readonly string[]): Keys {
  const count = Math.max(1, Math.ceil(keys.length / keyStep)) * keyStep;
  return { text: slots(count), args: [...keys, ...Array.from({ length: count - keys.length }, () => '')] };
}

/** A rule in force, given by an owner of the resource, for which `condition` (over `u`) holds. */
function someOwnerRules(row: string, condition: Sql, moment: number): Sql {
  const held = `u.since <= ? AND u.until > ? AND ${condition.text}`;
  const args = [moment, moment, ...condition.args];
  return sql(
    `(EXISTS (SELECT 1 FROM rule u WHERE u.patient = ${row}.pt AND ${held})
      OR (${row}.pt = ${severalOwners} AND EXISTS (SELECT 1 FROM owner o CROSS JOIN rule u ON u.patient = o.pt WHERE o.rid = ${row}.rid AND ${held})))`,
    ...args, ...args,
  );
}

/** An owner closed the record or blocks one of the keys. */
const refused = (row: string, keys: Keys, moment: number): Sql => someOwnerRules(row, sql(
  `u.effect <= ${Effect.block} AND (u.effect = ${Effect.close} OR u.actor IN (${keys.text}))`, ...keys.args,
), moment);

/** An owner hides the chain of document `d`, from everyone or from one of the keys. */
const masked = (row: string, keys: Keys, moment: number): Sql => someOwnerRules(row, sql(
  `u.effect = ${Effect.mask} AND (u.actor IS NULL OR u.actor IN (${keys.text})) AND (SELECT m.chain FROM doc m WHERE m.rid = u.doc) = d.chain`,
  ...keys.args,
), moment);

/** The chain of document `d` bears MASQUE_PS and none of the keys is one of its authors. */
const hiddenFromProfessionals = (keys: Keys): Sql => sql(
  `((d.labels & ${Label.MASQUE_PS}) AND NOT EXISTS (SELECT 1 FROM doc a CROSS JOIN author w ON w.doc = a.rid
    WHERE a.chain = d.chain AND w.actor IN (${keys.text})))`, ...keys.args,
);

/** The resource belongs to no document, or to one (`d`) that none of `reasons` hides. */
function shownByDocument(row: string, ...reasons: readonly Sql[]): Sql {
  return sql(
    `(${row}.doc = 0 OR EXISTS (SELECT 1 FROM doc d WHERE d.rid = ${row}.doc AND NOT (${reasons.map(({ text }) => text).join(' OR ')})))`,
    ...reasons.flatMap(({ args }) => args),
  );
}

const both = (left: Sql, right: Sql): Sql => sql(`${left.text} AND ${right.text}`, ...left.args, ...right.args);
const not = ({ text, args }: Sql): Sql => sql(`NOT ${text}`, ...args);
const orPublic = (row: string, { text, args }: Sql): Sql => sql(`(${row}.exposure = ${Exposure.public} OR (${text}))`, ...args);

function seenByPatient(row: string, patient: number): Sql {
  const owns = sql(
    `${row}.exposure IN (${Exposure.owned}, ${Exposure.subject}) AND ${row}.pt <> 0 AND (${row}.pt = ?
      OR (${row}.pt = ${severalOwners} AND EXISTS (SELECT 1 FROM owner o WHERE o.rid = ${row}.rid AND o.pt = ?)))`,
    patient, patient,
  );
  return both(owns, shownByDocument(row, sql(`(d.labels & ${Label.INVISIBLE_PATIENT})`)));
}

function seenByProfessional(row: string, keys: Keys, moment: number): Sql {
  const owned = sql(`${row}.exposure = ${Exposure.owned} AND ${row}.pt <> 0`);
  const open = both(owned, not(refused(row, keys, moment)));
  return both(open, shownByDocument(row, hiddenFromProfessionals(keys), masked(row, keys, moment)));
}

function seenByStructure(row: string, structure: number, keys: Keys, moment: number): Sql {
  const wrote = sql(
    `${row}.exposure IN (${Exposure.owned}, ${Exposure.private}) AND (${row}.st = ?
      OR EXISTS (SELECT 1 FROM wrote s WHERE s.rid = ${row}.rid AND s.st = ?))`,
    structure, structure,
  );
  return both(both(wrote, not(refused(row, keys, moment))), shownByDocument(row, masked(row, keys, moment)));
}

/**
 * The condition under which a row of `res` exists for the caller. The text depends on the kind of reach and on the alias
 * only (and, in steps, on how many keys there are).
 * @param row alias of `res` in the statement
 */
export function visible(reach: StoredReach, row: string): Sql {
  switch (reach.kind) {
    case 'everything':
      return sql('1');
    case 'patient':
      return orPublic(row, seenByPatient(row, reach.patient));
    case 'professional':
      return orPublic(row, seenByProfessional(row, bindKeys(reach.keys), reach.moment));
    case 'structure':
      return orPublic(row, seenByStructure(row, reach.structure, bindKeys(reach.keys), reach.moment));
  }
}
