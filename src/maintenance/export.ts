/** Export: a whole store as one stream. */
import { randomUUID } from 'node:crypto';
import { DamagedStore, type ArchiveRecord, type StoreUpkeep } from '../store/upkeep.js';
import { archiveFormat, archiveVersion, type ArchiveHeader } from './archive/format.js';
import { archiveBytes, type FrameLimits } from './archive/write.js';
import { Integrity } from './integrity.js';
import { version } from '../version.js';

/** A backup of what is damaged would be found out too late. @throws DamagedStore */
async function* whole(records: AsyncIterable<ArchiveRecord>): AsyncIterable<ArchiveRecord> {
  const integrity = new Integrity();
  const refuse = (findings: Iterable<{ readonly subject: string; readonly text: string }>): void => {
    for (const { subject, text } of findings) throw new DamagedStore(`${subject}: ${text}. Run passerelle verify.`);
  };
  for await (const record of records) {
    refuse(integrity.findings(record));
    yield record;
  }
  refuse(integrity.end());
}

export async function archiveHeader(store: StoreUpkeep, now: number): Promise<ArchiveHeader> {
  return {
    format: archiveFormat, version: archiveVersion, id: randomUUID(), made: now, server: version,
    store: await store.describe(), size: await store.dumpSize(),
  };
}

/**
 * @param onRecords told how many records went out
 * @throws DamagedStore
 */
export async function* exportStore(store: StoreUpkeep, header: ArchiveHeader, onRecords: (count: number) => void, limits?: FrameLimits): AsyncIterable<Buffer> {
  yield* archiveBytes(header, whole(store.dump()), onRecords, limits);
}
