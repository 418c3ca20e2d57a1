/** Access facts and claims read back from their rows: the inverse of what the writer makes of them. */
import type { AccessFacts, ConsentRule, DocumentFacts, VisibilityLabel } from '../../../access/facts.js';
import { Label } from '../../body/labels.js';
import type { Claim } from '../../port.js';
import type { Connection } from '../connection.js';
import type { Names } from '../names.js';
import { Effect, Exposure, severalOwners } from '../schema.js';

/** A row of `res`. */
export interface ResourceRow {
  readonly rid: number;
  readonly type: number;
  readonly id: string;
  readonly version: number;
  readonly lu: number;
  readonly sd: number;
  readonly state: number;
  readonly exposure: number;
  readonly pt: number;
  readonly doc: number;
  readonly st: number;
}
export const resourceColumns = 'rid, type, id, version, lu, sd, state, exposure, pt, doc, st';

const nameOf = <T extends string>(numbers: Readonly<Record<T, number>>, number: number): T => {
  const found = (Object.keys(numbers) as T[]).find((name) => numbers[name] === number);
  if (found === undefined) throw new TypeError(`${number} stands for nothing here`);
  return found;
};
const labelsOf = (bits: number): VisibilityLabel[] => (Object.keys(Label) as VisibilityLabel[]).filter((label) => (bits & Label[label]) !== 0);

export class AccessReading {
  constructor(private readonly connection: Connection, private readonly names: Names, private readonly idOf: (rid: number) => string) {}

  facts(row: ResourceRow): { readonly access: AccessFacts; readonly chain?: string } {
    const { rid, doc, exposure } = row;
    const rules = this.rules(rid);
    const document = doc === rid ? this.document(rid) : undefined;
    return {
      access: {
        exposure: nameOf(Exposure, exposure), owners: this.owners(row).map((owner) => this.idOf(owner)), structures: this.structures(row),
        ...(doc === 0 || doc === rid ? {} : { document: this.idOf(doc) }),
        ...(document ? { documentFacts: document.facts } : {}),
        ...(rules.length > 0 ? { rules } : {}),
      },
      ...(document ? { chain: document.chain } : {}),
    };
  }

  claims(rid: number): Claim[] {
    return this.connection.prepare('SELECT kind, sys, value FROM claim INDEXED BY claim_r WHERE rid = ? ORDER BY kind, sys, value').all(rid)
      .map(([kind, system, value]) => ({ kind: this.names.text(kind as number), system: this.names.text(system as number), value: value as string }));
  }

  private owners({ rid, pt }: ResourceRow): number[] {
    if (pt !== severalOwners) return pt === 0 ? [] : [pt];
    return this.numbers('SELECT pt FROM owner WHERE rid = ? ORDER BY pt', rid);
  }

  private structures({ rid, st }: ResourceRow): string[] {
    if (st === 0) return [];
    return [st, ...this.numbers('SELECT st FROM wrote WHERE rid = ? ORDER BY st', rid)].map((name) => this.names.text(name));
  }

  private document(rid: number): { readonly facts: DocumentFacts; readonly chain: string } | undefined {
    const row = this.connection.prepare('SELECT own, (SELECT min(d.rid) FROM doc d WHERE d.chain = doc.chain) FROM doc WHERE rid = ?').get(rid);
    if (row === undefined) return undefined;
    const [own, head] = row as unknown as [number, number];
    const chainKeys = this.texts('SELECT key FROM doc_key INDEXED BY doc_key_d WHERE doc = ? ORDER BY key', rid);
    return { facts: { chainKeys, labels: labelsOf(own), authors: this.texts('SELECT actor FROM author WHERE doc = ? ORDER BY actor', rid) }, chain: this.idOf(head) };
  }

  /** One rule for each row; several actors of one rule are as many rules. */
  private rules(consent: number): ConsentRule[] {
    const rows = this.connection.prepare('SELECT patient, effect, actor, doc, since, until FROM rule INDEXED BY rule_consent WHERE consent = ? ORDER BY rowid').all(consent);
    return (rows as unknown as [number, number, string | null, number, number, number][]).map(([patient, effect, actor, doc, from, until]) => ({
      effect: nameOf(Effect, effect), patient: this.idOf(patient), from, until,
      ...(actor === null ? {} : { actors: [actor] }), ...(doc === 0 ? {} : { document: this.idOf(doc) }),
    }));
  }

  private numbers(sql: string, rid: number): number[] {
    return this.connection.prepare(sql).all(rid).map(([value]) => value as number);
  }
  private texts(sql: string, rid: number): string[] {
    return this.connection.prepare(sql).all(rid).map(([value]) => value as string);
  }
}
