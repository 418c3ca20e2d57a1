/**
 * Admission of transactions: the server's cache holds everything that a transaction changes until it ends, so that the bytes
 * of all that run at once are bounded. First in, first out, in two lanes by size, so that small ones do not wait for bundles.
 */
import { fail } from '../../fhir/failure.js';
import { unavailable } from './faults.js';
import { reasonOf, type Waiting } from '../turns.js';

export interface AdmissionLimits {
  /** Bytes of all transactions of a lane that run at once, and of one (TRANSACTION_STORE_BYTES). */
  readonly bytes: number;
  readonly small: { readonly running: number; readonly waiting: number };
  readonly large: { readonly running: number; readonly waiting: number };
}
/** Up to this many bytes a transaction is small. */
const smallUpTo = 256 * 1024;
export const isSmall = (bytes: number): boolean => bytes <= smallUpTo;

const MB = 1024 * 1024;
export const bytesText = (bytes: number): string => (bytes >= MB ? `${Math.floor(bytes / MB)} MB` : `${bytes} bytes`);

interface InQueue { readonly bytes: number; readonly enter: () => void }

class Lane {
  private running = 0;
  private bytes = 0;
  private readonly waiting: InQueue[] = [];

  constructor(private readonly limits: { readonly running: number; readonly waiting: number }, private readonly mostBytes: number) {}

  async enter(bytes: number, how: Waiting): Promise<() => void> {
    if (this.waiting.length > 0 || !this.fits(bytes)) await this.wait(bytes, how);
    else this.take(bytes);
    return () => {
      this.running--;
      this.bytes -= bytes;
      this.admit();
    };
  }

  private wait(bytes: number, { patience, signal }: Waiting): Promise<void> {
    if (this.waiting.length >= this.limits.waiting) throw unavailable('Too many writes wait for the database.');
    return new Promise((resolve, reject) => {
      const ended = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', hangUp);
      };
      const leave = (reason: unknown): void => {
        ended();
        this.waiting.splice(this.waiting.indexOf(one), 1);
        reject(reason as Error);
        this.admit();
      };
      const one: InQueue = { bytes, enter: () => { ended(); resolve(); } };
      const hangUp = (): void => leave(reasonOf(signal));
      const timer = setTimeout(() => leave(unavailable('The write waited too long for the database.')), patience);
      signal?.addEventListener('abort', hangUp, { once: true });
      this.waiting.push(one);
    });
  }

  private fits(bytes: number): boolean {
    return this.running === 0 || (this.running < this.limits.running && this.bytes + bytes <= this.mostBytes);
  }
  private take(bytes: number): void {
    this.running++;
    this.bytes += bytes;
  }
  private admit(): void {
    for (let next = this.waiting[0]; next !== undefined && this.fits(next.bytes); next = this.waiting[0]) {
      this.waiting.shift();
      this.take(next.bytes);
      next.enter();
    }
  }
}

export class Admission {
  private readonly small: Lane;
  private readonly large: Lane;

  constructor(private readonly limits: AdmissionLimits) {
    this.small = new Lane(limits.small, limits.bytes);
    this.large = new Lane(limits.large, limits.bytes);
  }

  /**
   * Runs work of this many bytes when its turn has come.
   * @param how long it waits at most, and what ends that
   * @throws Failure `too-large` when it is more than one transaction may hold; `unavailable` when too many wait, or for too long
   */
  async run<T>(bytes: number, how: Waiting, work: () => Promise<T>): Promise<T> {
    if (bytes > this.limits.bytes) throw fail('too-large', { limit: `${bytesText(this.limits.bytes)} of texts and index entries in one step`, setting: 'TRANSACTION_STORE_BYTES' });
    const leave = await (isSmall(bytes) ? this.small : this.large).enter(bytes, how);
    try {
      return await work();
    } finally {
      leave();
    }
  }
}
