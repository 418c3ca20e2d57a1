/** The consistency check names each kind of damage, and nothing in a store that is whole. */
import type Database from 'libsql';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { serverGrant } from '../../src/access/decide';
import { verify } from '../../src/maintenance/verify/verify';
import type { StoreDescription } from '../../src/store/upkeep';
import { listOf } from '../contract/support';
import { filledStore, inDatabase, indexOf, openFolder, type Filled } from './filled';

let filled: Filled;
beforeAll(async () => {
  filled = await filledStore();
});
afterAll(() => filled.end());

async function findings(data: string): Promise<string[]> {
  const store = await openFolder(data);
  const found: string[] = [];
  try {
    const verification = { store, grant: serverGrant(Date.now()), index: indexOf(filled.settings), domain: 'test' as const, onRecord: () => undefined };
    for await (const { subject, text } of verify(verification)) found.push(`${subject}: ${text}`);
  } catch (thrown) {
    found.push(`thrown: ${String((thrown as { code?: string }).code)}`);
  } finally {
    await store.close();
  }
  return found;
}

interface Row { readonly rid: number; readonly id: string; readonly doc: number; readonly version: number }
/** What was damaged already: each damage has a resource, bytes or a document of its own. */
const taken = { rids: new Set<number>([0]), documents: new Set<number>([-1]), contents: new Set<number>([0]) };
const listed = (numbers: ReadonlySet<number>): string => [...numbers].join(', ');

/** A live resource of a type that satisfies a condition. */
function one(database: Database.Database, type: string, where = '1'): Row {
  const row = database.prepare(`SELECT r.rid, r.id, r.doc, r.version FROM res r JOIN name n ON n.id = r.type WHERE n.text = '${type}' AND r.state = 1 AND ${where}
    AND r.rid NOT IN (${listed(taken.rids)}) ORDER BY r.rid LIMIT 1`).get() as Row | undefined;
  if (row === undefined) throw new Error(`The fixtures hold no other ${type} where ${where}`);
  taken.rids.add(row.rid);
  return row;
}
/** A part of a document that nothing else is damaged of. */
function ofAnother(database: Database.Database, type: string): Row {
  const row = one(database, type, `r.doc NOT IN (${listed(taken.documents)}) AND NOT EXISTS (SELECT 1 FROM res o WHERE o.doc = r.doc AND o.type = (SELECT id FROM name WHERE text = 'Observation'))`);
  taken.documents.add(row.doc);
  return row;
}
function bytes(database: Database.Database): { readonly id: number; readonly size: number } {
  const row = database.prepare(`SELECT id, size FROM content WHERE id NOT IN (${listed(taken.contents)}) ORDER BY id LIMIT 1`).get() as { id: number; size: number };
  taken.contents.add(row.id);
  return row;
}
const drawn = (database: Database.Database): Row => one(database, 'Observation', "EXISTS (SELECT 1 FROM doc d WHERE d.rid = r.doc)");
const idOf = (database: Database.Database, rid: number): string => (database.prepare('SELECT id FROM res WHERE rid = ?').get(rid) as { id: string }).id;

