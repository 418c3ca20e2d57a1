/** Restoring, as the main thread sees it: what may be restored, the audit log, then the writer. */
import { isDue, RestoreRefused, type RestoreBatch, type RestoreState } from '../../upkeep.js';
import type { AuditLog } from '../audit-log.js';
import type { Connection } from '../connection.js';
import type { WriterClient } from '../writer-client.js';
import { restoreJob, type RestoreMark } from './restore-wire.js';

export function restoreMark(connection: Connection): RestoreMark | undefined {
  const written = connection.prepare("SELECT value FROM meta WHERE key = 'restore'").get()?.[0];
  return typeof written === 'string' ? JSON.parse(written) as RestoreMark : undefined;
}

export function restoreState(connection: Connection, audit: AuditLog): RestoreState {
  const mark = restoreMark(connection);
  if (mark) return { kind: mark.done ? 'restored' : 'restoring', origin: mark.origin, position: mark.position };
  const holds = connection.prepare('SELECT 1 WHERE EXISTS (SELECT 1 FROM res) OR EXISTS (SELECT 1 FROM content)').get() !== undefined;
  return { kind: holds || audit.end() !== undefined ? 'occupied' : 'empty' };
}

export class Restore {
  constructor(private readonly connection: Connection, private readonly audit: AuditLog, private readonly writer: WriterClient) {}

  state(): RestoreState {
    return restoreState(this.connection, this.audit);
  }

  async apply(batch: RestoreBatch): Promise<void> {
    if (!isDue(this.state(), batch)) return;
    const audit = await this.appendAudit(batch);
    const mark: RestoreMark = { origin: batch.origin, position: batch.position, done: batch.clock !== undefined, ...(audit === undefined ? {} : { audit }) };
    const outcome = await this.writer.request('restore', restoreJob(batch, mark));
    if (outcome !== undefined) throw new RestoreRefused(outcome.refused);
  }

  /** What an interrupted batch left behind the mark is taken back first, so that no record stands twice. */
  private async appendAudit({ records }: RestoreBatch) {
    const before = restoreMark(this.connection)?.audit;
    const end = this.audit.end();
    if (before?.segment !== end?.segment || before?.size !== end?.size) this.audit.cut(before);
    await Promise.all(records.flatMap((record) => (record.kind === 'audit' ? [this.audit.append(record.record)] : [])));
    return this.audit.end();
  }
}
