import { setImmediate as later } from 'node:timers/promises';
import { Turns, type Touched } from '../../src/store/turns';

const waiting = { patience: 30_000 };

const alone = (...keys: string[]): Touched => ({ alone: keys, beside: [] });
const beside = (...keys: string[]): Touched => ({ alone: [], beside: keys });

/** Runs works at once. @returns what began and ended, in order */
async function run(...asked: readonly (readonly [name: string, touched: Touched])[]): Promise<string[]> {
  const turns = new Turns();
  const log: string[] = [];
  await Promise.all(asked.map(([name, touched]) => turns.take(touched, waiting, async () => {
    log.push(`${name}+`);
    for (let turn = 0; turn < 5; turn++) await later();
    log.push(`${name}-`);
  })));
  return log;
}

describe('writes that touch the same identifier', () => {
  it('go one after another, first come, first served', async () => {
    expect(await run(['a', alone('x')], ['b', alone('x', 'y')], ['c', alone('y')])).toEqual(['a+', 'a-', 'b+', 'b-', 'c+', 'c-']);
  });
  it('go side by side where none of them wants it alone', async () => {
    expect(await run(['a', beside('x')], ['b', beside('x')], ['c', alone('x')], ['d', beside('x')], ['e', beside('x', 'y')])).toEqual(['a+', 'b+', 'a-', 'b-', 'c+', 'c-', 'd+', 'e+', 'd-', 'e-']);
  });
  it('do not wait for others', async () => {
    expect(await run(['a', alone('x')], ['b', alone('y')], ['c', beside('z')])).toEqual(['a+', 'b+', 'c+', 'a-', 'b-', 'c-']);
  });
  it('do not wait for themselves', async () => {
    expect(await run(['a', { alone: ['x', 'x'], beside: ['x', 'y', 'y'] }], ['b', alone('y')])).toEqual(['a+', 'a-', 'b+', 'b-']);
  });
  it('do not wait for what failed', async () => {
    const turns = new Turns();
    const failed = turns.take(alone('x'), waiting, () => Promise.reject(new Error('refused')));
    const next = turns.take(alone('x'), waiting, async () => 'done');
    await expect(failed).rejects.toThrow('refused');
    expect(await next).toBe('done');
  });
  it('that waited too long are told to come back, and keep their place', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    try {
      const turns = new Turns();
      let end: () => void = () => undefined;
      const first = turns.take(alone('x'), waiting, () => new Promise<void>((resolve) => { end = resolve; }));
      const late = turns.take(alone('x'), waiting, async () => 'never').catch((error: { failure: string }) => error.failure);
      const last = turns.take(beside('x'), waiting, async () => 'after all');
      last.catch(() => undefined);
      jest.advanceTimersByTime(29_000);
      await later();
      const patient = turns.take(beside('x'), waiting, async () => 'patient');
      jest.advanceTimersByTime(2_000);
      expect(await late).toBe('unavailable');
      end();
      await first;
      expect(await patient).toBe('patient');
    } finally {
      jest.useRealTimers();
    }
  });
});