/** Damages the store and says what must be told of it. */
type Damage = (database: Database.Database) => string;
const damages: Readonly<Record<string, Damage>> = {
  'a text that was changed'(database) {
    const { rid, id, version } = one(database, 'Observation', `EXISTS (SELECT 1 FROM body b WHERE b.rid = r.rid AND b.b LIKE '%"final"%')`);
    database.prepare(`UPDATE body SET b = replace(b, '"final"', '"other"') WHERE rid = ?`).run(rid);
    return `Observation/${id}: the text of version ${version} is not what was written (its hash)`;
  },
  'a past text that was changed'(database) {
    const { rid, version } = database.prepare('SELECT rid, version FROM past WHERE b IS NOT NULL ORDER BY rid DESC LIMIT 1').get() as { rid: number; version: number };
    database.prepare(`UPDATE past SET b = substr(b, 1, length(b) - 1) || ' }' WHERE rid = ? AND version = ?`).run(rid, version);
    return `${idOf(database, rid)}: the text of version ${version} is not what was written (its hash)`;
  },
  'a text that is gone'(database) {
    const { rid, id, version } = one(database, 'Encounter');
    database.prepare('DELETE FROM body WHERE rid = ?').run(rid);
    return `Encounter/${id}: version ${version} has no text`;
  },
  'index entries that are gone'(database) {
    const { rid, id } = drawn(database);
    database.prepare('DELETE FROM tok WHERE rid = ?').run(rid);
    return `Observation/${id}: its index entries are not those of its text: missing:`;
  },
  'an index entry too many'(database) {
    const { rid, id } = one(database, 'Practitioner');
    database.prepare("INSERT INTO str(p, f, rid, x, c, mark) SELECT p, 'somebody', rid, 'somebody', 0, 0 FROM str WHERE rid = ? LIMIT 1").run(rid);
    return `Practitioner/${id}: its index entries are not those of its text: too many: 1 (Practitioner.`;
  },
  'a sort key that is gone'(database) {
    const { rid, id } = one(database, 'Patient');
    database.prepare('UPDATE str SET mark = 0 WHERE rid = ?').run(rid);
    return `Patient/${id}: its index entries are not those of its text: with another mark:`;
  },
  'an entry that refers to nothing'(database) {
    const { rid, id } = drawn(database);
    database.prepare('UPDATE ref SET t = 987654 WHERE rid = ? AND t > 0').run(rid);
    return `Observation/${id}: an index entry refers to resource 987654, which is not there`;
  },
  'index entries of what is not live'(database) {
    const { rid } = drawn(database);
    database.prepare('UPDATE res SET state = 2 WHERE rid = ?').run(rid);
    return `${idOf(database, rid)}: has index entries (tok), but is not live`;
  },
  'a version that is gone'(database) {
    const { rid } = database.prepare('SELECT rid FROM past WHERE version = 1 LIMIT 1').get() as { rid: number };
    database.prepare('DELETE FROM past WHERE rid = ? AND version = 1').run(rid);
    return `${idOf(database, rid)}: version 1 is not there`;
  },
  'a chunk that is gone'(database) {
    const { id } = bytes(database);
    database.prepare('DELETE FROM chunk WHERE k = ?').run(id * 65_536);
    return `content ${id}: chunk 0 is not there`;
  },
  'a chunk with other bytes'(database) {
    const { id, size } = bytes(database);
    database.prepare('UPDATE chunk SET b = ? WHERE k = ?').run(Buffer.alloc(size + 1), id * 65_536);
    return `content ${id}: its bytes are not what was written (sha-1, sha-256)`;
  },
  'a chunk that is cut'(database) {
    const { id } = bytes(database);
    database.prepare('UPDATE chunk SET b = ? WHERE k = ?').run(Buffer.alloc(10), id * 65_536);
    return `content ${id}: has 9 bytes instead of`;
  },
  'a chunk that cannot be unpacked'(database) {
    const { id } = bytes(database);
    database.prepare('UPDATE chunk SET b = ? WHERE k = ?').run(Buffer.from([1, 255, 255, 255]), id * 65_536);
    return `content ${id}: chunk 0 cannot be unpacked`;
  },
  'chunks without owner'(database) {
    database.prepare('INSERT INTO chunk(k, b) VALUES (?, ?)').run(4321 * 65_536, Buffer.from([0]));
    return 'content 4321: has chunks, but is not there';
  },
  'bytes that are gone'(database) {
    const { id } = bytes(database);
    database.prepare('DELETE FROM content WHERE id = ?').run(id);
    return `content ${id}: is named by a version, but is not there`;
  },
  'bytes that count wrongly who names them'(database) {
    const { id } = bytes(database);
    database.prepare('UPDATE content SET held = 7 WHERE id = ?').run(id);
    return `content ${id}: counts other versions than those that name it`;
  },
  'a claim of nobody'(database) {
    const { rid } = one(database, 'Patient');
    database.prepare('UPDATE claim SET rid = 987654 WHERE rid = ?').run(rid);
    return 'resource 987654: holds a claim, but is not there';
  },
  'a claim that is gone'(database) {
    const { rid, id } = one(database, 'Patient');
    database.prepare('DELETE FROM claim WHERE rid = ?').run(rid);
    return `Patient/${id}: it does not hold 1 of its claims`;
  },
  'a claim of another resource'(database) {
    const [patient, practitioner] = [one(database, 'Patient'), one(database, 'Practitioner')];
    database.prepare('UPDATE claim SET rid = ? WHERE rid = ?').run(practitioner.rid, patient.rid);
    return `Practitioner/${practitioner.id}: it holds 1 claims that its text does not give`;
  },
  'a claim of what is deleted'(database) {
    const { rid } = one(database, 'Practitioner');
    database.prepare('UPDATE res SET state = 2 WHERE rid = ?').run(rid);
    return `Practitioner/${idOf(database, rid)}: is deleted, but holds a claim`;
  },
  'a resource that is in no record'(database) {
    const { rid, id } = drawn(database);
    database.prepare('DELETE FROM own WHERE rid = ?').run(rid);
    return `Observation/${id}: is not in the record of its owner`;
  },
  'a resource whose owner is gone'(database) {
    const { rid, id } = drawn(database);
    database.prepare('UPDATE res SET pt = 0 WHERE rid = ?').run(rid);
    return `Observation/${id}: belongs to people, but names none`;
  },
  'a resource in a stranger\'s record'(database) {
    const { rid, id } = drawn(database);
    const stranger = one(database, 'Patient', `r.rid <> (SELECT pt FROM res WHERE rid = ${rid})`);
    database.prepare('UPDATE own SET pt = ? WHERE rid = ?').run(stranger.rid, rid);
    return `Observation/${id}: is in a record of which it is no part`;
  },
  'a document without access row'(database) {
    const { rid, id } = ofAnother(database, 'DocumentReference');
    database.prepare('DELETE FROM doc WHERE rid = ?').run(rid);
    return `DocumentReference/${id}: is ruled by a document that has no access row`;
  },
  'labels that do not hide'(database) {
    const { rid, id } = ofAnother(database, 'DocumentReference');
    database.prepare('UPDATE doc SET own = 1, labels = 0 WHERE rid = ?').run(rid);
    return `DocumentReference/${id}: does not bear the labels of its chain`;
  },
  'a part of a document that is gone'(database) {
    const { rid, id, doc } = drawn(database);
    database.prepare('UPDATE res SET state = 0, version = 0, doc = 0, pt = 0 WHERE rid = ?').run(rid);
    return `DocumentReference/${idOf(database, doc)}: Observation/${id}, which was made of it, is not there`;
  },
  'a part of a current document that is deleted'(database) {
    const { rid, id, doc } = drawn(database);
    database.prepare('UPDATE res SET state = 2 WHERE rid = ?').run(rid);
    return `DocumentReference/${idOf(database, doc)}: Observation/${id}, which was made of it, is deleted`;
  },
  'a document without Provenance'(database) {
    const { rid, doc } = ofAnother(database, 'Provenance');
    database.prepare('UPDATE res SET state = 0, doc = 0, pt = 0 WHERE rid = ?').run(rid);
    return `DocumentReference/${idOf(database, doc)}: it has 0 Provenances instead of one`;
  },
  'a document with another Binary'(database) {
    const { rid, doc } = ofAnother(database, 'Binary');
    database.prepare('UPDATE body SET content = (SELECT max(id) FROM content WHERE id <> body.content) WHERE rid = ?').run(rid);
    return `DocumentReference/${idOf(database, doc)}: its size and hash are not those of Binary/`;
  },
  'a clock that was set back'(database) {
    database.prepare("UPDATE meta SET value = 1000 WHERE key = 'clock'").run();
    return `Patient/${one(database, 'Patient').id}: bears a time later than the clock of the store`;
  },
};

