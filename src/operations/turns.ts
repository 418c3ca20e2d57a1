/** One after the other, by key: in this process only. Keys that nobody waits for are forgotten. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Whether somebody has, or waits for, this key. */
  taken(key: string): boolean {
    return this.last.has(key);
  }

  /** Runs `work` when all that took the same key before are done, whatever became of them. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.then(() => undefined, () => undefined);
    this.last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.last.get(key) === settled) this.last.delete(key);
    }
  }
}
