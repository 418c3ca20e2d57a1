/**
 * Erasure for good: every version, entry, claim, byte and access row of a resource, or of the whole record of a Patient.
 * A record holds all that the person owns, also what somebody else owns beside them: a body is erased or not, never cut.
 * With a document goes what was drawn from it.
 */
import type { ResourceKey } from '../../port.js';
import type { Connection } from '../connection.js';
import { severalOwners, State } from '../schema.js';
import type { Chains } from './chains.js';
import type { Claims } from './claims.js';
import type { Contents } from './contents.js';
import type { EntryRows } from './entry-rows.js';
import type { Interning } from './interning.js';

/** Resources of one transaction. */
const batch = 50;

/** Whether some resource refers to ?: the parameters of references one by one, then the reference itself. */
const referred = `
  WITH RECURSIVE params(p) AS (
    SELECT min(p) FROM ref UNION ALL SELECT (SELECT min(p) FROM ref WHERE p > params.p) FROM params WHERE params.p IS NOT NULL)
  SELECT 1 FROM params CROSS JOIN ref r ON r.p = params.p AND r.t = ? LIMIT 1`;

export class Erasure {
  constructor(
    private readonly connection: Connection,
    private readonly interning: Interning,
    private readonly entries: EntryRows,
    private readonly chains: Chains,
    private readonly claims: Claims,
    private readonly contents: Contents,
  ) {}

  /** How many resources there are still to erase. */
  count(target: ResourceKey): number {
    const rid = this.stored(target);
    if (rid === undefined) return 0;
    const [owned] = this.connection.prepare('SELECT count(DISTINCT rid) FROM own WHERE pt = ? AND rid <> ?').get(rid, rid) as unknown as [number];
    return owned + this.drawn(rid, -1).length + 1;
  }

  /**
   * Erases some of them, the target last, so that what was begun can be taken up again.
   * @returns how many
   */
  next(target: ResourceKey): number {
    const rid = this.stored(target);
    if (rid === undefined) return 0;
    const owned = target.type !== 'Patient' ? [] : this.rids('SELECT rid FROM own WHERE pt = ? AND rid <> ? LIMIT ?', rid, rid, batch);
    const first = owned[0] ?? rid;
    const drawn = this.drawn(first, batch);
    // What was drawn from a document goes before it: its labels rule it to the end.
    const victims = drawn.length > 0 ? drawn : owned.length > 0 ? owned.filter((one) => one === first || this.drawn(one, 1).length === 0) : [rid];
    for (const victim of victims) this.erase(victim);
    if (victims.includes(rid)) this.connection.prepare('DELETE FROM rule WHERE patient = ?').run(rid);
    return victims.length;
  }

  /** Some past versions of a resource, or the one that is named. @returns how many */
  nextVersions({ type, id }: ResourceKey, version: number | undefined): number {
    const rid = this.interning.rid(type, id);
    if (rid === undefined) return 0;
    const past = this.connection.prepare(`SELECT pid, content, big FROM past WHERE rid = ?${version === undefined ? '' : ' AND version = ?'} LIMIT ${batch}`);
    const found = past.all(rid, ...(version === undefined ? [] : [version]));
    for (const [pid, ...contents] of found) {
      for (const content of contents) if (content !== 0) this.contents.release(content as number);
      this.connection.prepare('DELETE FROM past WHERE pid = ?').run(pid as number);
    }
    return found.length;
  }

  private rids(sql: string, ...args: readonly number[]): number[] {
    return this.connection.prepare(sql).all(...args).map(([rid]) => rid as number);
  }
  private drawn(document: number, limit: number): number[] {
    return this.rids('SELECT rid FROM res WHERE doc = ? AND doc > 0 AND rid <> ? LIMIT ?', document, document, limit);
  }
  private stored({ type, id }: ResourceKey): number | undefined {
    const rid = this.interning.rid(type, id);
    if (rid === undefined) return undefined;
    return this.rids(`SELECT rid FROM res WHERE rid = ? AND state <> ${State.mentioned}`, rid)[0];
  }

  private erase(rid: number): void {
    const contents = this.connection.prepare('SELECT content, big FROM body WHERE rid = ? UNION ALL SELECT content, big FROM past WHERE rid = ?').all(rid, rid);
    for (const content of contents.flat()) if (content !== 0) this.contents.release(content as number);
    this.eraseOwners(rid);
    this.entries.remove(rid);
    this.chains.remove(rid);
    this.claims.release(rid, []);
    for (const [table, column] of [['body', 'rid'], ['past', 'rid'], ['owner', 'rid'], ['wrote', 'rid'], ['rule', 'consent']] as const) {
      this.connection.prepare(`DELETE FROM ${table} WHERE ${column} = ?`).run(rid);
    }
    this.eraseRow(rid);
  }

  private eraseOwners(rid: number): void {
    const [type, sd, pt] = this.connection.prepare('SELECT type, sd, pt FROM res WHERE rid = ?').get(rid) as unknown as [number, number, number];
    const owners = pt === severalOwners ? this.rids('SELECT pt FROM owner WHERE rid = ?', rid) : [pt];
    for (const owner of owners) this.connection.prepare('DELETE FROM own WHERE pt = ? AND type = ? AND sd = ? AND rid = ?').run(owner, type, sd, rid);
  }

  /** A resource that others refer to stays a mere mention, as if it had never been written. */
  private eraseRow(rid: number): void {
    if (this.connection.prepare(referred).get(rid) !== undefined) {
      this.connection.prepare(`UPDATE res SET version = 0, lu = 0, sd = 0, state = ${State.mentioned}, exposure = 3, pt = 0, doc = 0, st = 0 WHERE rid = ?`).run(rid);
      return;
    }
    const [type, id] = this.connection.prepare('SELECT n.text, r.id FROM res r CROSS JOIN name n ON n.id = r.type WHERE r.rid = ?').get(rid) as unknown as [string, string];
    this.connection.prepare('DELETE FROM res WHERE rid = ?').run(rid);
    this.connection.prepare("INSERT INTO meta(key, value) VALUES ('rid', ?) ON CONFLICT DO UPDATE SET value = excluded.value").run(this.interning.lastRid);
    this.interning.forgetRid(type, id);
  }
}
