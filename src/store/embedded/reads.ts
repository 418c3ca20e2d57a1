/** Reads by key on the main thread: prepared statements over indexes, each joined with the access rows of what it reads. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Grant } from '../../access/grant.js';
import { longestPage } from '../history/budget.js';
import type { Claim, HistoryPage, HistoryQuery, ResourceKey, StoredVersion } from '../port.js';
import { KnownHolders, type Holder, type Stamps } from './claim-stamps.js';
import { inSnapshot, type Connection, type Row, type Statement } from './connection.js';
import { readNames, type Names } from './names.js';
import { Effect, State } from './schema.js';
import { readSnapshot } from './search/cursor.js';
import type { SqlValue } from './sql.js';
import { currentColumns, pastColumns, VersionReader } from './versions.js';
import { ridOf, storedReach, visibleNumbered } from './visibility.js';

const current = `SELECT ${currentColumns('r', 'b')} FROM res r LEFT JOIN body b ON b.rid = r.rid`;
const past = `SELECT ${pastColumns('r', 'v')} FROM res r CROSS JOIN past v ON v.rid = r.rid`;
/** What is read of a resource: as it stands, or the version that is bound, current or past. */
const selections = {
  current: { select: current, and: '' },
  'current version': { select: current, and: ' AND r.version = ?' },
  'past version': { select: past, and: ' AND v.version = ? AND v.apart <= ?' },
} as const;
type Selection = keyof typeof selections;

/** Versions of one resource with the instant at which the next one took over. */
const versionsOf = `WITH v(version, lu) AS (SELECT version, lu FROM res WHERE rid = ?1 UNION ALL SELECT version, lu FROM past WHERE rid = ?1 AND apart <= ?5),
  spans AS (SELECT version, lu, lead(lu) OVER (ORDER BY version) AS until FROM v)
  SELECT version FROM spans WHERE lu >= ?2 AND lu < ?3 AND lu <= ?6 AND (until IS NULL OR until > ?4) ORDER BY version DESC`;

/** Characters of texts that are read before other requests have their turn. */
const breath = 128 * 1024;
/** Claims that are looked up before others have theirs: at some 8 µs each. */
const claimsAtOnce = 256;

/** Versions from before a resource came to another person are for the operator alone. */
const farthest = ({ reach }: Grant): number => (reach.kind === 'everything' ? 1 : 0);

export class Reads {
  private readonly names: Names;
  private readonly versions: VersionReader;
  private readonly statements = new Map<string, Statement>();
  private readonly holders: KnownHolders;

  constructor(private readonly connection: Connection, stamps: Stamps) {
    this.names = readNames(connection);
    this.versions = new VersionReader(connection, this.names);
    this.holders = new KnownHolders(stamps, (claim) => this.holder(claim));
  }

  async read(grant: Grant, key: ResourceKey): Promise<StoredVersion | undefined> {
    return this.found(this.row(grant, key, 'current'));
  }

  async vread(grant: Grant, key: ResourceKey, version: number): Promise<StoredVersion | undefined> {
    return Number.isSafeInteger(version) ? this.found(this.versionRow(grant, key, version)) : undefined;
  }

  private versionRow(grant: Grant, key: ResourceKey, version: number): Row | undefined {
    return this.row(grant, key, 'current version', version) ?? this.row(grant, key, 'past version', version, farthest(grant));
  }

  /**
   * The page is chosen in one snapshot, its texts are read after it: past versions never change. A page of long texts
   * holds fewer versions than were asked for.
   */
  async history(grant: Grant, key: ResourceKey, query: HistoryQuery): Promise<HistoryPage | undefined> {
    const chosen = inSnapshot(this.connection, () => this.chooseVersions(grant, key, query));
    if (chosen === undefined) return undefined;
    const { page, more, total, asOf } = chosen;
    const versions = await this.readPage(grant, key, page);
    const last = versions.at(-1)?.version ?? page.at(-1);
    const next = more || last !== page.at(-1) ? last : undefined;
    return { versions, total, asOf: String(asOf), lastUpdated: asOf, ...(next === undefined ? {} : { next: String(next) }) };
  }

