import { join } from 'node:path';
import { Failure } from '../../src/fhir/failure';
import type { Task } from '../../src/interactions/lane';
import { createLanes } from '../../src/interactions/lanes';

interface EchoInput { readonly said: string; readonly bytes?: Uint8Array }
interface EchoFacts { readonly thread: number; readonly size: number; readonly bytes?: Uint8Array }
type Echo = Task<EchoInput, EchoFacts, unknown, string, { text: string }>;
const registry = join(__dirname, '../support/lane-tasks.cjs');
const byName = new Map((jest.requireActual(registry) as { tasks: Task<never, never, never, never, never>[] }).tasks.map((task) => [task.name, task]));
const echo = byName.get('echo') as unknown as Echo;
const [refuse, stumble, die] = ['refuse', 'stumble', 'die'].map((name) => byName.get(name) as unknown as Task<object, undefined, unknown, string, undefined>) as [
  Task<object, undefined, unknown, string, undefined>, Task<object, undefined, unknown, string, undefined>, Task<object, undefined, unknown, string, undefined>];

const large = 300 * 1024;
const deaths: Error[] = [];
const lanes = createLanes({ registry, threads: 2, onDeath: (cause) => deaths.push(cause) });
afterAll(() => lanes.close());
const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'nothing failed', (error: unknown) => error);

describe('lanes', () => {
  it('works on small bodies on the main thread and on large ones elsewhere', async () => {
    const small = await lanes.open(echo, { said: 'a' }, 256 * 1024);
    const big = await lanes.open(echo, { said: 'a' }, 256 * 1024 + 1);
    expect(small.facts.thread).toBe(0);
    expect(big.facts.thread).not.toBe(0);
    small.close();
    big.close();
  });

  it('keeps the state between the two steps, which may be finished again', async () => {
    const opened = await lanes.open(echo, { said: 'hello' }, large);
    expect(await opened.finish('you')).toEqual({ text: 'hello you 1' });
    expect(await opened.finish('again')).toEqual({ text: 'hello again 2' });
    opened.close();
    expect(await failureOf(opened.finish('late'))).toBeInstanceOf(TypeError);
  });

  it('moves whole buffers there and back, and copies only what shares its memory', async () => {
    const whole = new Uint8Array(large).fill(7);
    const shared = Buffer.from('pooled');
    const first = await lanes.open(echo, { said: '', bytes: whole }, large);
    expect(whole.byteLength).toBe(0);
    expect(first.facts.bytes).toHaveLength(large);
    expect(first.facts.bytes?.every((byte) => byte === 7)).toBe(true);
    const second = await lanes.open(echo, { said: '', bytes: shared }, large);
    expect(shared.toString()).toBe('pooled');
    expect(Buffer.from(second.facts.bytes ?? []).toString()).toBe('pooled');
    first.close();
    second.close();
  });

  it.each([0, 1, 256, 257, 512, 5_000])('brings long lists across in pieces, whole and in order: %i', async (to) => {
    const count = byName.get('count') as unknown as Task<{ to: number }, { few: number[]; many: number[]; bytes: Uint8Array[] }, unknown, string, { one: number[][]; other: string[] }>;
    const numbers = Array.from({ length: to }, (_, index) => index);
    const [first, second] = await Promise.all([lanes.open(count, { to }, large), lanes.open(count, { to: 3 }, large)]);
    expect([first.facts.few, first.facts.many, first.facts.bytes.map(([byte]) => byte)]).toEqual([[1, 2], numbers, [1, 2]]);
    expect(second.facts.many).toEqual([0, 1, 2]);
    expect(await first.finish('')).toEqual({ one: numbers.map((number) => [number]), other: Array.from({ length: 300 }, (_, index) => String(index)) });
    first.close();
    second.close();
  });

  it('brings a failure across with its status, issues and headers', async () => {
    const failure = await failureOf(lanes.open(refuse, {}, large));
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ failure: 'too-deep', status: 400, headers: { 'Retry-After': '9' } });
    expect((failure as Failure).issues[0]?.diagnostics).toContain('3 levels');
  });

  it('brings any other error across as an error that is not the caller’s fault', async () => {
    const error = await failureOf(lanes.open(stumble, {}, large));
    expect(error).not.toBeInstanceOf(Failure);
    expect(error).toMatchObject({ message: 'a fault of ours' });
  });

  it('answers unavailable when a thread dies, and works on with a new one', async () => {
    const doomed = await lanes.open(die, {}, large);
    const beside = await lanes.open(echo, { said: 'x' }, large);
    expect(await failureOf(doomed.finish(''))).toMatchObject({ failure: 'unavailable', status: 503, headers: { 'Retry-After': '1' } });
    expect(await failureOf(doomed.finish(''))).toMatchObject({ failure: 'unavailable' });
    doomed.close();
    beside.close();
    expect(deaths).toHaveLength(1);
    const after = await lanes.open(echo, { said: 'still' }, large);
    expect(await after.finish('here')).toEqual({ text: 'still here 1' });
    after.close();
  });
});
