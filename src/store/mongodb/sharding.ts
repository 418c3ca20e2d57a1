/**
 * How the collections are spread over the shards of a cluster. `docs/scaling.md` shows this table, `passerelle sharding` prints
 * the commands made of it, and a test holds the requests of the hot paths against it.
 *
 * Every key is `_id` or a part of it: what is asked for by its name is asked of one shard, and what must be unique (`_id` is the
 * only unique index of any collection) is unique in the whole cluster, for equal names lie on one shard.
 */
import type { CollectionName } from './collections.js';

export interface Spread {
  /** The one field that it is sharded by, hashed: names are ordered in time, the newest would all go to one shard. Absent: a few documents, on one shard. */
  readonly key?: '_id' | '_id.k' | '_id.c';
  readonly why: string;
  /** What of a request is asked of every shard at once, each through an index; nothing else may be. */
  readonly everyShard?: string;
}

export const spreads: Readonly<Record<CollectionName, Spread>> = {
  resources: { key: '_id', why: 'a resource is read, written and claimed to be new by its type and id, whoever owns it and whoever will', everyShard: 'searches by anything but `_id`, `$everything`, histories of a type, what a step is judged by when that is a criterion (a push asks one such question)' },
  past: { key: '_id.k', why: 'the versions of a resource together', everyShard: 'histories of a type, of a person or of the whole system' },
  records: { key: '_id', why: 'all that rules who sees the record of a person is one document', everyShard: 'erasing a document that a mask names' },
  chains: { key: '_id', why: 'all that rules who sees a document is one document', everyShard: 'a push, which looks for the documents that share a chain with its own: twice' },
  claims: { key: '_id', why: 'unique in the whole cluster: `_id` is the kind, system and value' },
  contents: { key: '_id', why: 'one document for each content', everyShard: 'the sweep of what nothing names' },
  chunks: { key: '_id.c', why: 'the chunks of a content together: they are read one after the other' },
  locks: { key: '_id', why: 'one document for each lock' },
  audit: { key: '_id', why: 'writes are spread', everyShard: 'reading the log, by time or by person' },
  secrets: { why: 'a few documents' },
  clock: { why: 'one document, which every step is named in (see [Pushes in a second](#pushes-in-a-second))' },
  meta: { why: 'a few documents' },
};

const names = Object.keys(spreads) as readonly CollectionName[];

/** Commands for `mongosh`, in the order in which they are to be run, one a line. @param database its name */
export function shardCommands(database: string): readonly string[] {
  const keyed = names.flatMap((name) => { const { key } = spreads[name]; return key === undefined ? [] : [{ name, key: JSON.stringify({ [key]: 'hashed' }) }]; });
  return [
    `use ${JSON.stringify(database)}`,
    ...keyed.map(({ name, key }) => `db.getCollection(${JSON.stringify(name)}).createIndex(${key})`),
    ...keyed.map(({ name, key }) => `sh.shardCollection(${JSON.stringify(`${database}.${name}`)}, ${key})`),
  ];
}

/** The table as the page shows it, Markdown. */
export const spreadTable = (): string => [
  '| collection | shard key | why | asked of every shard |',
  '|---|---|---|---|',
  ...names.map((name) => {
    const { key, why, everyShard = '' } = spreads[name];
    return `| \`${name}\` | ${key === undefined ? 'not sharded' : `\`{ '${key}': 'hashed' }\``} | ${why} | ${everyShard} |`;
  }),
].join('\n');
