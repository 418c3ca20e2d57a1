import { Turns } from '../../src/operations/turns';

const later = <T>(value: T): Promise<T> => new Promise((resolve) => { setImmediate(() => resolve(value)); });

describe('turns', () => {
  it('are taken one after the other by one key, at the same time by different keys', async () => {
    const turns = new Turns();
    const log: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      log.push(`${name} begins`);
      await later(undefined);
      log.push(`${name} ends`);
    };
    await Promise.all([turns.take('a', work('a1')), turns.take('a', work('a2')), turns.take('b', work('b'))]);
    expect(log.indexOf('a1 ends')).toBeLessThan(log.indexOf('a2 begins'));
    expect(log.indexOf('b begins')).toBeLessThan(log.indexOf('a1 ends'));
  });

  it('go on after one that failed, whose caller alone hears of it', async () => {
    const turns = new Turns();
    const failed = turns.take('a', () => Promise.reject(new Error('x')));
    const next = turns.take('a', () => later('y'));
    await expect(failed).rejects.toThrow('x');
    await expect(next).resolves.toBe('y');
  });

  it('are forgotten when nobody waits for them', async () => {
    const turns = new Turns();
    const one = turns.take('a', () => later(1));
    expect(turns.taken('a')).toBe(true);
    await one;
    await later(undefined);
    expect(turns.taken('a')).toBe(false);
  });
});
