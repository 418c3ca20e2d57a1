/** What must still hold when a set is written. */
import { planFromWire } from '../grant-wire.js';
import type { Connection } from '../connection.js';
import type { MatchingIds } from '../engine.js';
import type { Names } from '../names.js';
import type { ResourceKey } from '../../port.js';
import { State } from '../schema.js';
import type { WireConflict, WireGuard } from '../wire.js';
import type { Claims } from './claims.js';
import type { Interning } from './interning.js';
import type { Rules } from './rules.js';

export class Guards {
  constructor(
    private readonly connection: Connection,
    private readonly interning: Interning,
    private readonly names: Names,
    private readonly claims: Claims,
    private readonly rules: Rules,
    private readonly matchingIds: MatchingIds,
  ) {}

  /** @returns the first that does not hold */
  judge(guards: readonly WireGuard[]): WireConflict | undefined {
    for (const [index, guard] of guards.entries()) {
      if (!this.holds(guard)) return guard.kind === 'record-open' ? { kind: 'record-closed', patient: guard.patient } : { kind: 'guard', guard: index };
    }
    return undefined;
  }

  private holds(guard: WireGuard): boolean {
    switch (guard.kind) {
      case 'record-open': {
        const patient = this.interning.rid('Patient', guard.patient);
        return patient === undefined || !this.rules.isClosed(patient, guard.moment);
      }
      case 'claim-free':
        return this.claims.holder(guard.claim) === undefined;
      case 'version': {
        const rid = this.interning.rid(guard.key.type, guard.key.id);
        const row = rid === undefined ? undefined : this.connection.prepare(`SELECT version FROM res WHERE rid = ? AND state <> ${State.mentioned}`).get(rid);
        return row?.[0] === guard.version;
      }
      case 'unreferenced':
        return !this.referrers(guard.key, guard.but.length + 1).some((referrer) => !guard.but.some(({ type, id }) => referrer === `${type}/${id}`));
      case 'matches': {
        const found = this.matchingIds(this.connection, this.names, planFromWire(guard.plan), guard.ids.length + 1);
        const expected = new Set(guard.ids);
        return found.length === expected.size && found.every((id) => expected.has(id));
      }
    }
  }

  /** `Type/id` of what refers to it: entries are of live resources alone. */
  private referrers({ type, id }: ResourceKey, most: number): string[] {
    const rid = this.interning.rid(type, id);
    if (rid === undefined) return [];
    return this.connection.prepare(`WITH RECURSIVE used(p) AS (
      SELECT min(p) FROM ref UNION ALL SELECT (SELECT min(p) FROM ref WHERE p > used.p) FROM used WHERE used.p IS NOT NULL)
      SELECT DISTINCT n.text, source.id FROM used CROSS JOIN ref f ON f.p = used.p AND f.t = ? CROSS JOIN res source ON source.rid = f.rid CROSS JOIN name n ON n.id = source.type
      WHERE f.c = 0 LIMIT ?`).all(rid, most).map(([sourceType, sourceId]) => `${String(sourceType)}/${String(sourceId)}`);
  }
}
