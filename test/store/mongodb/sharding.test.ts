/** How the collections are to be spread over a cluster. That the hot paths keep to it is held by `hot-paths.test.ts`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectionNames, indexes } from '../../../src/store/mongodb/collections';
import { shardCommands, spreads, spreadTable } from '../../../src/store/mongodb/sharding';

test('what is unique is unique in the whole cluster: _id alone is, and what equal ones are sharded by is equal', () => {
  expect(Object.keys(spreads).sort()).toEqual([...collectionNames].sort());
  for (const name of collectionNames) {
    expect(indexes[name].filter(({ options }) => options?.unique === true)).toEqual([]);
    expect((spreads[name].key ?? '_id').split('.')[0]).toBe('_id');
  }
});

test('the page of growth shows the table', () => {
  expect(readFileSync(join(__dirname, '..', '..', '..', 'docs', 'scaling.md'), 'utf8')).toContain(`\n${spreadTable()}\n`);
});

test('the commands index every sharded collection by its key before it is sharded by it', () => {
  const [use, ...commands] = shardCommands('records');
  const sharded = collectionNames.filter((name) => spreads[name].key !== undefined);
  expect(use).toBe('use "records"');
  expect(commands).toHaveLength(2 * sharded.length);
  for (const name of sharded) {
    const key = `{"${String(spreads[name].key)}":"hashed"}`;
    const [indexed, spread] = [`db.getCollection("${name}").createIndex(${key})`, `sh.shardCollection("records.${name}", ${key})`].map((command) => commands.indexOf(command));
    expect(indexed).toBeGreaterThanOrEqual(0);
    expect(spread).toBeGreaterThan(Number(indexed));
  }
});
