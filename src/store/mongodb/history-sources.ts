/**
 * Where the versions of a history are read from, each in the order of commits:
 *
 * | reach         | sources                                                                                   |
 * |---------------|-------------------------------------------------------------------------------------------|
 * | patient       | what the record owns, past versions by their own index; public resources by theirs        |
 * | all others    | live resources, tombstones, past versions, each by the index that begins with its type    |
 *
 * Several types are one query: the server merges their parts of the index. Rows are judged by the access documents of their
 * resources; those that the caller does not see are counted, not left out.
 */
import type { Document, Filter } from 'mongodb';
import type { Grant } from '../../access/grant.js';
import { resourceTypes } from '../../fhir/definitions.js';
import type { Candidate, Source } from '../history/choose.js';
import type { Position } from '../history/position.js';
import type { HistoryQuery } from '../port.js';
import { readOptions, type Reading } from './connection.js';
import { Exposure, type AccessRow, type PastDocument, type ResourceDocument } from './documents.js';
import { nobody, versionsFrom, versionsNamed } from './versions.js';
import { accessFields, type Sight } from './visibility.js';

export interface Version extends Candidate {
  /** `Type/id` */
  readonly k: string;
  readonly version: number;
  readonly past: boolean;
}
/** What is asked of every row. */
export interface Window extends Pick<HistoryQuery, 'since' | 'at'> {
  /** Absent: all types. */
  readonly type?: string | undefined;
  /** Steps that were not in the snapshot of page one, `lu` and `w`. */
  readonly left: readonly (readonly [number, number])[];
}
interface Room {
  readonly reading: Reading;
  readonly sight: Sight;
  readonly window: Window;
}

type CurrentRow = AccessRow & Pick<ResourceDocument, '_id' | 'v' | 'lu' | 'n' | 'w'>;
type PastRow = Pick<PastDocument, '_id' | 'lu' | 'n' | 'w'>;
const currentFields = { ...accessFields, v: 1, lu: 1, n: 1, w: 1 } as const;
const pastFields = { lu: 1, n: 1, w: 1 } as const;
const newest = { lu: -1, n: -1 } as const;

/** Rows read at first, and of a record, which is sorted anew each time. */
const few = 64;
const record = 1_024;

const inTime = ({ since = 0 }: Window, { lu, key }: Position): Document => ({ lu: { $gte: since, $lte: lu }, $or: [{ lu: { $lt: lu } }, { n: { $lt: key } }] });
const typed = (field: 'rt' | 'dt' | 'ty', { type }: Window): Document => ({ [field]: type ?? { $in: resourceTypes } });
const isIn = ({ left }: Window, { lu, w }: { readonly lu: number; readonly w?: number }): boolean => !left.some(([t, step]) => t === lu && step === w);

function current({ reading, sight, window }: Room, first: number, filter: Document, hint?: Document): Source<Version> {
  return {
    first,
    async read(after, limit) {
      const found = await reading.collections.resources.find({ $and: [filter, inTime(window, after)] } as Filter<ResourceDocument>, {
        ...readOptions(reading), projection: currentFields, sort: newest, limit, ...(hint === undefined ? {} : { hint }),
      }).toArray() as CurrentRow[];
      const seen = new Set(await sight.visible(found));
      return found.map((row) => ({ lu: row.lu, key: row.n, k: row._id, version: row.v, past: false, seen: seen.has(row) && isIn(window, row) }));
    },
  };
}

