/** Time of the store: every transaction has an instant of its own, later than any before it. */
import { StoreClock } from '../../../src/store/embedded/writer/clock';

afterEach(() => jest.restoreAllMocks());
const machineSays = (...times: readonly number[]) => {
  const left = [...times];
  const now = jest.spyOn(Date, 'now').mockImplementation(() => (left.length > 1 ? left.shift() : left[0]) ?? 0);
  return now;
};

test('the instant of a transaction stays until it is settled', () => {
  machineSays(1000, 2000);
  const clock = new StoreClock(0);
  expect([clock.now(), clock.now(), clock.settle()]).toEqual([1000, 1000, 1000]);
  expect(clock.now()).toBe(2000);
});

test('a transaction that asked for none has none', () => {
  expect(new StoreClock(0).settle()).toBeUndefined();
});

test('a second transaction within a millisecond waits for the next one', () => {
  machineSays(1000, 1000, 1000, 1001);
  const clock = new StoreClock(1000);
  expect(clock.now()).toBe(1001);
});

test('when the machine clock was set back, time goes on from where it was', () => {
  machineSays(1000);
  const clock = new StoreClock(50_000);
  expect(clock.now()).toBe(50_001);
  clock.settle();
  expect(clock.now()).toBe(50_002);
});
