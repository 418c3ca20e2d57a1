/** The audit log: records that wait together are written and made durable together (design 3.15). */
import { randomBytes } from 'node:crypto';
import type { AuditRecord } from '../../access/audit-record.js';
import type { Grant } from '../../access/grant.js';
import { mayReadAudit, type AuditQuery } from '../audit-query.js';
import { times, type Connection } from './connection.js';
import type { AuditDocument } from './documents.js';
import { Gathering } from './gathering.js';

/** Most records of one group. */
const groupSize = 1000;

export class AuditLog {
  private readonly process = randomBytes(4).toString('hex');
  private readonly writes: Gathering<AuditDocument, void>;
  private closed = false;
  private last = 0;
  private count = 0;

  constructor(private readonly connection: Connection) {
    this.writes = new Gathering({
      most: groupSize,
      ask: async (documents) => {
        await connection.collections.audit.insertMany(documents, { maxTimeMS: times.write });
        return documents.map(() => undefined);
      },
    });
  }

  /** Resolves when the record is durable. @throws the database's error when it cannot be written */
  append(record: AuditRecord): Promise<void> {
    if (this.closed) return Promise.reject(new Error('The audit log is closed'));
    const { at, patients } = record;
    const document = { _id: this.nextId(), at, ...(patients.length > 0 ? { p: [...patients] } : {}), b: JSON.stringify(record) };
    return this.writes.ask(document);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.writes.idle();
  }

  /** In the order of time, and within one instant in that of writing. */
  async *read(grant: Grant, { patient, from = -Infinity, until = Infinity, limit }: AuditQuery): AsyncIterable<AuditRecord> {
    const { reach } = grant;
    if (limit <= 0 || (reach.kind !== 'everything' && (reach.kind !== 'patient' || reach.patient === undefined))) return;
    const people = [patient, reach.kind === 'patient' ? reach.patient : undefined].filter((id) => id !== undefined);
    const filter = { at: { $gte: from, $lt: until }, ...(people.length > 0 ? { p: { $all: people } } : {}) };
    const found = this.connection.collections.audit.find(filter, { sort: { at: 1, _id: 1 }, limit, maxTimeMS: times.search });
    for await (const { b } of found) {
      const record = JSON.parse(b) as AuditRecord;
      if (mayReadAudit(grant, record)) yield record;
    }
  }

  /** Grows within the process, whatever its clock does. */
  private nextId(): string {
    this.last = Math.max(this.last, Date.now());
    return `${this.last.toString(36).padStart(9, '0')}-${this.process}-${(++this.count).toString(36).padStart(9, '0')}`;
  }
}