/** When the version after each of these took over. */
async function ends(reading: Reading, rows: readonly PastRow[], resources: ReadonlyMap<string, CurrentRow>): Promise<Map<PastRow, number>> {
  const nexts = rows.map(({ _id: { k, v } }) => ({ k, v: v + 1 }));
  const past = await reading.collections.past.find(versionsNamed(nexts), { ...readOptions(reading), projection: { lu: 1 } }).toArray();
  const known = new Map(past.map(({ _id: { k, v }, lu }) => [`${k} ${v}`, lu]));
  const until = new Map<PastRow, number>();
  for (const row of rows) {
    const { k, v } = row._id;
    const resource = resources.get(k);
    let lu = known.get(`${k} ${v + 1}`);
    if (lu === undefined && resource !== undefined && resource.v > v + 1) {
      // The next one was erased: the one after it.
      const [later] = await reading.collections.past.find({ ...versionsFrom(k), _id: { $gt: { k, v }, $lt: { k, v: Infinity } } }, { ...readOptions(reading), projection: { lu: 1 }, sort: { _id: 1 }, limit: 1 }).toArray();
      lu = later?.lu;
    }
    until.set(row, lu ?? resource?.lu ?? Infinity);
  }
  return until;
}

function past({ reading, sight, window }: Room, grant: Grant, first: number, filter: Document, hint: Document): Source<Version> {
  const whole = grant.reach.kind === 'everything';
  return {
    first,
    async read(after, limit) {
      const found = await reading.collections.past.find({ $and: [filter, inTime(window, after)] } as Filter<PastDocument>, {
        ...readOptions(reading), projection: { ...pastFields, apart: 1 }, sort: newest, limit, hint,
      }).toArray();
      const keys = [...new Set(found.map(({ _id: { k } }) => k))];
      if (keys.length === 0) return [];
      const rows = whole && window.at === undefined ? [] : await reading.collections.resources.find({ _id: { $in: keys } }, { ...readOptions(reading), projection: currentFields }).toArray() as CurrentRow[];
      const visible = new Set((await sight.visible(rows)).map(({ _id }) => _id));
      const until = window.at === undefined ? undefined : await ends(reading, found, new Map(rows.map((row) => [row._id, row])));
      return found.map((row) => ({
        lu: row.lu, key: row.n, k: row._id.k, version: row._id.v, past: true,
        seen: (whole || (visible.has(row._id.k) && row.apart !== true)) && isIn(window, row) && (until?.get(row) ?? Infinity) > (window.at?.lo ?? 0),
      }));
    },
  };
}

const whole = { of: { $exists: false } } as const;

function ofTypes(room: Room, grant: Grant): Source<Version>[] {
  const { window } = room;
  return [
    current(room, few, typed('rt', window), { rt: 1, lu: 1, n: 1 }),
    current(room, few, typed('dt', window), { dt: 1, lu: 1, n: 1 }),
    past(room, grant, few, typed('ty', window), { ty: 1, lu: 1, n: 1 }),
  ];
}

function ofPatient(room: Room, grant: Grant, patient: string | undefined): Source<Version>[] {
  const { window } = room;
  const { type } = window;
  const ofType = type === undefined ? [] : [{ $or: [{ rt: type }, { dt: type }] }];
  const shared = { x: Exposure.public };
  const ownedBy = (owner: string) => past(room, grant, few, { own: owner, ...(type === undefined ? {} : { ty: type }) }, { own: 1, lu: 1, n: 1, ty: 1 });
  return [
    ...(patient === undefined ? [] : [
      current(room, record, { $and: [{ $or: [{ pt: patient }, { pts: patient }] }, { x: { $in: [Exposure.owned, Exposure.subject] } }, whole, ...ofType] }),
      ownedBy(patient),
    ]),
    current(room, few, { ...shared, ...typed('rt', window) }, { x: 1, rt: 1, lu: 1, n: 1 }),
    current(room, few, { ...shared, ...typed('dt', window) }, { x: 1, dt: 1, lu: 1, n: 1 }),
    ownedBy(nobody),
  ];
}

export const sourcesOf = (reading: Reading, sight: Sight, grant: Grant, window: Window): Source<Version>[] =>
  (grant.reach.kind === 'patient' ? ofPatient({ reading, sight, window }, grant, grant.reach.patient) : ofTypes({ reading, sight, window }, grant));
