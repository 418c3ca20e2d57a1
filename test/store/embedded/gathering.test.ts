/** The writer waits for company only where company is to be had. */
import { Gathering } from '../../../src/store/embedded/writer/gathering';

/** After a transaction by whose end so many jobs were met. */
function after(company: number): Gathering {
  const gathering = new Gathering();
  gathering.met(company);
  return gathering;
}

test('one caller alone never waits', () => {
  expect(new Gathering().pause(1)).toBe(0);
  expect(after(1).pause(1)).toBe(0);
});

test('several callers make it wait, until nobody comes any more', () => {
  const gathering = after(3);
  expect(gathering.pause(1)).toBeGreaterThan(0);
  gathering.met(1);
  expect(gathering.pause(1)).toBe(0);
});

test('it waits for most of those who were met, not for the last of them', () => {
  const gathering = after(8);
  expect([1, 5, 6, 8].map((waiting) => gathering.isEnough(waiting))).toEqual([false, false, true, true]);
  expect(gathering.pause(5)).toBeGreaterThan(0);
  expect(gathering.pause(6)).toBe(0);
});

test('a full queue does not wait', () => {
  expect(after(120).pause(16)).toBe(0);
});
