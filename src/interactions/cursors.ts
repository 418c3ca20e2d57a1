/**
 * Page cursors: what the next page needs (criteria, position, snapshot), sealed with AES-256-GCM under keys that the
 * store keeps and rotates. The actor is part of what is authenticated, so that another caller's cursor does not open.
 */
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Actor } from '../access/actor.js';
import { fail } from '../fhir/failure.js';
import type { Store } from '../store/port.js';
import type { Cursors } from './services.js';

/** Two keys are kept and rotated daily: what was sealed opens for at least this long. */
export const cursorLifetime = 24 * 3_600_000;
/** Characters: a whole page link stays under 4 KB. */
export const cursorLimit = 3_800;

const secretName = 'page-cursors';
const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
const timeBytes = 6;
/** How long the keys are used without asking the store again. */
const keysFor = 60_000;

type Keys = Awaited<ReturnType<Store['secrets']>>;

/** The actor, not the token: a renewed token still turns the page. */
function actorText(actor: Actor): Buffer {
  const parts: readonly (string | undefined)[] =
    actor.kind === 'operator' ? [actor.name]
    : actor.kind === 'patient' ? [actor.ins.system, actor.ins.value]
    : actor.kind === 'professional' ? [actor.professional, actor.structure]
    : [actor.structure];
  return Buffer.from(JSON.stringify(['page cursor 1', actor.kind, ...parts]));
}

/** Many are drawn at once: one draw costs as much as hundreds. */
const ivPool = Buffer.alloc(ivBytes * 256);
let ivsUsed = ivPool.length;
function newIv(): Buffer {
  if (ivsUsed === ivPool.length) {
    randomFillSync(ivPool);
    ivsUsed = 0;
  }
  // A copy: the pool is drawn anew.
  return Buffer.from(ivPool.subarray(ivsUsed, ivsUsed += ivBytes));
}

/** What is short stays as it is: to deflate it costs more than all the rest of a page link. */
const shortContent = 640;
/** Before a content as it is; no stream of deflate begins so (its kind of block is reserved). */
const asItIs = Buffer.from([0xff]);

const packed = (content: string): Buffer[] => (Buffer.byteLength(content) <= shortContent ? [asItIs, Buffer.from(content)] : [deflateRawSync(content)]);
const unpacked = (bytes: Buffer): string => (bytes[0] === asItIs[0] ? bytes.subarray(1) : inflateRawSync(bytes)).toString();

function sealWith(key: Uint8Array, actor: Actor, plain: Buffer): string {
  const iv = newIv();
  const cipher = createCipheriv(algorithm, key, iv).setAAD(actorText(actor));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** @returns undefined when this key did not seal these bytes for this actor */
function openWith(key: Uint8Array, actor: Actor, sealed: Buffer): Buffer | undefined {
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
  decipher.setAAD(actorText(actor)).setAuthTag(sealed.subarray(-tagBytes));
  const plain = decipher.update(sealed.subarray(ivBytes, -tagBytes));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    // That the tag does not fit is the answer to the question.
    return undefined;
  }
}

function openWithAny(keys: Keys, actor: Actor, sealed: Buffer): Buffer | undefined {
  for (const { key } of keys) {
    const plain = openWith(key, actor, sealed);
    if (plain) return plain;
  }
  return undefined;
}

/** The bytes of a cursor as it was given out, to the last bit. */
function decode(cursor: string): Buffer | undefined {
  const bytes = cursor.length <= cursorLimit ? Buffer.from(cursor, 'base64url') : Buffer.alloc(0);
  return bytes.length > ivBytes + tagBytes + timeBytes && bytes.toString('base64url') === cursor ? bytes : undefined;
}

/**
 * @param store keeps the keys
 * @param clock ms UTC
 */
export function createCursors(store: Pick<Store, 'secrets'>, clock: () => number): Cursors {
  let known: { readonly keys: Keys; readonly at: number } | undefined;

  async function keys(maxAge: number): Promise<Keys> {
    const now = clock();
    if (!known || now - known.at > maxAge) known = { keys: await store.secrets(secretName), at: now };
    return known.keys;
  }

  return {
    async seal({ actor }, content) {
      const [newest] = await keys(keysFor);
      if (!newest) throw fail('unavailable', { reason: 'There is no key for page links yet. Try again.' });
      const time = Buffer.alloc(timeBytes);
      time.writeUIntBE(clock(), 0, timeBytes);
      const cursor = sealWith(newest.key, actor, Buffer.concat([time, ...packed(content)]));
      if (cursor.length > cursorLimit) {
        throw fail('too-costly', { reason: 'These criteria are too long for a link to the next page. Make them shorter, or ask for one page that holds the whole result (_count).' });
      }
      return cursor;
    },
    async unseal({ actor }, cursor) {
      const sealed = decode(cursor);
      // A key that another process has just made is not among those remembered here: ask the store once more.
      const plain = sealed && (openWithAny(await keys(keysFor), actor, sealed) ?? openWithAny(await keys(1000), actor, sealed));
      if (!plain) throw fail('bad-cursor', { reason: 'it was altered, is too old, or was given to another caller' });
      if (clock() - plain.readUIntBE(0, timeBytes) > cursorLifetime) throw fail('bad-cursor', { reason: 'it is older than 24 hours' });
      return unpacked(plain.subarray(timeBytes));
    },
  };
}
