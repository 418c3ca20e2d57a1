/** A store whose data are dumped and restored into another one before they are looked at: it must answer as if it had never moved. */
import { recordLine, recordOf } from '../../src/maintenance/archive/records';
import type { Store } from '../../src/store/port';
import type { ArchiveRecord, StoreDescription, StoreUpkeep } from '../../src/store/upkeep';
import { listOf } from './support';

export type WholeStore = Store & StoreUpkeep;

/** Restores records in batches of a few. */
export async function restoreAll(into: StoreUpkeep, records: readonly ArchiveRecord[], { clock }: StoreDescription, size = 5, origin = 'origin'): Promise<void> {
  const batches = Math.ceil(records.length / size);
  for (let at = 0; at < batches; at++) await into.restore({ origin, position: at + 1, records: records.slice(at * size, (at + 1) * size) });
  await into.restore({ origin, position: batches + 1, records: [], clock });
}

export async function moved(from: WholeStore, make: () => Promise<WholeStore>): Promise<WholeStore> {
  const to = await make();
  const records = (await listOf(from.dump())).map((record) => recordOf(recordLine(record)));
  await restoreAll(to, records, await from.describe());
  return to;
}

const looking = ['read', 'vread', 'history', 'search', 'claimed', 'isClosed', 'secrets'] as const;
const writing = ['commit', 'erase', 'eraseHistory', 'stage', 'appendAudit'] as const;

/** @param make an empty store */
export async function movingStore(make: () => Promise<WholeStore>): Promise<Store> {
  let current = await make();
  let dirty = false;
  let moving: Promise<void> = Promise.resolve();
  const move = async (): Promise<void> => {
    if (!dirty) return;
    dirty = false;
    const next = await moved(current, make);
    await current.close();
    current = next;
  };
  const call = (name: string, args: readonly unknown[]): unknown => (current[name as keyof WholeStore] as (...all: readonly unknown[]) => unknown)(...args);
  const looked = looking.map((name) => [name, async (...args: readonly unknown[]) => {
    moving = moving.then(move);
    await moving;
    return call(name, args);
  }]);
  const written = writing.map((name) => [name, (...args: readonly unknown[]) => {
    dirty = true;
    return call(name, args);
  }]);
  const passed = ['openContent', 'readAudit', 'ready', 'close'].map((name) => [name, (...args: readonly unknown[]) => call(name, args)]);
  return { capabilities: current.capabilities, ...Object.fromEntries([...looked, ...written, ...passed]) } as Store;
}
