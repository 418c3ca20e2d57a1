import { byteRange } from '../../src/interactions/byte-range';

const whole = { kind: 'whole' };
const part = (lo: number, hi: number) => ({ kind: 'part', lo, hi });
const unsatisfiable = { kind: 'unsatisfiable' };

/** RFC 9110 section 14.1.2, its own examples first. */
test.each<[string | undefined, number, object]>([
  ['bytes=0-499', 10_000, part(0, 500)],
  ['bytes=500-999', 10_000, part(500, 1000)],
  ['bytes=-500', 10_000, part(9500, 10_000)],
  ['bytes=9500-', 10_000, part(9500, 10_000)],
  ['bytes=0-0', 10_000, part(0, 1)],
  ['bytes=0-', 10, part(0, 10)],
  ['bytes=5-100', 10, part(5, 10)],
  ['bytes=-100', 10, part(0, 10)],
  ['BYTES=1-2', 10, part(1, 3)],
  ['bytes=10-', 10, unsatisfiable],
  ['bytes=10-11', 10, unsatisfiable],
  ['bytes=-0', 10, unsatisfiable],
  ['bytes=0-', 0, unsatisfiable],
  ['bytes=-5', 0, unsatisfiable],
  [undefined, 10, whole],
  ['bytes=5-2', 10, whole],
  ['bytes=-', 10, whole],
  ['bytes=a-b', 10, whole],
  ['bytes=0-1,4-5', 10, whole],
  ['items=0-1', 10, whole],
  ['bytes=9999999999999999-', 10, whole],
  ['', 10, whole],
])('Range: %s of %d bytes', (header, size, expected) => {
  expect(byteRange(header, size)).toEqual(expected);
});
