/** Admission: what may run at once, in which order, and what is refused. */
import { Admission } from '../../../src/store/mongodb/admission';

const MB = 1024 * 1024;
const limits = { bytes: 10 * MB, small: { running: 2, waiting: 3 }, large: { running: 4, waiting: 2 } };
const patience = 60_000;

/** Work that ends when it is told to. */
function held(): { readonly done: Promise<void>; end(): void } {
  let end: () => void = () => undefined;
  const done = new Promise<void>((resolve) => { end = resolve; });
  return { done, end };
}
/** Lets everything that can go on go on. */
const settle = () => new Promise((resolve) => { setImmediate(resolve); });

describe('Admission', () => {
  test('runs first in, first out, no more bytes at once than the limit', async () => {
    const admission = new Admission(limits);
    const started: string[] = [];
    const works = { a: held(), b: held(), c: held(), d: held() };
    const run = (name: keyof typeof works, bytes: number) => admission.run(bytes, { patience }, () => { started.push(name); return works[name].done; });
    const all = [run('a', 4 * MB), run('b', 5 * MB), run('c', 3 * MB), run('d', MB)];
    await settle();
    // d would fit beside a and b, but c came before it.
    expect(started).toEqual(['a', 'b']);
    works.a.end();
    await settle();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    for (const work of Object.values(works)) work.end();
    await Promise.all(all);
  });

  test('small ones do not wait for large ones', async () => {
    const admission = new Admission(limits);
    const [large, small] = [held(), held()];
    const first = admission.run(10 * MB, { patience }, () => large.done);
    const waiting = admission.run(10 * MB, { patience }, () => Promise.resolve('large'));
    const beside = admission.run(1000, { patience }, () => { small.end(); return Promise.resolve('small'); });
    await small.done;
    expect(await beside).toBe('small');
    large.end();
    await first;
    expect(await waiting).toBe('large');
  });

  test('beyond the queue: 503 with Retry-After', async () => {
    const admission = new Admission(limits);
    const work = held();
    const running = [1, 2, 3, 4, 5].map(() => admission.run(10, { patience }, () => work.done));
    await expect(admission.run(10, { patience }, () => Promise.resolve())).rejects.toMatchObject({ status: 503, headers: { 'Retry-After': expect.any(String) } });
    work.end();
    await Promise.all(running);
    await expect(admission.run(10, { patience }, () => Promise.resolve('again'))).resolves.toBe('again');
  });

  test('what waits too long leaves the queue: 503, and those behind it move up', async () => {
    const admission = new Admission(limits);
    const [work, ran] = [held(), held()];
    const first = admission.run(8 * MB, { patience }, () => work.done);
    const late = admission.run(8 * MB, { patience: 20 }, () => Promise.resolve('late'));
    const behind = admission.run(2 * MB, { patience }, () => { ran.end(); return Promise.resolve('behind'); });
    await expect(late).rejects.toMatchObject({ status: 503 });
    await ran.done;
    expect(await behind).toBe('behind');
    work.end();
    await first;
  });

  test('more than one transaction may hold: 413 naming the setting, nothing is run', async () => {
    const ran: string[] = [];
    const refused = new Admission(limits).run(10 * MB + 1, { patience }, () => { ran.push('ran'); return Promise.resolve(); });
    await expect(refused).rejects.toMatchObject({ status: 413, message: expect.stringContaining('TRANSACTION_STORE_BYTES') });
    expect(ran).toEqual([]);
  });

  test('work that fails gives its place back', async () => {
    const admission = new Admission({ ...limits, small: { running: 1, waiting: 1 } });
    await expect(admission.run(10, { patience }, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(admission.run(10, { patience }, () => Promise.resolve('next'))).resolves.toBe('next');
  });

  test('whoever hangs up leaves the queue, and those behind move up', async () => {
    const admission = new Admission({ bytes: 10 * MB, small: { running: 1, waiting: 10 }, large: { running: 1, waiting: 10 } });
    const work = held();
    const client = new AbortController();
    const first = admission.run(1000, { patience }, () => work.done);
    const gone = admission.run(1000, { patience, signal: client.signal }, () => Promise.resolve('gone'));
    const behind = admission.run(1000, { patience, signal: client.signal }, () => Promise.resolve('gone too'));
    const last = admission.run(1000, { patience }, () => Promise.resolve('last'));
    client.abort(new Error('hung up'));
    await expect(gone).rejects.toThrow('hung up');
    await expect(behind).rejects.toThrow('hung up');
    work.end();
    await first;
    await expect(last).resolves.toBe('last');
  });
});
