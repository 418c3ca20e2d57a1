/**
 * The documents of the MongoDB store (layout M2: a resource, its entries and its text in one document). Field names are
 * short because each stands in every document. Instants are ms UTC; `hi` is exclusive, an open side is infinite.
 */
import type { FullText } from '../../search/index/full-text.js';
import type { Binary } from 'mongodb';
import type { OwnDefinition } from '../../search/index-state.js';

/** `x`, see AccessFacts */
export const Exposure = { public: 0, owned: 1, subject: 2, private: 3 } as const;
/** `e` of a rule, see ConsentRule */
export const Effect = { close: 1, block: 2, mask: 3 } as const;
/** Main date of a resource that has none. */
export const farPast = -8.64e15;

/** What rules who sees a resource: joined with {@link RecordDocument} and {@link ChainDocument} (see visibility.ts). */
export interface AccessRow {
  x: number;
  /** Its only owner (Patient id); absent when it has none or several. */
  pt?: string;
  /** Its owners when they are several. */
  pts?: string[];
  /** The DocumentReference (id) that it was drawn from; on a DocumentReference its own id. */
  doc?: string;
  /** Structures that wrote it. */
  st?: string[];
}

/** [lo, hi) of a date; `p`: the parameter, by another name where the interval is wide (see entry-texts.ts). */
export interface DateValue { p: string; lo: number; hi: number }
/** A number has the unit ''; a quantity one value for each way to ask (see QuantityEntry). `p` as in {@link DateValue}. */
export interface QuantityValue { p: string; u: string; lo: number; hi: number }
/**
 * `t`, `y`: code and system of the first component. Of the second: u, lo, hi of a quantity; lo, hi of a date or number (`p` as in
 * {@link DateValue}); v, u = code and system of a token; v = the folded text of a string. `u` and `v` are '' where they do not apply.
 */
export interface CompositeValue { p: string; t: string; y: string; u: string; v: string; lo?: number; hi?: number; lo2?: number; hi2?: number }
/** A place: its band of latitude, its degrees, its point of the unit sphere (see search/geo.ts). */
export interface PositionValue { p: string; b: number; lon: number; lat: number; x: number; y: number; z: number }
/** Least and greatest value of a parameter: the sort keys. `z` is absent where it is `a`. */
export interface SortValue { p: string; a: string | number; z?: string | number }

/** Index entries; a kind without entries is absent. How each text is made: entry-texts.ts. */
export interface EntryFields {
  /** Tokens, `param|code|system`; and the bare type of the resource, in its own document. */
  t?: string[];
  /** References: `param|Type/id`, `param|#contained`, `param|=url`, … */
  r?: string[];
  /** Strings: `param|folded|as written`. */
  s?: string[];
  /** URIs: `param|value`. */
  u?: string[];
  d?: DateValue[];
  q?: QuantityValue[];
  c?: CompositeValue[];
  pl?: PositionValue[];
}
/** Entries of one contained resource. `by`: parameters by which the resource refers to it; `rt`: types that its own parameters tell. */
export interface ContainedFields extends EntryFields { id: string; by: string[]; rt: string[] }

/** Bytes beside a text. */
export interface ContentFields { id: string; size: number; sha1: string; sha256: string; type: string }

/** A text as stored: halves joined at `cut` (characters before the joint). */
export interface BodyFields {
  cut?: number;
  /** Both halves, one after the other (see codec.ts): version and time stand in fields. Absent on a tombstone and where `big` is. */
  b?: string | Binary;
  /** SHA-256 of the text as it was written (body/text.ts); absent with `big`, whose content has its own. */
  h?: Binary;
  /** Content that holds the halves of a text too long for a document, and how many chunks it has. */
  big?: { id: string; n: number };
  /** Bytes of a Binary. */
  ct?: ContentFields;
}

/**
 * The current version of a resource, or its tombstone; also the further entries of a resource with too many.
 *
 * | kind      | _id           | has            | has not             |
 * |-----------|---------------|----------------|---------------------|
 * | live      | `Type/id`     | rt             | dt, of              |
 * | tombstone | `Type/id`     | dt             | rt, entries, a text |
 * | spill     | `Type/id#n`   | of = `Type/id` | rt, dt, a text      |
 */
