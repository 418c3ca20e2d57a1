/** Questions that wait together are asked together, and answered each for itself. */
import { Gathering } from '../../../src/store/mongodb/gathering';

/** Groups as they were sent, each answered when it is told to. */
function manual(more: { readonly most?: number; readonly atOnce?: number; readonly isOfOne?: () => boolean } = {}) {
  const sent: { readonly questions: readonly number[]; answer(): void; fail(reason: unknown): void }[] = [];
  const gathering = new Gathering<number, string>({
    most: 10, ...more,
    ask: (questions) => new Promise((resolve, reject) => { sent.push({ questions, answer: () => resolve(questions.map((question) => `answer ${question}`)), fail: reject }); }),
  });
  return { gathering, sent, groups: () => sent.map(({ questions }) => questions) };
}
/** Everything that is due has run. */
const turn = async (): Promise<void> => { for (let count = 0; count < 3; count++) await new Promise((resolve) => { setImmediate(resolve); }); };

describe('Questions that wait together', () => {
  test('go together when they came in one turn, and while others are on their way', async () => {
    const { gathering, sent, groups } = manual();
    const first = [gathering.ask(1), gathering.ask(2)];
    await turn();
    const second = [gathering.ask(3), gathering.ask(4)];
    await turn();
    expect(groups()).toEqual([[1, 2]]);
    sent[0]?.answer();
    expect(await Promise.all(first)).toEqual(['answer 1', 'answer 2']);
    await turn();
    expect(groups()).toEqual([[1, 2], [3, 4]]);
    sent[1]?.answer();
    expect(await Promise.all(second)).toEqual(['answer 3', 'answer 4']);
  });

  test('go in groups of a bounded size, so many at once', async () => {
    const { gathering, sent, groups } = manual({ most: 2, atOnce: 2 });
    const answers = Promise.all([1, 2, 3, 4, 5].map((question) => gathering.ask(question)));
    await turn();
    expect(groups()).toEqual([[1, 2], [3, 4]]);
    sent[1]?.answer();
    await turn();
    expect(groups()).toEqual([[1, 2], [3, 4], [5]]);
    sent[0]?.answer();
    sent[2]?.answer();
    expect(await answers).toEqual([1, 2, 3, 4, 5].map((question) => `answer ${question}`));
  });

  test('fail together where the fault is none of theirs', async () => {
    const { gathering, sent, groups } = manual();
    const answers = Promise.allSettled([gathering.ask(1), gathering.ask(2)]);
    await turn();
    sent[0]?.fail('down');
    expect(await answers).toEqual([{ status: 'rejected', reason: 'down' }, { status: 'rejected', reason: 'down' }]);
    expect(groups()).toEqual([[1, 2]]);
  });

  test('are asked again alone where one of them may be to blame, and once only', async () => {
    const { gathering, sent, groups } = manual({ isOfOne: () => true });
    const answers = Promise.allSettled([gathering.ask(1), gathering.ask(2)]);
    await turn();
    sent[0]?.fail('hostile');
    await turn();
    expect(groups()).toEqual([[1, 2], [1], [2]]);
    sent[1]?.fail('hostile');
    sent[2]?.answer();
    expect(await answers).toEqual([{ status: 'rejected', reason: 'hostile' }, { status: 'fulfilled', value: 'answer 2' }]);
  });

  test('are refused one by one where an answer is an error', async () => {
    const gathering = new Gathering<number, number>({ most: 10, ask: async (questions) => questions.map((question) => (question === 2 ? new Error('no') : question)) });
    expect(await Promise.allSettled([1, 2, 3].map((question) => gathering.ask(question)))).toMatchObject([{ value: 1 }, { reason: new Error('no') }, { value: 3 }]);
  });

  test('have all their answers once it is idle', async () => {
    const { gathering, sent } = manual({ most: 1 });
    const answers = [gathering.ask(1), gathering.ask(2)];
    let idle = false;
    const ended = gathering.idle().then(() => { idle = true; });
    await turn();
    sent[0]?.answer();
    await turn();
    expect(idle).toBe(false);
    sent[1]?.answer();
    await ended;
    expect(await Promise.all(answers)).toEqual(['answer 1', 'answer 2']);
  });
});
