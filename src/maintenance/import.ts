/** Import: an export into an empty store, from the start or from where an interrupted import ended. */
import type { IndexOptions } from '../search/indexer.js';
import { RestoreRefused, type ArchiveRecord, type RestoreState, type StoreDescription, type StoreUpkeep } from '../store/upkeep.js';
import type { ArchiveHeader } from './archive/format.js';
import { openArchive, type Frame, type OpenArchive } from './archive/read.js';
import { Reindexing } from './reindex.js';

export interface ImportProgress {
  /** Bytes of the export that were taken. */
  readonly consumed: number;
  readonly frame: number;
}
export interface Imported {
  readonly header: ArchiveHeader;
  /** Frames that stood already. */
  readonly skipped: number;
  readonly frames: number;
}

/** @throws RestoreRefused */
function requireFitting(header: ArchiveHeader, into: StoreDescription, state: RestoreState): void {
  const { domain, tenant } = header.store;
  if (domain !== into.domain) throw new RestoreRefused(`The export holds the identity domain "${domain}", the store is of "${into.domain}" (IDENTITY_DOMAIN).`);
  if (tenant !== into.tenant) throw new RestoreRefused(`The export is of the tenant "${tenant}", the store of "${into.tenant}".`);
  if (state.kind === 'occupied') throw new RestoreRefused('The store holds data of its own. Import into an empty one.');
  if (state.kind !== 'empty' && state.origin !== header.id) throw new RestoreRefused('The store holds another export. Import into an empty one.');
}

/** What a store of another kind, or of another index, cannot take as it is. */
const isForeign = ({ store }: ArchiveHeader, into: StoreDescription): boolean => store.store !== into.store || store.indexer !== into.indexer;
const isOwn = ({ kind }: ArchiveRecord): boolean => kind !== 'name' && kind !== 'place';

class Import {
  private readonly reindexing: Reindexing | undefined;

  constructor(private readonly store: StoreUpkeep, private readonly archive: OpenArchive, private readonly into: StoreDescription, options: IndexOptions) {
    this.reindexing = isForeign(archive.header, into) ? new Reindexing(options) : undefined;
  }

  async run(done: number, onProgress: (progress: ImportProgress) => void): Promise<Imported> {
    const { header } = this.archive;
    let last = 0;
    try {
      for await (const frame of this.archive.frames()) {
        last = frame.head.frame;
        if (last > done || this.reindexing) {
          const records = await this.records(frame);
          if (last > done) await this.store.restore({ origin: header.id, position: last, records });
        }
        onProgress({ consumed: frame.consumed, frame: last });
      }
      // The last line of the export was there: nothing is missing.
      await this.store.restore({ origin: header.id, position: last + 1, records: [], clock: header.store.clock });
      return { header, skipped: Math.min(done, last), frames: last };
    } finally {
      await this.reindexing?.end();
    }
  }

  private async records(frame: Frame): Promise<ArchiveRecord[]> {
    const records = await frame.records();
    if (!this.reindexing) return records;
    const taken: ArchiveRecord[] = [];
    for (const record of records) taken.push(await this.reindexing.take(record));
    return this.archive.header.store.store === this.into.store ? taken : taken.filter(isOwn);
  }
}

/**
 * Imports an export. When it is interrupted, the same call with the same export goes on; until it has ended, no server opens the store.
 * @param options of the index, for an export of another kind of store
 * @returns `undefined` when the store holds the whole of this export already: nothing was written
 * @throws ArchiveRefused, RestoreRefused
 */
export async function importStore(store: StoreUpkeep, source: AsyncIterable<Uint8Array>, options: IndexOptions, onProgress: (progress: ImportProgress) => void): Promise<Imported | undefined> {
  const archive = await openArchive(source);
  const [into, state] = [await store.describe(), await store.restoreState()];
  requireFitting(archive.header, into, state);
  if (state.kind === 'restored') return undefined;
  return new Import(store, archive, into, options).run(state.kind === 'restoring' ? state.position : 0, onProgress);
}

/**
 * Reads an export to its end, so that one that is cut or damaged is refused before anything of it is written.
 * @throws ArchiveRefused
 */
export async function checkArchive(source: AsyncIterable<Uint8Array>, onProgress: (progress: ImportProgress) => void): Promise<ArchiveHeader> {
  const { header, frames } = await openArchive(source);
  for await (const { consumed, head } of frames()) onProgress({ consumed, frame: head.frame });
  return header;
}
