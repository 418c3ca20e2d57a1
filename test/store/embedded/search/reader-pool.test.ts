import { join } from 'node:path';
import { ReaderPool } from '../../../../src/store/embedded/search/reader-pool';

interface Request { readonly act: 'echo' | 'refuse' | 'break' | 'die' | 'hang' | 'slow' | 'count'; readonly value?: number }
interface Result { readonly value?: number; readonly threadId: number }

const pools: ReaderPool<Request, Result>[] = [];
function pool(more: Partial<ConstructorParameters<typeof ReaderPool>[0]> = {}): ReaderPool<Request, Result> {
  const made = new ReaderPool<Request, Result>({ module: join(__dirname, 'reader.cjs'), workerData: {}, threads: 1, patience: 20_000, queue: 10, ...more });
  pools.push(made);
  return made;
}
afterEach(() => Promise.all(pools.splice(0).map((each) => each.close())));

describe('a pool of reader threads', () => {
  it('answers each search with its own result', async () => {
    const readers = pool({ threads: 2, queue: 50 });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, value) => readers.run({ act: 'echo', value })));
    expect(answers.map(({ value }) => value)).toEqual(Array.from({ length: 20 }, (_, value) => value));
    expect(new Set(answers.map(({ threadId }) => threadId)).size).toBeLessThanOrEqual(2);
  });

  it('passes a failure on as a failure, and a fault as a fault', async () => {
    const readers = pool();
    await expect(readers.run({ act: 'refuse' })).rejects.toMatchObject({ name: 'Failure', failure: 'too-costly', status: 422, message: 'too far' });
    await expect(readers.run({ act: 'break' })).rejects.toThrow('TypeError: no');
    expect(await readers.run({ act: 'echo', value: 1 })).toMatchObject({ value: 1 });
  });

  it('replaces a thread that dies: its search fails unavailable, those that wait are answered', async () => {
    const readers = pool();
    const [dying, waiting] = await Promise.allSettled([readers.run({ act: 'die' }), readers.run({ act: 'echo', value: 2 })]);
    expect(dying).toMatchObject({ status: 'rejected', reason: { failure: 'unavailable', status: 503 } });
    expect(waiting).toMatchObject({ status: 'fulfilled', value: { value: 2 } });
  });

  it('gives up a search that does not end, and its thread with it', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const readers = pool();
    const answers = Promise.allSettled([readers.run({ act: 'hang' }), readers.run({ act: 'echo', value: 3 })]);
    jest.advanceTimersByTime(20_000);
    jest.useRealTimers();
    const [hanging, waiting] = await answers;
    expect(hanging).toMatchObject({ status: 'rejected', reason: { failure: 'too-costly' } });
    expect(waiting).toMatchObject({ status: 'fulfilled', value: { value: 3 } });
  });

  it('ends no thread within a statement, which would take the process along', async () => {
    for (let round = 0; round < 3; round++) {
      const readers = pool({ patience: 300 });
      await expect(readers.run({ act: 'count' })).rejects.toMatchObject({ failure: 'too-costly' });
      expect(await readers.run({ act: 'echo', value: round })).toMatchObject({ value: round });
      const last = expect(readers.run({ act: 'count' })).rejects.toMatchObject({ failure: 'unavailable' });
      await readers.close();
      await last;
    }
  });

  it('has others wait for no search that takes long', async () => {
    const readers = pool();
    const endless = expect(readers.run({ act: 'hang' })).rejects.toMatchObject({ failure: 'unavailable' });
    expect(await readers.run({ act: 'echo', value: 8 })).toMatchObject({ value: 8 });
    await readers.close();
    await endless;
  });

  it('lets a caller go, whether the search runs or waits, and goes on with the others', async () => {
    const readers = pool();
    const [running, waiting] = [new AbortController(), new AbortController()];
    const answers = [readers.run({ act: 'slow' }, running.signal), readers.run({ act: 'echo', value: 4 }, waiting.signal), readers.run({ act: 'echo', value: 5 })];
    running.abort(new Error('gone'));
    waiting.abort(new Error('gone too'));
    const settled = await Promise.allSettled(answers);
    expect(settled).toMatchObject([{ reason: { message: 'gone' } }, { reason: { message: 'gone too' } }, { value: { value: 5 } }]);
  });

  it('refuses more searches than may wait', async () => {
    const readers = pool({ queue: 2 });
    const answers = await Promise.allSettled(Array.from({ length: 4 }, (_, value) => readers.run(value === 0 ? { act: 'slow' } : { act: 'echo', value })));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    expect(answers[3]).toMatchObject({ reason: { failure: 'throttled', headers: { 'Retry-After': '1' } } });
  });

  it('ends what runs and waits when it is closed, and takes nothing more', async () => {
    const readers = pool();
    const answers = Promise.allSettled([readers.run({ act: 'hang' }), readers.run({ act: 'echo', value: 6 })]);
    await readers.close();
    expect(await answers).toMatchObject([{ reason: { failure: 'unavailable' } }, { reason: { failure: 'unavailable' } }]);
    await expect(readers.run({ act: 'echo', value: 7 })).rejects.toMatchObject({ failure: 'unavailable' });
  });
});