  private async readPage(grant: Grant, key: ResourceKey, page: readonly number[]): Promise<StoredVersion[]> {
    const versions: StoredVersion[] = [];
    let [length, since] = [0, 0];
    for (const version of page) {
      const row = this.versionRow(grant, key, version);
      if (row === undefined) continue;
      const found = await this.versions.versionInPieces(row);
      length += found.text.length;
      if (length > longestPage && versions.length > 0) break;
      versions.push(found);
      since += found.text.length;
      if (since > breath) {
        await breathe();
        since = 0;
      }
    }
    return versions;
  }

  private chooseVersions(grant: Grant, key: ResourceKey, { count, after, since, at, asOf: given }: HistoryQuery) {
    const visibleRow = this.row(grant, key, 'current');
    if (visibleRow === undefined) return undefined;
    const rid = visibleRow[0] as number;
    const from = Math.max(since ?? 0, 0);
    const asOf = readSnapshot(given) ?? this.clock();
    const all = this.connection.prepare(versionsOf).all(rid, from, at?.hi ?? Number.MAX_SAFE_INTEGER, at?.lo ?? 0, farthest(grant), asOf).map(([version]) => version as number);
    const left = after === undefined ? all : all.filter((version) => version < Number(after));
    const page = left.slice(0, count);
    return { page, more: left.length > page.length, total: all.length, asOf };
  }

  /** ms UTC of the last transaction. */
  private clock(): number {
    return this.connection.prepare("SELECT value FROM meta WHERE key = 'clock'").get()?.[0] as number;
  }

  private row(grant: Grant, { type, id }: ResourceKey, selection: Selection, ...args: readonly SqlValue[]): Row | undefined {
    const typeName = this.names.id(type);
    if (typeName === undefined) return undefined;
    const seen = visibleNumbered(storedReach(this.connection, this.names, grant), 'r', 3 + args.length);
    return this.statement(selection, grant.reach.kind, seen.text).get(id, typeName, ...args, ...seen.args);
  }

  /** The condition of a kind of reach is always the same text: the statement is looked up by the kind, which is short. */
  private statement(selection: Selection, reach: Grant['reach']['kind'], condition: string): Statement {
    const key = `${selection} ${reach}`;
    let statement = this.statements.get(key);
    if (statement === undefined) {
      const { select, and } = selections[selection];
      statement = this.connection.prepare(`${select} WHERE r.id = ? AND r.type = ? AND r.state <> ${State.mentioned}${and} AND ${condition}`);
      this.statements.set(key, statement);
    }
    return statement;
  }

  private found(row: Row | undefined): StoredVersion | undefined | Promise<StoredVersion> {
    return row === undefined ? undefined : this.versions.versionInPieces(row);
  }

  async claimed(grant: Grant, claims: readonly Claim[]): Promise<Holder[]> {
    if (grant.reach.kind !== 'everything') throw new TypeError('Claims are judged over all data: a grant of reach everything is needed');
    const found: Holder[] = [];
    for (const claim of claims) {
      found.push(this.holders.holder(claim));
      if (found.length % claimsAtOnce === 0 && found.length < claims.length) await breathe();
    }
    return found;
  }

  private holder({ kind, system, value }: Claim): Holder {
    const kindName = this.names.id(kind);
    const systemName = this.names.id(system);
    if (kindName === undefined || systemName === undefined) return undefined;
    const row = this.connection.prepare('SELECT r.type, r.id, r.state FROM claim c CROSS JOIN res r ON r.rid = c.rid WHERE c.kind = ? AND c.sys = ? AND c.value = ?')
      .get(kindName, systemName, value);
    return row && { type: this.names.text(row[0] as number), id: row[1] as string, deleted: row[2] === State.deleted };
  }

  async isClosed({ moment }: Grant, patient: string): Promise<boolean> {
    const rid = ridOf(this.connection, this.names, 'Patient', patient);
    if (rid === undefined) return false;
    return this.connection.prepare(`SELECT 1 FROM rule WHERE patient = ? AND effect = ${Effect.close} AND since <= ? AND until > ? LIMIT 1`)
      .get(rid, moment, moment) !== undefined;
  }
}
