/**
 * The lanes of `lane.ts`: small bodies are worked on at once, on the main thread; larger ones on parse threads, which
 * start when the first of them is needed. A thread that dies takes its sessions with it and nothing else: the calls that
 * wait for it fail as `unavailable`, and the next large body gets a new thread.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fail } from '../fhir/failure.js';
import { joined, movable, unpackFailure, type FromLane, type Slice, type ToLane } from './lane-wire.js';
import type { Lanes, Opened, Task } from './lane.js';

export interface LanesOptions {
  /** Absolute path of a compiled module that exports `tasks: readonly Task[]`. */
  readonly registry: string;
  /** Most parse threads. */
  readonly threads: number;
  /** Bodies over this many bytes go to a parse thread. */
  readonly threshold?: number;
  /** Told when a thread dies unasked. */
  readonly onDeath?: (cause: Error) => void;
}

/** A body of this size keeps the main thread for some milliseconds at most. */
const usualThreshold = 256 * 1024;
/** MB of JavaScript heap of one thread: a body of 50 MB in the worst shape (tiny values) fits, and a runaway ends. */
const heapLimit = 3072;

const lost = (): Error => fail('unavailable', { reason: 'The work on this body was interrupted. Send the request again.' }, { headers: { 'Retry-After': '1' } });

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  /** What has come of the result. */
  readonly slices: Slice[];
}

/** One parse thread, seen from the main thread. */
class ParseThread {
  private readonly waiting = new Map<number, Waiting>();
  private readonly worker: Worker;
  private lastCall = 0;
  private lastSession = 0;
  /** Sessions that are open, or about to be. */
  load = 0;
  dead = false;

  constructor(registry: string, onDeath: (thread: ParseThread, cause: Error) => void) {
    this.worker = new Worker(join(__dirname, 'lane-worker.js'), { workerData: { registry }, resourceLimits: { maxOldGenerationSizeMb: heapLimit } });
    this.worker.unref();
    this.worker.on('message', (message: FromLane) => this.settle(message));
    let cause = new Error('The parse thread ended');
    this.worker.on('error', (error) => { cause = error; });
    this.worker.on('exit', () => {
      this.dead = true;
      for (const { reject } of this.waiting.values()) reject(lost());
      this.waiting.clear();
      onDeath(this, cause);
    });
  }

  private settle(message: FromLane): void {
    const waiting = this.waiting.get(message.call);
    if ('slice' in message) {
      waiting?.slices.push(message.slice);
      setImmediate(() => this.worker.postMessage({ kind: 'next', call: message.call } satisfies ToLane));
      return;
    }
    this.waiting.delete(message.call);
    if (this.waiting.size === 0) this.worker.unref();
    // A large result took its time to arrive: the loop turns before it is worked on.
    if ('failure' in message) waiting?.reject(unpackFailure(message.failure));
    else setImmediate(() => waiting?.resolve(joined(waiting.slices, message.result)));
  }

  private ask(message: (call: number) => ToLane, buffers: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.dead) return Promise.reject(lost());
    return new Promise((resolve, reject) => {
      const call = ++this.lastCall;
      this.worker.postMessage(message(call), buffers);
      this.waiting.set(call, { resolve, reject, slices: [] });
      // A process must not end while somebody waits for an answer.
      this.worker.ref();
    });
  }

  async open<I, F, S, R, O>(task: Task<I, F, S, R, O>, input: I): Promise<Opened<F, R, O>> {
    const session = ++this.lastSession;
    let open = true;
    const close = (): void => {
      if (!open) return;
      open = false;
      this.load--;
      if (!this.dead) this.worker.postMessage({ kind: 'close', session } satisfies ToLane);
    };
    this.load++;
    try {
      const { value, buffers } = movable(input);
      const facts = (await this.ask((call) => ({ kind: 'open', call, session, task: task.name, input: value }), buffers)) as F;
      return {
        facts, close,
        finish: async (resolution) => {
          if (!open) throw new TypeError('The session is closed');
          return (await this.ask((call) => ({ kind: 'finish', call, session, resolution }))) as O;
        },
      };
    } catch (error) {
      close();
      throw error;
    }
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

/** Work on the main thread: nothing crosses, nothing is copied. */
function openHere<I, F, S, R, O>(task: Task<I, F, S, R, O>, input: I): Opened<F, R, O> {
  const { facts, session } = task.open(input);
  return { facts, finish: async (resolution) => task.finish(session, resolution), close: () => undefined };
}

/** @returns the lanes, and `close`, which ends the threads (the calls that wait fail as `unavailable`) */
export function createLanes({ registry, threads, threshold = usualThreshold, onDeath = () => undefined }: LanesOptions): Lanes & { close(): Promise<void> } {
  let running: ParseThread[] = [];
  let closing = false;

  const buried = (thread: ParseThread, cause: Error): void => {
    running = running.filter((other) => other !== thread);
    if (!closing) onDeath(cause);
  };

  /** An idle thread, else a new one while there may be more, else the one with the least to do. */
  function choose(): ParseThread {
    const least = [...running].sort((one, other) => one.load - other.load)[0];
    if (least && (least.load === 0 || running.length >= threads)) return least;
    const started = new ParseThread(registry, buried);
    running.push(started);
    return started;
  }

  return {
    async open(task, input, bytes) {
      if (bytes <= threshold) return openHere(task, input);
      if (closing) throw lost();
      return choose().open(task, input);
    },
    async close() {
      closing = true;
      await Promise.all(running.map((thread) => thread.end()));
    },
  };
}
