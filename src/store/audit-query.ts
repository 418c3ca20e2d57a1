/** Who may read the audit log, and what is asked of it: the same on every store. */
import type { AuditRecord } from '../access/audit-record.js';
import type { Grant } from '../access/grant.js';

export interface AuditQuery {
  readonly patient?: string;
  /** Inclusive, ms UTC. */
  readonly from?: number;
  /** Exclusive, ms UTC. */
  readonly until?: number;
  readonly limit: number;
}

/** The operator reads every record, a person those about them, nobody else any. */
export function mayReadAudit({ reach }: Grant, { patients }: Pick<AuditRecord, 'patients'>): boolean {
  if (reach.kind === 'everything') return true;
  return reach.kind === 'patient' && reach.patient !== undefined && patients.includes(reach.patient);
}
