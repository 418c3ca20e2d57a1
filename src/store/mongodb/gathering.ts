/**
 * Questions that wait together are asked together: while a group is on its way those that come gather, and the next group
 * takes them all. A group is formed when it is sent, so that nothing is answered by a state older than its question.
 */
interface Waiting<Q, A> {
  readonly question: Q;
  resolve(answer: A): void;
  reject(reason: unknown): void;
}

export interface Gathered<Q, A> {
  /** Asks a group. @returns its answers, in the order of the questions; an Error refuses that question alone */
  readonly ask: (questions: readonly Q[]) => Promise<readonly (A | Error)[]>;
  /** Most questions of one group. */
  readonly most: number;
  /** Groups on their way at once; 1 unless given. */
  readonly atOnce?: number;
  /** Whether what a group threw may be the fault of one of its questions: each is then asked again, alone. Never, unless given. */
  readonly isOfOne?: (thrown: unknown) => boolean;
}

export class Gathering<Q, A> {
  private waiting: Waiting<Q, A>[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private scheduled = false;

  constructor(private readonly gathered: Gathered<Q, A>) {}

  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ question, resolve, reject });
      this.schedule();
    });
  }

  /** Resolves once everything that was asked has its answer. */
  async idle(): Promise<void> {
    while (this.scheduled || this.underWay.size > 0) await (this.underWay.size > 0 ? Promise.race(this.underWay) : new Promise((resolve) => { setImmediate(resolve); }));
  }

  /** What came with the same turn of the event loop goes together. */
  private schedule(): void {
    if (this.scheduled || this.waiting.length === 0 || this.underWay.size >= (this.gathered.atOnce ?? 1)) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const running = this.send(this.waiting.splice(0, this.gathered.most)).finally(() => {
        this.underWay.delete(running);
        this.schedule();
      });
      this.underWay.add(running);
      this.schedule();
    });
  }

  private async send(group: readonly Waiting<Q, A>[]): Promise<void> {
    try {
      const answers = await this.gathered.ask(group.map(({ question }) => question));
      group.forEach(({ resolve, reject }, at) => {
        const answer = answers[at];
        if (answer instanceof Error) reject(answer);
        else resolve(answer as A);
      });
    } catch (thrown) {
      if (group.length > 1 && this.gathered.isOfOne?.(thrown) === true) await Promise.all(group.map((one) => this.send([one])));
      else for (const { reject } of group) reject(thrown);
    }
  }
}
