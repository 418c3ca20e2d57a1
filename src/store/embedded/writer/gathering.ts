/**
 * When to begin a transaction. What it costs beside its jobs, above all the pages that each writes to the disk, is shared by
 * all of them: so the writer waits for company, as much of it as the callers who are at work can be expected to be. Who is
 * alone does not wait.
 */

/** Longest wait for company, ms: what some ten jobs of the larger kind take to be made. */
const patience = 24;
/** Jobs that are enough to begin at once. */
const enough = 16;
/** Of those who were met last, how many are waited for: the others are at work meanwhile, so that nobody stands idle. */
const share = 0.75;

export class Gathering {
  private wanted = 1;

  /** @param company jobs that a transaction held, and those that had come by its end */
  met(company: number): void {
    this.wanted = Math.min(enough, Math.ceil(company * share));
  }

  /** Whether so many jobs are not worth waiting with any longer. */
  isEnough(waiting: number): boolean {
    return waiting >= this.wanted;
  }

  /** @returns ms to wait at most before a transaction of so many jobs, 0 = begin at once */
  pause(waiting: number): number {
    return this.isEnough(waiting) ? 0 : patience;
  }
}
