/**
 * What a step must write so that no other step passes it unseen. A snapshot does not show what others write at the same time;
 * two steps that write one document cannot both be taken, and the later one begins anew and sees. Shared documents are
 * written last.
 */
import { createHash } from 'node:crypto';
import { readOptions } from '../connection.js';
import type { StepReading } from './standing.js';

/** A lock says nothing of what it locks. */
export const lockId = (kind: 'chain' | 'plan', text: string): string => `${kind}-${createHash('sha256').update(text).digest('base64url')}`;

export class Locks {
  private readonly ids = new Set<string>();
  private readonly records = new Set<string>();
  private readonly resources = new Set<string>();
  private readonly claims = new Set<string>();

  add(kind: 'chain' | 'plan', text: string): void {
    this.ids.add(lockId(kind, text));
  }
  /** The record of a Patient stays as it is. */
  record(patient: string): void {
    this.records.add(patient);
  }
  /** A resource stays as it is. */
  resource(key: string): void {
    this.resources.add(key);
  }
  /** A claim stays free. */
  claim(id: string): void {
    this.claims.add(id);
  }

  /** What the step writes anyway needs no further write. */
  written(key: string, claims: readonly string[]): void {
    this.resources.delete(key);
    for (const id of claims) this.claims.delete(id);
  }

  async take(reading: StepReading): Promise<void> {
    const { locks, records, resources, claims } = reading.collections;
    const options = readOptions(reading);
    const held = { $inc: { g: 1 } };
    const each = (ids: ReadonlySet<string>, update: object, upsert: boolean) => [...ids].map((_id) => ({ updateOne: { filter: { _id }, update, upsert } }));
    if (this.claims.size > 0) {
      await claims.insertMany([...this.claims].map((_id) => ({ _id, k: '' })), options);
      await claims.deleteMany({ _id: { $in: [...this.claims] } }, options);
    }
    if (this.resources.size > 0) await resources.bulkWrite(each(this.resources, held, false), options);
    if (this.ids.size > 0) await locks.bulkWrite(each(this.ids, { ...held, $currentDate: { at: true } }, true), options);
    if (this.records.size > 0) await records.bulkWrite(each(this.records, held, true), options);
  }
}
