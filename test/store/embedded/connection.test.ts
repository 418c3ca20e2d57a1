import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWriteConnection, type Connection, type Statement } from '../../../src/store/embedded/connection';

let folder = '';
let connection: Connection;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'passerelle-connection-'));
  connection = openWriteConnection(folder, true);
  connection.exec('CREATE TABLE t (a PRIMARY KEY, b); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)');
});
afterAll(() => {
  connection.close();
  rmSync(folder, { recursive: true, force: true });
});

const ways: Record<string, (statement: Statement, value: number) => unknown> = {
  get: (statement, value) => statement.get(value)?.[0],
  all: (statement, value) => statement.all(value)[0]?.[0],
};
const orders = Object.keys(ways).flatMap((first) => Object.keys(ways).flatMap((second) => Object.keys(ways).map((third) => [first, second, third] as const)));

describe('a prepared statement', () => {
  it.each(orders)('answers what was just asked, run as %s, %s, %s', (...order) => {
    const ask = (values: readonly number[]) => order.map((way, at) => ways[way]?.(connection.prepare('SELECT b FROM t WHERE a = ?'), values[at] ?? 0));
    expect(ask([1, 2, 3])).toEqual([1, 2, 3]);
    expect(ask([3, 9, 1])).toEqual([3, undefined, 1]);
    expect(ask([9, 2, 9])).toEqual([undefined, 2, undefined]);
  });

  it.each(Object.keys(ways))('answers what was just asked after a failure, run as %s', (way) => {
    const ask = (text: string) => ways[way]?.(connection.prepare("SELECT json_extract(?, '$.a')"), text as unknown as number);
    expect(ask('{"a":1}')).toBe(1);
    expect(() => ask('{bad')).toThrow(/malformed JSON/);
    expect(ask('{"a":2}')).toBe(2);
    expect(ask('{"a":3}')).toBe(3);
  });

  it.each([[true], [undefined], [Number.NaN], ['a\0b']])('refuses %j, which the driver would end at or change', (value) => {
    expect(() => connection.prepare('SELECT b FROM t WHERE a = ?').get(value as unknown as number)).toThrow(TypeError);
  });
});
