/** Numbers for texts and resources, as the one writer gives them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWriteConnection, type Connection } from '../../../../src/store/embedded/connection';
import { Interning } from '../../../../src/store/embedded/writer/interning';

let folder: string;
let connection: Connection;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'passerelle-test-'));
  connection = openWriteConnection(folder, false);
  connection.exec(`CREATE TABLE meta(key TEXT PRIMARY KEY, value); CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
    CREATE TABLE res(rid INTEGER PRIMARY KEY, type INTEGER NOT NULL, id TEXT NOT NULL, UNIQUE(id, type));
    INSERT INTO name VALUES (1, 'Patient'), (2, 'Observation'); INSERT INTO res VALUES (10, 1, 'a'), (11, 2, 'a'), (12, 1, 'b');`);
});
afterEach(() => {
  connection.close();
  rmSync(folder, { recursive: true });
});

test('a text that had no number has the one that it was given, and none again when the step is rolled back', () => {
  const interning = new Interning(connection);
  connection.exec('BEGIN; SAVEPOINT step');
  expect(interning.knownName('urn:new')).toBeUndefined();
  const given = interning.name('urn:new');
  expect(interning.knownName('urn:new')).toBe(given);
  connection.exec('ROLLBACK TO step');
  interning.undo();
  expect(interning.knownName('urn:new')).toBeUndefined();
  expect(interning.name('urn:new')).not.toBe(given);
  connection.exec('COMMIT');
});

test('resources that are met together are told apart by their type, and those that nobody wrote are not known', () => {
  const interning = new Interning(connection);
  interning.meet([{ type: 'Patient', id: 'a' }, { type: 'Observation', id: 'b' }, { type: 'Observation', id: 'c' }]);
  expect([interning.met('Patient', 'a'), interning.met('Observation', 'b'), interning.met('Observation', 'c')]).toEqual([10, undefined, undefined]);
  const made = interning.newRid('Observation', 'c');
  expect(interning.met('Observation', 'c')).toBe(made);
  expect(made).toBe(13);
});
