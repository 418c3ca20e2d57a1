/** How long the answers to the questions of one Bundle may be together: they are all held until the last one is there. */
import { fail } from '../../fhir/failure.js';
import type { Limit } from '../services.js';
import type { InnerAnswer } from './inner-exchange.js';

export class AnswerRoom {
  private used = 0;
  constructor(private readonly limit: Limit) {}

  /**
   * Asks, where there is room for one more answer.
   * @throws Failure too-costly, and those of `ask`
   */
  async answer(ask: () => Promise<InnerAnswer>): Promise<InnerAnswer> {
    if (this.used > this.limit.value) throw fail('too-costly', { reason: `The answers of this Bundle are larger than a body may be (${this.limit.setting}). Ask for less, or in several Bundles.` });
    const answer = await ask();
    this.used += answer.text.length;
    return answer;
  }
}