export interface ResourceDocument extends AccessRow, EntryFields, BodyFields {
  _id: string;
  rt?: string;
  dt?: string;
  of?: string;
  /** Version. */
  v: number;
  /** lastUpdated. */
  lu: number;
  /** Number of the step among those that bear the same `lu`. */
  w: number;
  /** Main date, {@link farPast} when there is none. */
  sd: number;
  /** Random whole number below 2^53: orders what has the same main date. */
  n: number;
  k?: SortValue[];
  in?: ContainedFields[];
  /** How many spill documents there are. */
  sp?: number;
  /** Ids of the claims that it holds. */
  cl?: string[];
  /** Patients to whose records this Consent gave rules. */
  ru?: string[];
  /** Changed by whoever needs the resource to stay as it is until their step is taken. */
  g?: number;
}

/** A past version or tombstone. */
export interface PastDocument extends BodyFields {
  _id: { k: string; v: number };
  lu: number;
  del?: true;
  /** From before the resource came to another person: for the operator alone. */
  apart?: true;
  /** Type, number among equals and owners of the resource ('' = nobody): kept as those of the resource are. */
  ty: string;
  n: number;
  own: string[];
  /** Number of the step; absent on what was made before it was kept. */
  w?: number;
}

export interface RuleFields {
  e: number;
  /** Key of the actor; absent = everyone. */
  a?: string;
  /** The masked DocumentReference. */
  d?: string;
  /** In force from, until (exclusive). */
  f: number;
  u: number;
  /** The Consent that gives it. */
  c: string;
}
/** The access document of a Patient (its id): every rule in one place, so that closing a record is one write. */
export interface RecordDocument {
  _id: string;
  r?: RuleFields[];
  /** Changed by whoever needs the record to stay as it is until their step is taken. */
  g?: number;
}

/** The access document of a DocumentReference (its id), which holds what its whole chain says. */
export interface ChainDocument {
  _id: string;
  /** Documents that share a chain bear the same: the least id of those it was made of. */
  ch: string;
  /** Chain keys of this document. */
  k: string[];
  /** Labels (bits) and authors of this document. */
  own: number;
  oa: string[];
  /** Of the chain: labels (bits), documents. */
  l: number;
  m: string[];
}

/** _id: kind, system and value (see claims.ts); k: the holder, `Type/id`. */
export interface ClaimDocument { _id: string; k: string; /** The holder is a tombstone. */ gone?: true }

/** held: how many versions name it, -1 once it is to go; hashes and size once it is whole. */
export interface ContentDocument { _id: string; size: number; sha1?: string; sha256?: string; type: string; staged: Date; held: number }
export interface ChunkDocument { _id: { c: string; n: number }; b: Binary }

/** Touched by steps that must not pass each other; swept by the server a day after. */
export interface LockDocument { _id: string; g: number; at: Date }
/** _id: name and day. */
export interface SecretDocument { _id: string; id: string; name: string; made: number; key: Binary }

export interface AuditDocument {
  /** In the order of writing within one process. */
  _id: string;
  at: number;
  /** Patients, for look-ups. */
  p?: string[];
  /** JSON text of the AuditRecord. */
  b: string;
}

/** One step on its way: its instant, its number among those of the instant, a resource that it writes, and its own name. */
export interface OpenStep { t: number; w: number; k: string; i: string }
/** The store's clock, _id `clock`: see clock.ts. */
export interface ClockDocument { _id: string; last: number; open: OpenStep[]; /** Of the index: see index-job.ts. */ generation?: number }

/** _id `restore`: what is remembered of an import. */
interface RestoreFields { origin?: string; /** Of the last batch that stands. */ position?: number; /** Nothing is missing: it can be served. */ done?: boolean }

/** How far entries are made anew. `after`: the last document looked at; `since`: an instant of the clock; `drained`: no step is open that began by then. */
export interface IndexJobFields { params?: readonly string[]; types?: readonly string[]; done: number; total: number; started: number; after?: string; since?: number; drained?: boolean }
/** _id `index`: what the entries are made by. `changed`: when, by the clock of the server. */
interface IndexFields { generation?: number; definitions?: readonly OwnDefinition[]; job?: IndexJobFields; changed?: Date }

/** _id `store`: what this database is. */
export interface StoreDocument extends RestoreFields, IndexFields { _id: string; schema?: number; indexer?: number; words?: FullText; domain?: string; tenant?: string; holder?: string; until?: Date; bases?: string }
