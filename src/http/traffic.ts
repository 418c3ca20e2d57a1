/** The requests under way: how many, and when there are none left (a client that hung up may leave its step still running). */
export class Traffic {
  private underWay = 0;
  private waiting: (() => void)[] = [];

  get count(): number {
    return this.underWay;
  }
  enter(): void {
    this.underWay++;
  }
  leave(): void {
    this.underWay--;
    if (this.underWay > 0) return;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
  /** Resolves once nothing is under way. */
  idle(): Promise<void> {
    return this.underWay === 0 ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }
}
