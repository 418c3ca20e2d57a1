/** Owners and structures of a resource as rows: who it belongs to, who wrote it. */
import type { AccessFacts } from '../../../access/facts.js';
import type { Connection } from '../connection.js';
import { severalOwners } from '../schema.js';
import { BulkInsert } from './bulk.js';
import type { Numbers } from './entry-rows.js';
import type { Standing } from './write-set.js';

export interface Patients {
  /** As in `res.pt`. */
  readonly pt: number;
  readonly all: readonly number[];
}

export class OwnerRows {
  private readonly own: BulkInsert;

  constructor(private readonly connection: Connection, private readonly numbers: Numbers) {
    this.own = new BulkInsert(connection, 'own', ['pt', 'type', 'sd', 'rid']);
  }

  patients({ owners }: AccessFacts): Patients {
    const all = [...new Set(owners.map((id) => this.numbers.mention('Patient', id)))];
    return { pt: all.length > 1 ? severalOwners : all[0] ?? 0, all };
  }

  /** The owners of a resource from now on. */
  put(rid: number, type: number, sd: number, { pt, all }: Patients, standing: Standing | undefined): void {
    if (standing !== undefined) this.remove(standing);
    for (const patient of all) this.own.add(patient, type, sd, rid);
    if (pt !== severalOwners) return;
    for (const patient of all) this.connection.prepare('INSERT INTO owner(rid, pt) VALUES (?, ?)').run(rid, patient);
  }

  /** Whether somebody who was none of its owners becomes one, or it is nobody's any more. */
  changesHands({ rid, pt }: Standing, { all }: Patients): boolean {
    const before = pt === severalOwners ? this.several(rid) : pt === 0 ? [] : [pt];
    return before.length > 0 && (all.length === 0 || all.some((patient) => !before.includes(patient)));
  }

  remove({ rid, type, sd, pt }: Standing): void {
    const before = pt === severalOwners ? this.several(rid) : [pt];
    for (const patient of before) this.connection.prepare('DELETE FROM own WHERE pt = ? AND type = ? AND sd = ? AND rid = ?').run(patient, type, sd, rid);
    if (pt === severalOwners) this.connection.prepare('DELETE FROM owner WHERE rid = ?').run(rid);
  }

  /** The same owners by another main date. */
  redate({ rid, type, sd, pt }: Pick<Standing, 'rid' | 'type' | 'sd' | 'pt'>, next: number): void {
    const owners = pt === severalOwners ? this.several(rid) : [pt];
    for (const patient of owners) this.connection.prepare('UPDATE own SET sd = ? WHERE pt = ? AND type = ? AND sd = ? AND rid = ?').run(next, patient, type, sd, rid);
  }

  private several(rid: number): number[] {
    return this.connection.prepare('SELECT pt FROM owner WHERE rid = ?').all(rid).map(([patient]) => patient as number);
  }

  /**
   * Adds structures to those that are known.
   * @returns `res.st`: the first one
   */
  structures(rid: number, standing: Standing | undefined, structures: readonly string[]): number {
    let first = standing?.st ?? 0;
    for (const structure of structures) {
      const st = this.numbers.name(structure);
      if (first === 0) first = st;
      else if (st !== first) this.connection.prepare('INSERT INTO wrote(rid, st) VALUES (?, ?) ON CONFLICT DO NOTHING').run(rid, st);
    }
    return first;
  }

  flush(): void {
    this.own.flush();
  }
  clear(): void {
    this.own.clear();
  }
}
