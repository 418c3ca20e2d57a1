/** The rules that Consents give, as rows: one for each rule and actor. */
import type { ConsentRule } from '../../../access/facts.js';
import type { Connection } from '../connection.js';
import { Effect, farFuture, farPast } from '../schema.js';
import { lowerSide, upperSide } from '../wire.js';
import type { Chains } from './chains.js';
import type { Numbers } from './entry-rows.js';

export class Rules {
  constructor(private readonly connection: Connection, private readonly numbers: Numbers, private readonly chains: Chains) {}

  /** @param rules what the Consent gives from now on; none lifts all that it gave */
  replace(consent: number, rules: readonly ConsentRule[]): void {
    this.connection.prepare('DELETE FROM rule WHERE consent = ?').run(consent);
    for (const rule of rules) this.add(consent, rule);
  }

  private add(consent: number, { effect, patient, actors, document, from, until }: ConsentRule): void {
    const insert = this.connection.prepare('INSERT INTO rule(patient, effect, actor, doc, since, until, consent) VALUES (?, ?, ?, ?, ?, ?, ?)');
    const masked = document === undefined ? 0 : this.numbers.mention('DocumentReference', document);
    if (masked !== 0) this.chains.mention(masked);
    for (const actor of actors ?? [null]) {
      insert.run(this.numbers.mention('Patient', patient), Effect[effect], actor, masked,
        Math.max(lowerSide(from), farPast), Math.min(upperSide(until), farFuture), consent);
    }
  }

  /** A rule in force closes the record. @param patient rid */
  isClosed(patient: number, moment: number): boolean {
    return this.connection.prepare(`SELECT 1 FROM rule WHERE patient = ? AND effect = ${Effect.close} AND since <= ? AND until > ? LIMIT 1`)
      .get(patient, moment, moment) !== undefined;
  }
}
