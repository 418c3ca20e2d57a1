/** What a reader thread runs: one search at a time on a read-only connection of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { inSnapshot, openReadConnection } from '../connection.js';
import { readNames } from '../names.js';
import type { SearchPage } from '../../port.js';
import { searchPage, type SearchRequest } from './page.js';
import { failureAnswer, type ThreadAnswer } from './reader-pool.js';

const { folder } = workerData as { readonly folder: string };
const connection = openReadConnection(folder);
const names = readNames(connection);

function answer(request: SearchRequest): ThreadAnswer<SearchPage> {
  try {
    return { result: inSnapshot(connection, () => searchPage(connection, names, request)) };
  } catch (thrown) {
    return failureAnswer(thrown);
  }
}
parentPort?.on('message', (request: SearchRequest) => parentPort?.postMessage(answer(request)));
