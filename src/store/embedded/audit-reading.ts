/** The audit log read back, in the order in which it was written. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AuditRecord } from '../../access/audit-record.js';
import type { Grant } from '../../access/grant.js';
import { mayReadAudit, type AuditQuery } from '../audit-query.js';
import { auditFolder, auditSegments } from './audit-log.js';

const isAsked = ({ patient, from, until }: AuditQuery, record: AuditRecord): boolean =>
  (patient === undefined || record.patients.includes(patient)) && record.at >= (from ?? 0) && record.at < (until ?? Infinity);

/** A line that a failed write left torn was never acknowledged. */
function parsed(line: string): AuditRecord | undefined {
  try {
    return JSON.parse(line) as AuditRecord;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A line of the log; without a record it cannot be read. `torn`: the last of its segment. */
export interface AuditLine {
  readonly segment: string;
  readonly number: number;
  readonly record?: AuditRecord;
  readonly torn: boolean;
}

/** Every line, in the order in which it was written. */
export async function* auditLines(folder: string): AsyncIterable<AuditLine> {
  for (const segment of auditSegments(folder)) {
    const lines = createInterface({ input: createReadStream(join(auditFolder(folder), segment)), crlfDelay: Infinity });
    let number = 0;
    let broken: AuditLine | undefined;
    for await (const line of lines) {
      number++;
      if (broken) yield { ...broken, torn: false };
      const record = parsed(line);
      broken = record ? undefined : { segment, number, torn: true };
      if (record) yield { segment, number, record, torn: false };
    }
    if (broken) yield broken;
  }
}

/** @param query `from` inclusive, `until` exclusive, ms UTC; at most `limit` records */
export async function* readAuditLog(folder: string, grant: Grant, query: AuditQuery): AsyncIterable<AuditRecord> {
  let left = query.limit;
  for await (const { record } of auditLines(folder)) {
    if (left <= 0) return;
    if (record === undefined || !isAsked(query, record) || !mayReadAudit(grant, record)) continue;
    left--;
    yield record;
  }
}
