/** What is done to a MongoDB store as a whole. */
import type { IndexEntries } from '../../../search/entries.js';
import type { ArchivedResource, ArchiveRecord, Finding, RestoreBatch, RestoreState, StoreDescription, StoreStatistics, StoreUpkeep } from '../../upkeep.js';
import { times, type Connection } from '../connection.js';
import type { Transactions } from '../transactions.js';
import { dumpStore } from './dump.js';
import { inspectStore } from './inspect.js';
import { keptDifference, keptOf } from './kept.js';
import { Restore } from './restore.js';
import { describeStore, storeStatistics } from './statistics.js';

export class MongoUpkeep implements StoreUpkeep {
  private readonly restoring: Restore;

  constructor(private readonly connection: Connection, transactions: Transactions) {
    this.restoring = new Restore(connection, transactions);
  }

  describe(): Promise<StoreDescription> {
    return describeStore(this.connection);
  }
  /** As the catalogue counts, further documents of entries among them. */
  async dumpSize(): Promise<number> {
    const { secrets, resources, past, contents, chunks } = this.connection.collections;
    let size = 0;
    for (const collection of [secrets, resources, past, contents, chunks]) size += await (collection as typeof resources).estimatedDocumentCount({ maxTimeMS: times.key });
    return size;
  }
  dump(onDamage?: (finding: Finding) => void): AsyncIterable<ArchiveRecord> {
    return dumpStore(this.connection, onDamage);
  }
  entryDifference({ type, mainDate, kept }: ArchivedResource, due: IndexEntries): string | undefined {
    return kept === undefined ? undefined : keptDifference(type, mainDate, keptOf(kept), due);
  }
  restoreState(): Promise<RestoreState> {
    return this.restoring.state();
  }
  restore(batch: RestoreBatch): Promise<void> {
    return this.restoring.apply(batch);
  }
  inspect(): AsyncIterable<Finding> {
    return inspectStore(this.connection);
  }
  statistics(): Promise<StoreStatistics> {
    return storeStatistics(this.connection);
  }
}
