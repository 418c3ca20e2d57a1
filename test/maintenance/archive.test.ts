/** An export is taken whole or refused, wherever it was cut or changed; an interrupted import goes on. */
import { Readable } from 'node:stream';
import { archiveHeader, exportStore } from '../../src/maintenance/export';
import { ArchiveRefused, type ArchiveHeader } from '../../src/maintenance/archive/format';
import { checkArchive, importStore } from '../../src/maintenance/import';
import { indexEntries } from '../../src/search/indexer';
import { openEmbedded, StoreRefused } from '../../src/store/embedded/open';
import { DamagedStore, RestoreRefused } from '../../src/store/upkeep';
import type { WholeStore } from '../contract/moved';
import { bytesOf, ins, keyOf, listOf, operator, owned, put, written } from '../contract/support';
import { filledStore, inDatabase, indexOf, openFolder, type Filled } from './filled';

const log = { warn: () => undefined, error: () => undefined };
const index = { bases: ['https://here.example/fhir'], timeZone: 'Europe/Paris' };
const ignore = (): void => undefined;

const open: WholeStore[] = [];
async function memory(domain: 'test' | 'production' = 'test'): Promise<WholeStore> {
  const store = await openEmbedded({ directory: 'memory:', identity: { domain }, log });
  open.push(store);
  return store;
}
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});

async function bytesOfStore(store: WholeStore, change: (header: ArchiveHeader) => ArchiveHeader = (header) => header): Promise<Buffer> {
  return Buffer.concat(await listOf(exportStore(store, change(await archiveHeader(store, 1000)), ignore, { size: 2000, records: 4 })));
}
const imported = (store: WholeStore, bytes: Buffer, step = 100_000) => importStore(store, Readable.from(pieces(bytes, step)), index, ignore);
function* pieces(bytes: Buffer, step: number): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

let archive: Buffer;
let expected: unknown;
const dumped = async (store: WholeStore) => (await listOf(store.dump())).filter(({ kind }) => kind !== 'secret');

beforeAll(async () => {
  const store = await memory();
  await written(store, put('Patient', 'p', { access: owned('p'), claims: [ins('1')] }));
  for (let at = 0; at < 12; at++) await written(store, put('Basic', `b${at}`, { rest: `,"code":{"text":"${'x'.repeat(at * 100)}"}` }), put('Patient', 'p', { access: owned('p'), claims: [ins('1')] }));
  await written(store, put('Binary', 'bytes', { content: await store.stage(bytesOf(Buffer.alloc(3000, 'ab')), 'text/plain') }));
  for (const request of ['r1', 'r2', 'r3', 'r4', 'r5', 'r6']) await store.appendAudit({ at: 1, actor: { kind: 'operator' }, interaction: 'read', patients: [], status: 200, request });
  archive = await bytesOfStore(store);
  expected = await dumped(store);
});

test('what was exported is imported, in pieces of any size, and a second time nothing is written', async () => {
  for (const step of [1, 7, 100_000]) {
    const store = await memory();
    expect(await imported(store, archive, step)).toMatchObject({ skipped: 0 });
    expect(await dumped(store)).toEqual(expected);
    expect(await imported(store, archive)).toBeUndefined();
    expect(await dumped(store)).toEqual(expected);
  }
});

test('the head of an export can be read by anyone, and names what it holds', () => {
  const head: unknown = JSON.parse(archive.subarray(0, archive.indexOf(10)).toString());
  expect(head).toMatchObject({ format: 'passerelle-store', version: 1, made: 1000, store: { store: 'embedded', domain: 'test', tenant: 'default' } });
});

describe('an export', () => {
  const places = Array.from({ length: 40 }, (_, at) => Math.floor((at * 997) % 6000) / 6000);

  test('that is cut anywhere is refused, and imported afterwards as if nothing had been', async () => {
    const store = await memory();
    for (const place of [...places].sort((one, other) => one - other)) {
      await expect(imported(store, archive.subarray(0, Math.floor(place * archive.length)))).rejects.toThrow(ArchiveRefused);
    }
    await expect(imported(store, archive.subarray(0, archive.length - 1))).rejects.toThrow(ArchiveRefused);
    const rest = await imported(store, archive);
    expect(rest?.skipped).toBe(rest?.frames);
    expect(await dumped(store)).toEqual(expected);
  });

  test('in which a byte was changed is refused', async () => {
    for (const place of places) {
      const changed = Buffer.from(archive);
      const at = archive.indexOf(10) + 1 + Math.floor(place * (archive.length - archive.indexOf(10) - 2));
      changed.writeUInt8((changed.readUInt8(at) + 1) % 256, at);
      await expect(checkArchive(Readable.from([changed]), ignore)).rejects.toThrow(ArchiveRefused);
    }
  });

  test('whose head was changed is refused at its end', async () => {
    const changed = Buffer.concat([Buffer.from(archive.subarray(0, 400).toString('latin1').replace('"made":1000', '"made":2000'), 'latin1'), archive.subarray(400)]);
    await expect(checkArchive(Readable.from([changed]), ignore)).rejects.toThrow(/changed/);
  });

  test.each([
    ['nothing', ''], ['something else', 'PK\u0003\u0004'], ['a line that does not end', 'x'.repeat(100_000)], ['other JSON', '{"resourceType":"Bundle"}\n'], ['a list', '[]\n'],
  ])('is not %s', async (_, text) => {
    await expect(checkArchive(Readable.from([Buffer.from(text)]), ignore)).rejects.toThrow('This is not an export of a store.');
  });

  test('behind which something stands is refused', async () => {
    await expect(checkArchive(Readable.from([archive, Buffer.from('\n')]), ignore)).rejects.toThrow(ArchiveRefused);
  });

  test('of a newer format, another domain or another tenant is refused, and the store left empty', async () => {
    const source = await memory();
    await written(source, put('Basic', 'a'));
    const [test, production] = [await memory(), await memory('production')];
    await expect(imported(test, await bytesOfStore(source, (header) => ({ ...header, version: 2 })))).rejects.toThrow(/newer version/);
    await expect(imported(test, await bytesOfStore(source, (header) => ({ ...header, store: { ...header.store, tenant: 'other' } })))).rejects.toThrow(RestoreRefused);
    await expect(imported(production, await bytesOfStore(source))).rejects.toThrow(/IDENTITY_DOMAIN/);
    for (const store of [test, production]) expect(await store.restoreState()).toEqual({ kind: 'empty' });
  });

  test('does not go into a store that holds something else', async () => {
    const [occupied, begun] = [await memory(), await memory()];
    await written(occupied, put('Basic', 'mine'));
    await expect(imported(occupied, archive)).rejects.toThrow(RestoreRefused);
    await expect(imported(begun, archive.subarray(0, archive.length / 2))).rejects.toThrow(ArchiveRefused);
    await expect(imported(begun, await bytesOfStore(occupied))).rejects.toThrow(/another export/);
  });
});

