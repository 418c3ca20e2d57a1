/** Work that touches the same things goes one after another within this process, first come, first served. */
export class Turns {
  private readonly last = new Map<string, Promise<void>>();

  /** Runs `work` once everything that came before with one of the keys is over. */
  async take<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = new Set(keys.map((key) => this.last.get(key)).filter((turn) => turn !== undefined));
    let over: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => { over = resolve; });
    for (const key of keys) this.last.set(key, mine);
    try {
      await Promise.all(before);
      return await work();
    } finally {
      over();
      for (const key of keys) if (this.last.get(key) === mine) this.last.delete(key);
    }
  }
}
