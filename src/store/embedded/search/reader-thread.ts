/** What a reader thread runs: one search or page of a history at a time on a read-only connection of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { inSnapshot, openReadConnection } from '../connection.js';
import { historyPage } from '../history/page.js';
import { readNames } from '../names.js';
import type { ReaderRequest, ReaderResult } from '../engine.js';
import type { Explanation } from '../../search/explanation.js';
import { explainSearch } from './explain.js';
import { halting, ready } from './halt.js';
import { searchPage, type SearchRequest } from './page.js';
import { failureAnswer, type ThreadAnswer } from './reader-pool.js';

const { folder, halt } = workerData as { readonly folder: string; readonly halt: Int32Array };
const connection = halting(openReadConnection(folder), halt);
ready(halt);
const names = readNames(connection);

async function answer(request: ReaderRequest): Promise<ThreadAnswer<ReaderResult>> {
  try {
    if ('explain' in request) return { result: explain(request) };
    if (!('history' in request)) return { result: inSnapshot(connection, () => searchPage(connection, names, request)) };
    return { result: await duringSnapshot(() => historyPage(connection, names, request)) };
  } catch (thrown) {
    return failureAnswer(thrown);
  }
}

function explain(request: SearchRequest): Explanation {
  const planner = openReadConnection(folder);
  try {
    return inSnapshot(connection, () => explainSearch(connection, names, request, planner));
  } finally {
    planner.close();
  }
}

/** The pool gives a thread one request at a time, so that nothing else meets this snapshot. */
async function duringSnapshot<T>(work: () => Promise<T>): Promise<T> {
  connection.exec('BEGIN');
  try {
    return await work();
  } finally {
    connection.exec('COMMIT');
  }
}
parentPort?.on('message', (request: ReaderRequest) => void answer(request).then((answered) => parentPort?.postMessage(answered)));
