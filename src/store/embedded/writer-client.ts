/** The writer thread as the main thread sees it: a request, then its answer when it is durable. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fail } from '../../fhir/failure.js';
import { buffersOf, type WirePart } from './wire.js';
import type { JobName, JobTable } from './writer/jobs.js';
import type { ToWriter, WriterData } from './writer/thread.js';
import type { Answer } from './writer/transactions.js';

interface Waiting {
  resolve(value: unknown): void;
  reject(reason: Error): void;
}

const unavailable = (reason: string): Error => fail('unavailable', { reason }, { headers: { 'Retry-After': '5' } });

export class WriterClient {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private lastNumber = 0;
  private ended: Error | undefined;

  /** @param onEnd told when the thread ends by itself, with the cause */
  constructor(data: WriterData, private readonly onEnd: (cause: Error) => void) {
    this.worker = new Worker(join(__dirname, 'writer', 'thread.js'), { workerData: data });
    this.worker.on('message', (answers: readonly Answer[]) => answers.forEach((answer) => this.settle(answer)));
    this.worker.on('error', (cause) => this.end(cause instanceof Error ? cause : new Error(String(cause))));
    this.worker.on('exit', () => this.end(new Error('The writer thread has ended')));
  }

  /**
   * Resolves when what was asked for is durable.
   * @throws Failure `unavailable` when the file cannot be written
   */
  request<J extends JobName>(job: J, payload: JobTable[J][0], transfer: readonly ArrayBuffer[] = [], number = this.next()): Promise<JobTable[J][1]> {
    return this.send({ number, job, payload }, transfer) as Promise<JobTable[J][1]>;
  }

  /** Sends some writes ahead of the request of the same number. */
  part(number: number, part: WirePart): void {
    this.post({ number, part }, buffersOf(part));
  }

  /** The number of a request that begins with parts. */
  next(): number {
    return ++this.lastNumber;
  }

  /** Puts everything into the database file and empties the log of changes. */
  flush(): Promise<unknown> {
    return this.send({ number: this.next(), order: 'flush' });
  }

  async close(): Promise<void> {
    if (this.ended !== undefined) return;
    const closed = this.send({ number: this.next(), order: 'close' });
    this.ended = new Error('The store is closed');
    const left = new Promise((resolve) => this.worker.once('exit', resolve));
    await closed;
    await left;
  }

  /** Why nothing can be written, if so. */
  get fault(): Error | undefined {
    return this.ended;
  }

  private send(message: ToWriter, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.ended !== undefined) return Promise.reject(unavailable('The store does not take writes.'));
    return new Promise((resolve, reject) => {
      this.waiting.set(message.number, { resolve, reject });
      this.post(message, transfer);
    });
  }

  private post(message: ToWriter, transfer: readonly ArrayBuffer[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  private settle(answer: Answer): void {
    const waiting = this.waiting.get(answer.number);
    this.waiting.delete(answer.number);
    if ('value' in answer) waiting?.resolve(answer.value);
    else if ('unavailable' in answer) waiting?.reject(unavailable(`The store cannot write now (${answer.unavailable}).`));
    else waiting?.reject(new Error(answer.error));
  }

  private end(cause: Error): void {
    const unasked = this.ended === undefined;
    this.ended ??= cause;
    for (const { reject } of this.waiting.values()) reject(unavailable('The store has stopped.'));
    this.waiting.clear();
    if (unasked) this.onEnd(cause);
  }
}
