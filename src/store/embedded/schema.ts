/**
 * The tables of the embedded store (layout S1: one table for each kind of entry, each row beginning with what a search
 * binds). Words used in columns:
 *
 * - `rid`: number of a logical resource, given on its first write or first mention, never given again.
 * - `p`, `sys`, `u`, `type`, `kind`, `st`: interned texts (table `name`); 0 is the empty text.
 * - `sd`: the main date of the resource, ms UTC; part of every token and reference key.
 * - `c`: 0 for the resource itself; n for its n-th contained resource.
 * - `mark`: 1 least, 2 greatest, 3 only value of a parameter in the resource (sort keys), else 0.
 * - Instants are ms UTC, open sides are {@link farPast} and {@link farFuture}; `hi` is exclusive.
 *
 * Entry tables hold live resources only. Every one has, beside its key, an index on (rid, p) that covers it.
 */

/** Of the layout below. Older stores are migrated at start (see `migrations`), newer ones refused. */
export const schemaVersion = 8;
/** Of the index entries: grows when a change of the indexer makes old entries wrong. */
export const indexerVersion = 5;

/** Open sides of date entries and periods of rules: the ends of ECMAScript time. */
export const farPast = -8.64e15;
export const farFuture = 8.64e15;

/** `res.state` */
export const State = { mentioned: 0, live: 1, deleted: 2 } as const;
/** `res.exposure`, see AccessFacts */
export const Exposure = { public: 0, owned: 1, subject: 2, private: 3 } as const;
/** `rule.effect`, see ConsentRule */
export const Effect = { close: 1, block: 2, mask: 3 } as const;
/** `res.pt` when a resource has several owners: they stand in `owner`. */
export const severalOwners = -1;
/** `ext.form` */
export const ExternalForm = { absolute: 1, canonical: 2, logical: 3 } as const;

/** `chunk.k` = content * chunksPerContent + position */
export const chunksPerContent = 65_536;

/** Histories of a type and of the whole system are read in the order of commits from these, and from `res_lu`. */
const historyOfCurrent = `CREATE INDEX res_gone ON res(type, lu) WHERE state = 2;
  CREATE INDEX res_shared ON res(type, lu) WHERE exposure = 0;`;
const historyOfPast = `CREATE INDEX past_lu ON past(type, lu, rid);
  CREATE INDEX past_shared ON past(type, lu, rid) WHERE shared = 1;`;

const resources = `
  CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
  CREATE TABLE secret(name TEXT NOT NULL, id TEXT NOT NULL, made INTEGER NOT NULL, key BLOB NOT NULL);

  -- One row for each logical resource: its current version and its access row.
  -- pt: rid of its only owner, 0 = none, -1 = several (table owner); doc: rid of the DocumentReference that it was drawn
  -- from, or its own on a DocumentReference, 0 = none; st: first structure that wrote it, 0 = none (further ones: table wrote).
  CREATE TABLE res(rid INTEGER PRIMARY KEY, type INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    lu INTEGER NOT NULL, sd INTEGER NOT NULL, state INTEGER NOT NULL, exposure INTEGER NOT NULL,
    pt INTEGER NOT NULL, doc INTEGER NOT NULL, st INTEGER NOT NULL);
  CREATE UNIQUE INDEX res_id ON res(id, type);
  CREATE INDEX res_lu ON res(type, lu) WHERE state = 1;
  CREATE INDEX res_sd ON res(type, sd) WHERE state = 1;
  CREATE INDEX res_doc ON res(doc) WHERE doc > 0;
  ${historyOfCurrent}

  -- The text of the current version (see codec.ts). cut: characters before the joint of the halves;
  -- content: bytes of a Binary; big: content that holds the halves of a text too long for this row.
  -- h: SHA-256 of the text as it was written; NULL with big (that content has its own) and where no hash was kept yet.
  CREATE TABLE body(rid INTEGER PRIMARY KEY, cut INTEGER NOT NULL, content INTEGER NOT NULL, big INTEGER NOT NULL, b, h BLOB);
  -- Past versions. deleted = 1: a tombstone, without text. apart = 1: from before the resource came to another person.
  -- type: of the resource; shared = 1: the resource is public.
  CREATE TABLE past(pid INTEGER PRIMARY KEY, rid INTEGER NOT NULL, version INTEGER NOT NULL, lu INTEGER NOT NULL,
    deleted INTEGER NOT NULL, cut INTEGER NOT NULL, content INTEGER NOT NULL, big INTEGER NOT NULL, b, h BLOB, apart INTEGER NOT NULL DEFAULT 0,
    type INTEGER NOT NULL DEFAULT 0, shared INTEGER NOT NULL DEFAULT 0);
  CREATE UNIQUE INDEX past_v ON past(rid, version);
  ${historyOfPast}

  -- held: how many versions name it. Unheld content is swept an hour after it was staged.
  CREATE TABLE content(id INTEGER PRIMARY KEY, size INTEGER NOT NULL, sha1 TEXT NOT NULL, sha256 TEXT NOT NULL,
    type TEXT NOT NULL, staged INTEGER NOT NULL, held INTEGER NOT NULL);
  CREATE INDEX content_free ON content(staged) WHERE held = 0;
  CREATE TABLE chunk(k INTEGER PRIMARY KEY, b BLOB NOT NULL);

  CREATE TABLE claim(kind INTEGER NOT NULL, sys INTEGER NOT NULL, value TEXT NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(kind, sys, value)) WITHOUT ROWID;
  CREATE INDEX claim_r ON claim(rid);
`;

