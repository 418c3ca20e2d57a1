/** The embedded store keeps the contract, in a folder and in memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../../src/store/embedded/open';
import { storeContract } from './store.contract';
import type { Subject } from './support';

const log = { warn: () => undefined, error: () => undefined };
const identity = { domain: 'test' } as const;

async function inFolder(): Promise<Subject> {
  const directory = mkdtempSync(join(tmpdir(), 'passerelle-contract-'));
  const subject: Subject = {
    store: await openEmbedded({ directory, identity, log }),
    async reopen() {
      await subject.store.close();
      subject.store = await openEmbedded({ directory, identity, log });
    },
    async end() {
      await subject.store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return subject;
}

async function inMemory(): Promise<Subject> {
  const store = await openEmbedded({ directory: 'memory:', identity, log });
  return { store, reopen: () => Promise.reject(new Error('It forgets')), end: () => store.close() };
}

storeContract('The embedded store in a folder', { lasting: true }, inFolder);
storeContract('The embedded store in memory', { lasting: false }, inMemory);
