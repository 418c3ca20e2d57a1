/** A batch of a restore on its way to the writer thread: records as one JSON text, bytes apart, in their order. */
import type { ArchiveRecord, RestoreBatch } from '../../upkeep.js';
import type { AuditEnd } from '../audit-log.js';

/** What is remembered of a restore, in `meta` under `restore`. */
export interface RestoreMark {
  readonly origin: string;
  /** Of the last batch that stands. */
  readonly position: number;
  /** Where the audit log ended then. */
  readonly audit?: AuditEnd;
  /** Nothing is missing: the store can be served. */
  readonly done: boolean;
}

type WithoutBytes<R> = R extends { readonly kind: 'chunk' } ? Omit<R, 'bytes'> : R extends { readonly kind: 'secret' } ? Omit<R, 'key'> : R;
/** Infinite sides of intervals are null, as in `../wire.ts`. */
export type WireRecord = WithoutBytes<Exclude<ArchiveRecord, { readonly kind: 'audit' }>>;
export interface RestoreJob {
  readonly mark: RestoreMark;
  /** ms UTC, with the last batch */
  readonly clock?: number;
  /** JSON of WireRecord[] */
  readonly records: string;
  /** Of each chunk and each secret. */
  readonly bytes: readonly Uint8Array[];
}

export function restoreJob({ records, clock }: RestoreBatch, mark: RestoreMark): RestoreJob {
  const bytes: Uint8Array[] = [];
  const bare = records.flatMap((record): WireRecord[] => {
    if (record.kind === 'audit') return [];
    if (record.kind === 'chunk') {
      bytes.push(record.bytes);
      return [{ kind: 'chunk', content: record.content, position: record.position }];
    }
    if (record.kind !== 'secret') return [record];
    const { key, ...rest } = record;
    bytes.push(key);
    return [rest];
  });
  return { mark, records: JSON.stringify(bare), bytes, ...(clock === undefined ? {} : { clock }) };
}
