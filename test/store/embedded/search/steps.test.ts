/**
 * Small data ends in the first step of a search. Here the first step is one row, so that walks are resumed, ties gathered
 * and drivers counted as they are over much data.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inSnapshot, openReadConnection } from '../../../../src/store/embedded/connection';
import { grantToWire } from '../../../../src/store/embedded/grant-wire';
import { readNames } from '../../../../src/store/embedded/names';
import { openEmbedded } from '../../../../src/store/embedded/open';
import { Meter } from '../../../../src/store/embedded/search/context';
import { searchPage } from '../../../../src/store/embedded/search/page';
import type { Store } from '../../../../src/store/port';
import { answersAsTheOracle } from '../../../contract/search.contract';

const silent = { warn: () => undefined, error: () => undefined };

describe('searches of the embedded store that begin with one row', () => {
  answersAsTheOracle(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'passerelle-test-'));
    const store = await openEmbedded({ directory: folder, identity: { domain: 'test' }, log: silent });
    const connection = openReadConnection(folder);
    const names = readNames(connection);
    const stepping: Store = Object.assign(Object.create(store) as Store, {
      search: async ({ grant, plan }: Parameters<Store['search']>[0]) => inSnapshot(connection, () => searchPage(connection, names, { grant: grantToWire(grant), plan }, new Meter(undefined, 1))),
    });
    return {
      store: stepping,
      close: async () => {
        connection.close();
        await store.close();
        rmSync(folder, { recursive: true });
      },
    };
  });
});
