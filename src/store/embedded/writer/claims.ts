/** Sameness: at most one resource for each claim, judged over all data (rules 1.2). */
import type { Claim } from '../../port.js';
import type { ChangingClaims } from '../claim-stamps.js';
import type { Connection } from '../connection.js';
import type { Interning } from './interning.js';

const keyOf = ({ kind, system, value }: Claim): string => JSON.stringify([kind, system, value]);

export class Claims {
  constructor(private readonly connection: Connection, private readonly interning: Interning, private readonly changing: ChangingClaims) {}

  /** @returns rid of who holds it */
  holder({ kind, system, value }: Claim): number | undefined {
    return this.connection.prepare('SELECT rid FROM claim WHERE kind = ? AND sys = ? AND value = ?')
      .get(this.interning.name(kind), this.interning.name(system), value)?.[0] as number | undefined;
  }

  /** Lets go of what a resource holds beyond `kept`. */
  release(rid: number, kept: readonly Claim[]): void {
    const keys = new Set(kept.map(keyOf));
    const held = this.connection.prepare(
      'SELECT k.text, s.text, c.value FROM claim c CROSS JOIN name k ON k.id = c.kind CROSS JOIN name s ON s.id = c.sys WHERE c.rid = ?',
    ).all(rid) as unknown as [string, string, string][];
    for (const [kind, system, value] of held) {
      if (keys.has(keyOf({ kind, system, value }))) continue;
      this.changing.begin({ kind, system, value });
      this.connection.prepare('DELETE FROM claim WHERE kind = ? AND sys = ? AND value = ?').run(this.interning.name(kind), this.interning.name(system), value);
    }
  }

  /** @returns rid of another resource that holds it, undefined when it is now held by `rid` */
  take(rid: number, claim: Claim): number | undefined {
    const holder = this.holder(claim);
    if (holder !== undefined) return holder === rid ? undefined : holder;
    this.changing.begin(claim);
    this.connection.prepare('INSERT INTO claim(kind, sys, value, rid) VALUES (?, ?, ?, ?)')
      .run(this.interning.name(claim.kind), this.interning.name(claim.system), claim.value, rid);
    return undefined;
  }

  /** Whoever holds them is deleted, or lives again. */
  holderTurns(claims: readonly Claim[]): void {
    for (const claim of claims) this.changing.begin(claim);
  }
}
