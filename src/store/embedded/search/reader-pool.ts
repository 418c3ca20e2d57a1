/**
 * Reader threads: what may take longer than a look-up runs here, so that the event loop only waits. A thread has a
 * read-only connection of its own and does one search at a time; one that dies is replaced and its search fails
 * `unavailable`; one that does not answer in time is given up.
 */
import { Worker } from 'node:worker_threads';
import { Failure, fail, type FailureCode, type Issue } from '../../../fhir/failure.js';
import { Halt } from './halt.js';

/** What a thread answers: the result, or the failure as data (a class does not cross between threads). */
export type ThreadAnswer<Result> =
  | { readonly result: Result }
  | { readonly failure: FailureCode; readonly status: number; readonly issues: readonly Issue[] }
  | { readonly broken: string };

export interface ReaderPoolOptions {
  /** Path of the compiled module that a thread runs; it asks nothing of a driver but through `halting`, by the cell `halt` in its data. */
  readonly module: string;
  readonly workerData: object;
  /** Threads for searches that do not take long, and as many more beside those that do; each is started when first needed. */
  readonly threads: number;
  /** ms after which a search is given up and its thread replaced. */
  readonly patience: number;
  /** Searches that may wait; more are refused `throttled`. */
  readonly queue: number;
}

interface Job {
  readonly request: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (cause: unknown) => void;
}
interface Thread {
  readonly worker: Worker;
  readonly halt: Halt;
  job?: Job | undefined;
  /** Its search takes long. */
  long?: boolean;
  timers?: readonly NodeJS.Timeout[] | undefined;
}

/** ms after which a search is long: those that come later no longer wait for its thread. */
const long = 1_000;

export class ReaderPool<Request, Result> {
  private readonly threads = new Set<Thread>();
  /** Given up, and still within a statement. */
  private readonly leaving = new Map<Thread, () => void>();
  private readonly waiting: Job[] = [];
  private closed = false;

  constructor(private readonly options: ReaderPoolOptions) {}

  /**
   * @throws Failure of the search itself; `unavailable` when its thread died, `too-costly` when it took too long,
   * `throttled` when too many wait; the reason of the signal when it was aborted
   */
  run(request: Request, signal?: AbortSignal): Promise<Result> {
    if (this.closed) return Promise.reject(fail('unavailable', { reason: 'The store is closing.' }));
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (this.waiting.length >= this.options.queue) return Promise.reject(fail('throttled', {}, { headers: { 'Retry-After': '1' } }));
    return new Promise<Result>((resolve, reject) => {
      const abandon = () => {
        const place = this.waiting.indexOf(job);
        if (place >= 0) this.waiting.splice(place, 1);
        reject(signal?.reason as Error);
      };
      const settled = <Value>(settle: (value: Value) => void) => (value: Value) => {
        signal?.removeEventListener('abort', abandon);
        settle(value);
      };
      const job: Job = { request, resolve: settled((result: unknown) => resolve(result as Result)), reject: settled(reject) };
      signal?.addEventListener('abort', abandon, { once: true });
      this.waiting.push(job);
      this.hand();
    });
  }

  /** Ends the threads; searches under way and waiting fail `unavailable`. */
  async close(): Promise<void> {
    this.closed = true;
    const closing = fail('unavailable', { reason: 'The store is closing.' });
    for (const job of this.waiting.splice(0)) job.reject(closing);
    await Promise.all([...this.threads].map((thread) => {
      this.retire(thread, closing);
      return this.end(thread);
    }));
  }

  private hand(): void {
    while (this.waiting.length > 0) {
      const thread = [...this.threads].find(({ job }) => job === undefined) ?? (this.hasRoom ? this.start() : undefined);
      if (!thread) return;
      this.give(thread, this.waiting.shift() as Job);
    }
  }

  private get hasRoom(): boolean {
    const quick = [...this.threads].filter((thread) => thread.long !== true).length;
    return quick < this.options.threads && this.threads.size + this.leaving.size < this.options.threads * 2;
  }

  private give(thread: Thread, job: Job): void {
    thread.job = job;
    thread.worker.ref();
    const { patience } = this.options;
    thread.timers = [
      setTimeout(() => {
        thread.long = true;
        this.hand();
      }, long),
      setTimeout(() => {
        this.retire(thread, fail('too-costly', { reason: `The search took longer than ${patience / 1000} seconds. Make it narrower.` }));
        void this.end(thread);
        this.hand();
      }, patience),
    ];
    for (const timer of thread.timers) timer.unref();
    thread.worker.postMessage(job.request);
  }

  /** Ends the thread, as soon as it is in no statement. */
  private async end(thread: Thread): Promise<void> {
    if (!thread.halt.stop()) {
      await new Promise<void>((resolve) => this.leaving.set(thread, resolve));
      this.leaving.delete(thread);
    }
    await thread.worker.terminate();
    this.hand();
  }

  private start(): Thread {
    const halt = new Halt();
    const worker = new Worker(this.options.module, { workerData: { ...this.options.workerData, halt: halt.cell } });
    const thread: Thread = { worker, halt };
    this.threads.add(thread);
    const died = () => {
      this.leaving.get(thread)?.();
      this.retire(thread, fail('unavailable', { reason: 'The search was interrupted. Send it again.' }));
      this.hand();
    };
    worker.on('message', (answer: ThreadAnswer<Result>) => this.answered(thread, answer));
    worker.on('error', died);
    worker.on('exit', died);
    worker.unref();
    return thread;
  }

  private answered(thread: Thread, answer: ThreadAnswer<Result>): void {
    const { job } = thread;
    settle(thread);
    thread.worker.unref();
    this.leaving.get(thread)?.();
    if (job && 'result' in answer) job.resolve(answer.result);
    else if (job && 'failure' in answer) job.reject(new Failure(answer.failure, answer.status, answer.issues));
    else if (job && 'broken' in answer) job.reject(new Error(answer.broken));
    this.hand();
    this.thin(thread);
  }

  /** One that has nothing to do goes when there are more than enough. */
  private thin(thread: Thread): void {
    if (thread.job !== undefined || this.threads.size <= this.options.threads || !this.threads.delete(thread)) return;
    void this.end(thread);
  }

  private retire(thread: Thread, cause: Failure): void {
    this.threads.delete(thread);
    const { job } = thread;
    settle(thread);
    job?.reject(cause);
  }
}

function settle(thread: Thread): void {
  for (const timer of thread.timers ?? []) clearTimeout(timer);
  thread.timers = undefined;
  thread.long = false;
  thread.job = undefined;
}

/** The thread's side of an answer that is a failure. */
export function failureAnswer(thrown: unknown): ThreadAnswer<never> {
  if (thrown instanceof Failure) return { failure: thrown.failure, status: thrown.status, issues: thrown.issues };
  return { broken: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'unknown cause' };
}
