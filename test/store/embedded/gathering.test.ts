/** The writer waits for company only where company is to be had. */
import { Gathering } from '../../../src/store/embedded/writer/gathering';

test('one caller alone hardly ever waits', () => {
  const gathering = new Gathering();
  for (let transaction = 0; transaction < 20; transaction++) {
    expect(gathering.pause(1)).toBe(0);
    gathering.begun(1, false);
  }
});

test('several callers make it wait, until nobody comes any more', () => {
  const gathering = new Gathering();
  gathering.begun(3, false);
  expect(gathering.pause(1)).toBeGreaterThan(0);
  gathering.begun(2, true);
  expect(gathering.pause(1)).toBeGreaterThan(0);
  gathering.begun(1, true);
  expect(gathering.pause(1)).toBe(0);
});

test('a full queue does not wait', () => {
  const gathering = new Gathering();
  gathering.begun(3, false);
  expect(gathering.pause(1000)).toBe(0);
});

test('after a while alone it tries again', () => {
  const gathering = new Gathering();
  let tries = 0;
  for (let transaction = 0; transaction < 100; transaction++) {
    const paused = gathering.pause(1) > 0;
    if (paused) tries++;
    gathering.begun(1, paused);
  }
  expect(tries).toBeGreaterThan(0);
  expect(tries).toBeLessThan(10);
});