test('a store that is whole has no finding', async () => {
  expect(await findings(filled.copy())).toEqual([]);
});

/** Damages that share one copy of the store: as many as the fixtures have resources for. */
const copies = 3;
const shared = Array.from({ length: copies }, (_, copy) => Object.entries(damages).filter((__, at) => at % copies === copy));

describe.each(shared.map((some) => [some] as const))('of a store that is damaged in several ways', (some) => {
  let expected: ReadonlyMap<string, string>;
  let found: readonly string[];
  beforeAll(async () => {
    for (const [, numbers] of Object.entries(taken)) for (const number of numbers) if (number > 0) numbers.delete(number);
    const data = filled.copy();
    expected = inDatabase(data, (database) => new Map(some.map(([name, damage]) => [name, damage(database)])));
    found = await findings(data);
  });
  test.each(some.map(([name]) => name))('%s is named', (name) => {
    expect(found).toEqual(expect.arrayContaining([expect.stringContaining(expected.get(name) ?? '?')]));
  });
});

test('a line of the audit log that cannot be read is named, but not one that a failed write left at the end', async () => {
  const data = filled.copy();
  const folder = join(data, 'store', 'audit');
  const segment = readdirSync(folder)[0] ?? '';
  const lines = readFileSync(join(folder, segment), 'utf8').split('\n');
  lines[2] = lines[2]?.slice(0, 20) ?? '';
  writeFileSync(join(folder, segment), lines.join('\n'));
  writeFileSync(join(folder, '2000-01-01-000001.jsonl'), '{"at":1,');
  expect(await findings(data)).toEqual([`audit log ${segment}: line 3 cannot be read`]);
});

test('a page of the file that was overwritten is named', async () => {
  const data = filled.copy();
  const page = inDatabase(data, (database) => (database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'tok_r'").get() as { rootpage: number }).rootpage);
  const size = inDatabase(data, (database) => (database.prepare('PRAGMA page_size').get() as { page_size: number }).page_size);
  const file = openSync(join(data, 'store', 'passerelle.db'), 'r+');
  writeSync(file, Buffer.alloc(size, 0xff), 0, size, (page - 1) * size);
  closeSync(file);
  expect((await findings(data))[0]).toMatch(/^(database file: |thrown: SQLITE_CORRUPT)/);
});

test('what the operator erased for good is missed by nobody', async () => {
  const data = filled.copy();
  const key = inDatabase(data, (database) => ({ type: 'Observation', id: drawn(database).id }));
  const store = await openFolder(data);
  await listOf(store.erase(serverGrant(Date.now()), key));
  await store.close();
  expect(await findings(data)).toEqual([expect.stringContaining(`Observation/${key.id}, which was made of it, is not there`)]);
  const again = await openFolder(data);
  const described: StoreDescription = await again.describe();
  await again.appendAudit({ at: described.clock, actor: { kind: 'operator' }, interaction: '$erase', ...key, patients: [], status: 200, request: 'r' });
  await again.close();
  expect(await findings(data)).toEqual([]);
});
