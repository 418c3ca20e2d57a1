import { randomBytes } from 'node:crypto';
import type { Actor } from '../../src/access/actor';
import { decide } from '../../src/access/decide';
import { createCursors, cursorLifetime } from '../../src/interactions/cursors';

const nobody = { patientByIns: async () => undefined, practitioner: async () => undefined, organization: async () => undefined };
const grantOf = (actor: Actor, moment = 0) => decide(actor, nobody, moment);
const professional: Actor = { kind: 'professional', professional: '810000000001', structure: '1750000001' };
const failure = (name: string) => expect.objectContaining({ failure: name });

/** The two newest keys, as the store keeps them. */
function keyring() {
  let made = 0;
  const make = () => ({ id: String(++made), key: randomBytes(32) });
  let keys = [make()];
  return { secrets: async () => keys, rotate: () => void (keys = [make(), ...keys].slice(0, 2)) };
}
function setUp() {
  const ring = keyring();
  const time = { now: 1_800_000_000_000 };
  return { ring, time, cursors: createCursors(ring, () => time.now) };
}

test('what was sealed opens for the same actor, with another grant', async () => {
  const { cursors } = setUp();
  const content = '{"query":"name=Élodie&_sort=-date"}';
  const cursor = await cursors.seal(await grantOf(professional, 1), content);
  expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
  await expect(cursors.unseal(await grantOf({ ...professional }, 2), cursor)).resolves.toBe(content);
});

test.each([0, 1, 639, 640, 641, 5_000])('what is short and what is long comes back whole: %i characters', async (length) => {
  const { cursors } = setUp();
  const grant = await grantOf(professional);
  const contents = ['é'.repeat(length), '{'.repeat(length)];
  const sealed = await Promise.all(contents.map((content) => cursors.seal(grant, content)));
  await expect(Promise.all(sealed.map((cursor) => cursors.unseal(grant, cursor)))).resolves.toEqual(contents);
});

test('nothing of the content can be read in the cursor, and the same content never looks the same', async () => {
  const { cursors } = setUp();
  const grant = await grantOf(professional);
  const [one, other] = [await cursors.seal(grant, 'identifier=279035121518989'), await cursors.seal(grant, 'identifier=279035121518989')];
  expect(Buffer.from(one, 'base64url').toString('latin1')).not.toContain('279035121518989');
  expect(one).not.toBe(other);
});

test.each<[string, Actor]>([
  ['another professional', { kind: 'professional', professional: '810000000002', structure: '1750000001' }],
  ['the same professional in another structure', { kind: 'professional', professional: '810000000001', structure: '1750000002' }],
  ['the same professional without a structure', { kind: 'professional', professional: '810000000001' }],
  ['the software of the structure', { kind: 'system', structure: '1750000001' }],
  ['a patient', { kind: 'patient', ins: { system: '810000000001', value: '1750000001' } }],
  ['the operator', { kind: 'operator', name: '810000000001' }],
])('it does not open for %s', async (_, other) => {
  const { cursors } = setUp();
  const cursor = await cursors.seal(await grantOf(professional), 'x');
  await expect(cursors.unseal(await grantOf(other), cursor)).rejects.toEqual(failure('bad-cursor'));
});

test('a cursor with any one character changed does not open', async () => {
  const { cursors } = setUp();
  const grant = await grantOf(professional);
  const cursor = await cursors.seal(grant, 'some criteria');
  for (let at = 0; at < cursor.length; at++) {
    const changed = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
    await expect(cursors.unseal(grant, changed)).rejects.toEqual(failure('bad-cursor'));
  }
});

test.each(['', 'A', 'not base64!', 'A'.repeat(60), 'A'.repeat(100_000)])('%#: what never was a cursor is refused', async (text) => {
  const { cursors } = setUp();
  await expect(cursors.unseal(await grantOf(professional), text)).rejects.toEqual(failure('bad-cursor'));
});

test('it is valid for 24 hours and not a millisecond longer, over a rotation of the keys', async () => {
  const { cursors, ring, time } = setUp();
  const grant = await grantOf(professional);
  const cursor = await cursors.seal(grant, 'x');
  ring.rotate();
  time.now += cursorLifetime;
  await expect(cursors.unseal(grant, cursor)).resolves.toBe('x');
  time.now += 1;
  await expect(cursors.unseal(grant, cursor)).rejects.toEqual(failure('bad-cursor'));
});

test('it does not open once its key is gone', async () => {
  const { cursors, ring, time } = setUp();
  const grant = await grantOf(professional);
  const cursor = await cursors.seal(grant, 'x');
  ring.rotate();
  ring.rotate();
  time.now += 61_000;
  await expect(cursors.unseal(grant, cursor)).rejects.toEqual(failure('bad-cursor'));
});

test('a cursor of another process with a key of a moment ago opens', async () => {
  const { cursors, ring, time } = setUp();
  const grant = await grantOf(professional);
  await cursors.seal(grant, 'fills the memory of keys');
  ring.rotate();
  time.now += 2000;
  const cursor = await createCursors(ring, () => time.now).seal(grant, 'x');
  await expect(cursors.unseal(grant, cursor)).resolves.toBe('x');
});

test('criteria that make a link over 4 KB are refused before the link is given', async () => {
  const { cursors } = setUp();
  const grant = await grantOf(professional);
  await expect(cursors.seal(grant, randomBytes(2000).toString('hex'))).resolves.toHaveProperty('length', expect.any(Number));
  await expect(cursors.seal(grant, randomBytes(4000).toString('hex'))).rejects.toEqual(failure('too-costly'));
});
