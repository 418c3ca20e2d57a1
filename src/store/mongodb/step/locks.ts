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
    const upsert = { ...options, upsert: true };
    for (const _id of this.claims) {
      await claims.insertOne({ _id, k: '' }, options);
      await claims.deleteOne({ _id }, options);
    }
    for (const _id of this.resources) await resources.updateOne({ _id }, { $inc: { g: 1 } }, options);
    for (const _id of this.ids) await locks.updateOne({ _id }, { $inc: { g: 1 }, $currentDate: { at: true } }, upsert);
    for (const _id of this.records) await records.updateOne({ _id }, { $inc: { g: 1 } }, upsert);
  }
}
