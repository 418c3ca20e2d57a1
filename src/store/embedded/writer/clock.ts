/**
 * The store's clock: every transaction has an instant of its own, later than any before it, so that `lastUpdated` grows
 * strictly for each resource and a page's instant is a safe next `_since` and a snapshot marker (rules 1.3, 6.8).
 */
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** How far behind the last instant the machine's clock may be for us to wait for it, ms; beyond that it was set back. */
const patience = 20;

export class StoreClock {
  private current: number | undefined;

  /** @param last instant of the last transaction, ms UTC */
  constructor(private last: number) {}

  /** The instant of the transaction that is open. */
  now(): number {
    this.current ??= this.next();
    return this.current;
  }
  /** @returns the instant to be kept with the transaction, undefined when nobody asked for one */
  settle(): number | undefined {
    const { current } = this;
    this.last = current ?? this.last;
    this.current = undefined;
    return current;
  }

  /** No transaction from now on bears this instant or an earlier one. */
  raise(instant: number): void {
    this.last = Math.max(this.last, instant);
  }

  private next(): number {
    for (;;) {
      const now = Date.now();
      if (now > this.last) return now;
      if (this.last - now > patience) return this.last + 1;
      Atomics.wait(sleeper, 0, 0, this.last + 1 - now);
    }
  }
}
