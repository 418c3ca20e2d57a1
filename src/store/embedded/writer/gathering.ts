/**
 * When to begin a transaction. Jobs that share one cost a third of what they cost alone, so while several callers are at
 * work the writer waits a moment for company; a caller who is alone hardly ever has to wait.
 */

/** ms */
const moment = 4;
/** Jobs that are enough to begin at once. */
const enough = 16;
/** Transactions begun at once after waiting was in vain. */
const discouraged = 24;

export class Gathering {
  private alone = discouraged;

  /** @returns ms to wait before beginning, 0 = at once */
  pause(waiting: number): number {
    return this.alone > 0 || waiting >= enough ? 0 : moment;
  }

  /** @param jobs that the transaction held, @param paused whether it was waited for company */
  begun(jobs: number, paused: boolean): void {
    if (jobs > 1) this.alone = 0;
    else if (paused) this.alone = discouraged;
    else if (this.alone > 0) this.alone--;
  }
}
