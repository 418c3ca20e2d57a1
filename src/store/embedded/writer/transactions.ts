/** Group commit: jobs that wait together share one durable transaction, each in a savepoint of its own. */
import type { Connection } from '../connection.js';
import type { StoreClock } from './clock.js';
import { StepLater } from './conflict.js';
import { conflictAnswer, type JobName, type Jobs, type JobTable } from './jobs.js';

export interface Request {
  readonly number: number;
  readonly job: JobName;
  readonly payload: JobTable[JobName][0];
}
/** `unavailable`: the file cannot be written now; `error`: a fault of ours, as text for the log. */
export type Answer = { readonly number: number } & ({ readonly value: unknown } | { readonly unavailable: string } | { readonly error: string });

/** Most jobs in one transaction: bounds how long the first waits for the last. */
const groupSize = 64;

/** Disk full, unreadable, read-only, out of memory: the machine's fault, told as such. */
const machineFaults = /^SQLITE_(FULL|IOERR|READONLY|NOMEM|CANTOPEN|CORRUPT|NOTADB)/;

export function faultOf(thrown: unknown): { readonly unavailable: string } | { readonly error: string } {
  const code = (thrown as { code?: unknown }).code;
  if (typeof code === 'string' && machineFaults.test(code)) return { unavailable: code };
  return { error: thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown) };
}

export class Transactions {
  constructor(private readonly connection: Connection, private readonly jobs: Jobs, private readonly clock: StoreClock) {}

  /**
   * Runs the first jobs of a queue in one transaction, durable when this returns, and takes them from the queue.
   * @returns their answers
   */
  run(queue: Request[]): Answer[] {
    const taken: Request[] = [];
    const answers: Answer[] = [];
    try {
      this.connection.exec('BEGIN IMMEDIATE');
      for (let request = queue[0]; request !== undefined && taken.length < groupSize; request = queue[0]) {
        const answer = this.step(request, taken.length === 0);
        if (answer === undefined) break;
        taken.push(request);
        queue.shift();
        answers.push(answer);
      }
      const instant = this.clock.settle();
      if (instant !== undefined) this.connection.prepare("UPDATE meta SET value = ? WHERE key = 'clock'").run(instant);
      this.connection.exec('COMMIT');
      return answers;
    } catch (thrown) {
      return this.lose(thrown, taken.length > 0 ? taken : queue.splice(0, 1));
    } finally {
      this.jobs.ended();
    }
  }

  /** @returns undefined when the job has to wait for the next transaction */
  private step({ number, job, payload }: Request, first: boolean): Answer | undefined {
    this.connection.prepare('SAVEPOINT step').run();
    try {
      const value = (this.jobs.handlers[job] as (payload: unknown) => unknown)(payload);
      this.connection.prepare('RELEASE step').run();
      this.jobs.settled();
      return { number, value };
    } catch (thrown) {
      this.jobs.undone();
      // SQLite has given the whole transaction up: every job of it is lost.
      if (!this.connection.inTransaction) throw thrown;
      this.connection.exec('ROLLBACK TO step; RELEASE step');
      if (thrown instanceof StepLater && !first) return undefined;
      const conflict = conflictAnswer(thrown);
      return conflict === undefined ? { number, ...faultOf(thrown) } : { number, value: conflict };
    }
  }

  private lose(thrown: unknown, requests: readonly Request[]): Answer[] {
    if (this.connection.inTransaction) this.connection.exec('ROLLBACK');
    this.clock.settle();
    this.jobs.lost();
    return requests.map(({ number }) => ({ number, ...faultOf(thrown) }));
  }
}