describe('a store that a server left behind', () => {
  let filled: Filled;
  beforeAll(async () => {
    filled = await filledStore();
  });
  afterAll(() => filled.end());

  test('is not served while an import into it is unfinished; the import goes on in another process, audit log and all', async () => {
    const source = await openFolder(filled.data);
    const bytes = await bytesOfStore(source);
    const whole = await listOf(source.dump());
    await source.close();
    const target = filled.empty();
    for (const part of [0.2, 0.5, 0.9]) {
      const store = await openFolder(target, true);
      await expect(importStore(store, Readable.from([bytes.subarray(0, Math.floor(part * bytes.length))]), index, ignore)).rejects.toThrow(ArchiveRefused);
      // What an interrupted batch would have left in the log, which is a file of its own.
      if (part < 0.5) await store.appendAudit({ at: 5, actor: { kind: 'operator' }, interaction: 'read', patients: [], status: 200, request: 'half a batch' });
      await store.close();
      await expect(openFolder(target)).rejects.toThrow(StoreRefused);
    }
    const store = await openFolder(target, true);
    expect((await importStore(store, Readable.from([bytes]), index, ignore))?.skipped).toBeGreaterThan(0);
    await store.close();
    const served = await openFolder(target);
    const bare = (records: typeof whole) => records.map((record) => (record.kind === 'resource' ? { ...record, entries: undefined } : record));
    expect(bare(await listOf(served.dump()))).toEqual(bare(whole));
    await served.close();
  });

  test('of another version of the index gets its entries from its texts', async () => {
    const source = await openFolder(filled.data);
    const long = { resourceType: 'Basic', id: 'long', meta: {}, code: { coding: [{ code: 'c', display: 'x'.repeat(1_200_000) }] } };
    const target = await memory();
    await source.close();
    const data = filled.copy();
    const changed = await openFolder(data);
    await written(changed, put('Basic', 'long', { rest: `,"code":{"coding":[{"code":"c","display":"${'x'.repeat(1_200_000)}"}]}` }));
    const bytes = await bytesOfStore(changed, (header) => ({ ...header, store: { ...header.store, indexer: 0 } }));
    await changed.close();
    await importStore(target, Readable.from([bytes]), indexOf(filled.settings), ignore);
    const entries = new Map((await listOf(target.dump())).flatMap((record) => (record.kind === 'resource' && record.entries ? [[`${record.type}/${record.id}`, record.entries]] : [])));
    expect(entries.get('Basic/long')?.token).toEqual(indexEntries(long, indexOf(filled.settings)).token.map(({ param, code, system, mark }) => ({ param, code, system, mark })));
    expect([...entries.keys()].filter((key) => key.startsWith('Observation/')).length).toBeGreaterThan(3);
  });

  test.each([
    ['text', 'UPDATE body SET b = replace(b, \'"final"\', \'"other"\')', /its hash/],
    ['version', 'DELETE FROM past WHERE version = 1', /is not there/],
    ['chunk', 'DELETE FROM chunk', /chunk 0 is not there/],
  ])('with a damaged %s is not exported as if nothing were', async (_, damage, words) => {
    const data = filled.copy();
    inDatabase(data, (database) => database.exec(damage));
    const store = await openFolder(data);
    const failure: unknown = await bytesOfStore(store).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(DamagedStore);
    expect((failure as Error).message).toMatch(words);
    await store.close();
  });

  test('tells what is where as before', async () => {
    const source = await openFolder(filled.data);
    const target = await memory();
    await importStore(target, Readable.from([await bytesOfStore(source)]), index, ignore);
    const { types, contents, claims, rules, oldest, newest } = await source.statistics();
    expect(await target.statistics()).toMatchObject({ types, contents, claims, rules, oldest, newest });
    expect(types.find(({ type }) => type === 'DocumentReference')?.live).toBe((await source.search({ grant: operator, plan: { types: ['DocumentReference'], where: { kind: 'all' }, sort: [], includes: [], total: 'accurate', page: { count: 0 } } })).total);
    expect(await target.read(operator, keyOf('Patient', 'nobody'))).toBeUndefined();
    await source.close();
  });
});
