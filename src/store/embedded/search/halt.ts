/**
 * How a reader thread is told to stop. A thread must not be ended while the driver is at work: what libsql 0.5.29 then
 * hands over to a thread that is being ended takes the whole process with it. So each statement is entered and left
 * through one cell that both sides share, and a thread is ended outside of them only.
 */
import { tooCostly } from '../../search/budgets.js';
import type { Connection, Statement } from '../connection.js';

/** So it begins: a thread opens its connection before anything else. */
const asking = 0;
const free = 1;
const stopping = 2;

/** The side of the pool. */
export class Halt {
  readonly cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  /** From now on the thread enters no statement. @returns whether it is in none: it may be ended at once, else when it has answered */
  stop(): boolean {
    return Atomics.exchange(this.cell, 0, stopping) !== asking;
  }
}

const leave = (cell: Int32Array): number => Atomics.compareExchange(cell, 0, asking, free);

/** The side of the thread: its connection is open. @throws Failure `too-costly` when it is to stop already */
export function ready(cell: Int32Array): void {
  if (leave(cell) !== asking) throw tooCostly('time');
}

/** The same connection, on which nothing is asked once the thread is to stop. @throws Failure `too-costly` then */
export function halting(connection: Connection, cell: Int32Array): Connection {
  const through = <T>(ask: () => T): T => {
    if (Atomics.compareExchange(cell, 0, free, asking) !== free) throw tooCostly('time');
    try {
      return ask();
    } finally {
      leave(cell);
    }
  };
  const wrapped = (text: string): Statement => {
    const statement = through(() => connection.prepare(text));
    return {
      run: (...args) => through(() => statement.run(...args)),
      get: (...args) => through(() => statement.get(...args)),
      all: (...args) => through(() => statement.all(...args)),
    };
  };
  return {
    prepare: wrapped,
    exec: (text) => through(() => connection.exec(text)),
    get inTransaction() { return connection.inTransaction; },
    close: () => through(() => connection.close()),
  };
}