/** What bears a label is found by it. */
const labelledDocuments = 'CREATE INDEX doc_labels ON doc(labels, rid) WHERE labels <> 0;';

const access = `
  -- The record of a Patient (pt): what it owns, itself included, deleted ones too.
  CREATE TABLE own(pt INTEGER NOT NULL, type INTEGER NOT NULL, sd INTEGER NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(pt, type, sd, rid)) WITHOUT ROWID;
  -- Owners of resources that have several.
  CREATE TABLE owner(rid INTEGER NOT NULL, pt INTEGER NOT NULL, PRIMARY KEY(rid, pt)) WITHOUT ROWID;
  -- Structures beyond the first.
  CREATE TABLE wrote(rid INTEGER NOT NULL, st INTEGER NOT NULL, PRIMARY KEY(rid, st)) WITHOUT ROWID;

  -- Consent rules: one row for each rule and actor. actor: key text, NULL = everyone; doc: rid of the masked
  -- DocumentReference, 0 = none; since, until: when it is in force; consent: rid of the Consent that gives it.
  CREATE TABLE rule(patient INTEGER NOT NULL, effect INTEGER NOT NULL, actor TEXT, doc INTEGER NOT NULL,
    since INTEGER NOT NULL, until INTEGER NOT NULL, consent INTEGER NOT NULL);
  CREATE INDEX rule_patient ON rule(patient, effect);
  CREATE INDEX rule_consent ON rule(consent);

  -- Documents in chains (documents that share a chain key). own: labels of the document itself; labels: of its whole chain.
  CREATE TABLE doc(rid INTEGER PRIMARY KEY, chain INTEGER NOT NULL, own INTEGER NOT NULL, labels INTEGER NOT NULL);
  CREATE INDEX doc_chain ON doc(chain);
  ${labelledDocuments}
  CREATE TABLE doc_key(key TEXT NOT NULL, doc INTEGER NOT NULL, PRIMARY KEY(key, doc)) WITHOUT ROWID;
  CREATE INDEX doc_key_d ON doc_key(doc);
  CREATE TABLE author(doc INTEGER NOT NULL, actor TEXT NOT NULL, PRIMARY KEY(doc, actor)) WITHOUT ROWID;
`;

/** An entry table: its columns in the order of its key, then `mark`. */
interface EntryTable {
  readonly columns: readonly string[];
  readonly text: readonly string[];
}
/**
 * tok: token. ref: reference to `t`, the rid of a resource here, or -n for the n-th contained resource; `ver` as written.
 * ext: absolute, canonical and logical references (v = URL or identifier value; sys = system of the identifier;
 * extra = version of the canonical, type of the logical). str: f folded, x as written. uri. dat, num: intervals.
 * qty: u = unit. cmp: token component, then u and [lo, hi) of a quantity, [lo, hi) of a date or number,
 * v with u as system of a token, or v folded of a string; [lo2, hi2) of a third
 * component; what does not apply is 0 or ''. pos: a place by its band of latitude;
 * x, y, z its point of the unit sphere (see search/geo.ts).
 */
