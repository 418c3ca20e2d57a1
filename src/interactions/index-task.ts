/** The index entries of a stored text: the task that runs on a lane. */
import { isObject, parseStored } from '../fhir/json.js';
import { indexEntries, type IndexOptions } from '../search/indexer.js';
import { packEntries, type PackedEntries } from '../search/packed-entries.js';
import type { Lanes, Task } from './lane.js';

interface Input {
  readonly text: string;
  readonly options: IndexOptions;
}

/** All of it is done by `finish`: packed entries are moved. */
export const indexTask: Task<Input, undefined, Input, undefined, PackedEntries> = {
  name: 'index',
  open: (input) => ({ facts: undefined, session: input }),
  finish({ text, options }) {
    const resource = parseStored(text);
    if (!isObject(resource)) throw new TypeError('A stored text is not a resource');
    return packEntries(indexEntries(resource, options));
  },
};

export async function entriesOnLane(lanes: Lanes, text: string, options: IndexOptions): Promise<PackedEntries> {
  const opened = await lanes.open(indexTask, { text, options }, text.length);
  try {
    return await opened.finish(undefined);
  } finally {
    opened.close();
  }
}