export const entryTables = {
  tok: { columns: ['p', 'code', 'sd', 'rid', 'sys', 'c'], text: ['code'] },
  ref: { columns: ['p', 't', 'sd', 'rid', 'c', 'ver'], text: ['ver'] },
  ext: { columns: ['p', 'v', 'sd', 'rid', 'form', 'sys', 'extra', 'c'], text: ['v', 'extra'] },
  str: { columns: ['p', 'f', 'rid', 'x', 'c'], text: ['f', 'x'] },
  uri: { columns: ['p', 'v', 'rid', 'c'], text: ['v'] },
  dat: { columns: ['p', 'lo', 'hi', 'rid', 'c'], text: [] },
  num: { columns: ['p', 'lo', 'hi', 'rid', 'c'], text: [] },
  qty: { columns: ['p', 'u', 'lo', 'hi', 'rid', 'c'], text: [] },
  cmp: { columns: ['p', 'code', 'u', 'v', 'lo', 'hi', 'rid', 'sys', 'c', 'lo2', 'hi2'], text: ['code', 'v'] },
  pos: { columns: ['p', 'band', 'lon', 'rid', 'c', 'lat', 'x', 'y', 'z'], text: [] },
} as const satisfies Record<string, EntryTable>;
export type EntryTableName = keyof typeof entryTables;
export const entryTableNames = Object.keys(entryTables) as readonly EntryTableName[];

/**
 * What is true of a quantity that says more than one number, even one that was rounded when its unit was converted: a Range, a comparator, samples.
 * Whatever else ends above a number begins above it too, or less than {@link pointWidth} of it below.
 */
export const isWide = (lo: string, hi: string): string => `(${lo} < -1e308 OR ${hi} - ${lo} > abs(${lo}) * 1e-12)`;
/** Twice what the index takes for one number. */
export const pointWidth = 2e-12;
/** The few of them that `gt` and `ge` must look for by where they end. */
const wideQuantities = `CREATE INDEX qty_wide ON qty(p, u, hi) WHERE ${isWide('lo', 'hi')};`;

/** Columns whose numbers may be fractions; everywhere else they are whole. */
const fractional: Readonly<Partial<Record<EntryTableName, readonly string[]>>> = { num: ['lo', 'hi'], qty: ['lo', 'hi'], cmp: ['lo', 'hi', 'lo2', 'hi2'], pos: ['lon', 'lat', 'x', 'y', 'z'] };

function entryTable(name: EntryTableName): string {
  const { columns, text }: EntryTable = entryTables[name];
  const typed = columns.map((column) => {
    if (text.includes(column)) return `${column} TEXT NOT NULL`;
    return fractional[name]?.includes(column) ? `${column} REAL NOT NULL` : `${column} INTEGER NOT NULL`;
  });
  return `
  CREATE TABLE ${name}(${typed.join(', ')}, mark INTEGER NOT NULL, PRIMARY KEY(${columns.join(', ')})) WITHOUT ROWID;
  CREATE INDEX ${name}_r ON ${name}(rid, p);`;
}

/** Makes every table of an empty store. */
export const createTables = `${resources}${access}${entryTableNames.map(entryTable).join('')}
  ${wideQuantities}
  INSERT INTO name(id, text) VALUES (0, '');
`;

/** SQL that lifts a store from the version it is keyed by to the next one. */
export const migrations: ReadonlyMap<number, string> = new Map([
  [1, 'ALTER TABLE body ADD COLUMN h BLOB; ALTER TABLE past ADD COLUMN h BLOB;'],
  [2, 'ALTER TABLE past ADD COLUMN apart INTEGER NOT NULL DEFAULT 0;'],
  [3, entryTable('pos')],
  [4, `ALTER TABLE past ADD COLUMN type INTEGER NOT NULL DEFAULT 0; ALTER TABLE past ADD COLUMN shared INTEGER NOT NULL DEFAULT 0;
    UPDATE past SET (type, shared) = (SELECT r.type, r.exposure = 0 FROM res r WHERE r.rid = past.rid) WHERE rid IN (SELECT rid FROM res);
    ${historyOfCurrent} ${historyOfPast}`],
  // Rows of composites are made anew with the entries of indexer version 3.
  [5, `DROP TABLE cmp;${entryTable('cmp')}`],
  [6, labelledDocuments],
  [7, wideQuantities],
]);
