/** Intervals of time (HL7 v3 datatypes, IVL<TS>): bounds, centre and width, as FHIR dateTimes of the precision that was written. */
import { durationOf, periodOf, spanOf, timeChoice } from '../../../src/documents/cda/datatypes/intervals';
import { plainReading } from '../../../src/documents/cda/datatypes/reading';
import { parseXml } from '../../../src/fhir/xml/door';
import type { XmlElement } from '../../../src/fhir/xml/tree';

const time = (inner: string, attributes = ''): XmlElement => parseXml(Buffer.from(`<effectiveTime xmlns="urn:hl7-org:v3"${attributes}>${inner}</effectiveTime>`), {});
const read = (inner: string, attributes = ''): { span: object; named: string[] } => {
  const named: string[] = [];
  return { span: spanOf(time(inner, attributes), plainReading('+01:00', 'Europe/Paris', (what) => named.push(what))), named };
};
const width = (value: string, unit: string): string => `<width value="${value}" unit="${unit}"/>`;

describe('an interval with a width', () => {
  it.each([
    ['<low value="20240131"/>', width('1', 'mo'), '2024-01-31', '2024-02-29'],
    ['<low value="20230131"/>', width('1', 'mo'), '2023-01-31', '2023-02-28'],
    ['<low value="20231130"/>', width('3', 'mo'), '2023-11-30', '2024-02-29'],
    ['<low value="20240229"/>', width('1', 'a'), '2024-02-29', '2025-02-28'],
    ['<low value="20240229"/>', width('0.5', 'a'), '2024-02-29', '2024-08-29'],
    ['<low value="20240228"/>', width('2', 'd'), '2024-02-28', '2024-03-01'],
    ['<low value="20240101"/>', width('2', 'wk'), '2024-01-01', '2024-01-15'],
    ['<low value="20240101"/>', width('48', 'h'), '2024-01-01', '2024-01-03'],
    ['<low value="2024"/>', width('2', 'a'), '2024', '2026'],
    ['<low value="2024"/>', width('24', 'mo'), '2024', '2026'],
    ['<low value="202411"/>', width('3', 'mo'), '2024-11', '2025-02'],
    ['<low value="20240115100000+0100"/>', width('90', 'min'), '2024-01-15T10:00:00+01:00', '2024-01-15T11:30:00+01:00'],
    ['<low value="202401152330"/>', width('1', 'h'), '2024-01-15T23:30:00+01:00', '2024-01-16T00:30:00+01:00'],
    ['<low value="20240115100000Z"/>', width('0.5', 'd'), '2024-01-15T10:00:00Z', '2024-01-15T22:00:00Z'],
    ['<low value="20240115100000.250+0100"/>', width('30', 's'), '2024-01-15T10:00:00.250+01:00', '2024-01-15T10:00:30.250+01:00'],
    ['<low value="20240115"/>', width('0', 'd'), '2024-01-15', '2024-01-15'],
    ['<high value="20240301"/>', width('1', 'd'), '2024-02-29', '2024-03-01'],
    ['<high value="20240331"/>', width('1', 'mo'), '2024-02-29', '2024-03-31'],
    ['<center value="20240110"/>', width('4', 'd'), '2024-01-08', '2024-01-12'],
    ['<center value="20240110120000+0100"/>', width('1', 'h'), '2024-01-10T11:30:00+01:00', '2024-01-10T12:30:00+01:00'],
    ['<low value="20240101"/><high value="20240108"/>', width('7', 'd'), '2024-01-01', '2024-01-08'],
  ])('%s and %s is from %s to %s', (bound, length, start, end) => {
    expect(read(bound + length)).toEqual({ span: { start, end }, named: [] });
  });

  it.each([
    ['days after a month', '<low value="202401"/>' + width('10', 'd'), { start: '2024-01' }],
    ['months after a year', '<low value="2024"/>' + width('3', 'mo'), { start: '2024' }],
    ['hours after a day', '<low value="20240101"/>' + width('5', 'h'), { start: '2024-01-01' }],
    ['half a month', '<low value="20240101"/>' + width('0.5', 'mo'), { start: '2024-01-01' }],
    ['another unit', '<low value="20240101"/>' + width('5', 'mg'), { start: '2024-01-01' }],
    ['a negative one', '<low value="20240101"/>' + width('-5', 'd'), { start: '2024-01-01' }],
    ['no number', '<low value="20240101"/>' + width('x', 'd'), { start: '2024-01-01' }],
    ['one past the year 9999', '<low value="20240101"/>' + width('9000', 'a'), { start: '2024-01-01' }],
    ['days around a year', '<center value="2024"/>' + width('4', 'd'), { start: '2024', end: '2024', moment: true }],
    ['alone', width('5', 'd'), {}],
    ['after a low that is unknown', '<low nullFlavor="UNK"/>' + width('5', 'd'), {}],
  ])('%s: what can be said is kept and the width is named', (_, inner, span) => {
    expect(read(inner)).toEqual({ span, named: ['effectiveTime: a width that gives no bound'] });
  });

  it('a width that contradicts its bounds is named, and the bounds stand', () => {
    expect(read(`<low value="20240101"/><high value="20240108"/>${width('3', 'd')}`)).toEqual({ span: { start: '2024-01-01', end: '2024-01-08' }, named: ['effectiveTime: a width beside both bounds'] });
  });

  it('a width that is null says nothing', () => {
    expect(read('<low value="20240101"/><width nullFlavor="UNK"/>')).toEqual({ span: { start: '2024-01-01' }, named: [] });
  });
});

describe('an interval', () => {
  it.each([
    ['', ' value="20240101"', { start: '2024-01-01', end: '2024-01-01', moment: true }],
    ['<center value="20240101"/>', '', { start: '2024-01-01', end: '2024-01-01', moment: true }],
    ['<low value="20240101"/><high value="20240101"/>', '', { start: '2024-01-01', end: '2024-01-01' }],
    ['<high value="2024"/>', '', { end: '2024' }],
    ['<low value="20240312"/><high value="2024"/>', '', { start: '2024-03-12', end: '2024' }],
    ['', ' nullFlavor="UNK"', {}],
  ])('%s%s', (inner, attributes, span) => {
    expect(read(inner, attributes)).toEqual({ span, named: [] });
  });

  // per-1: a Period does not end before it starts.
  it.each([
    ['<low value="20240102"/><high value="20240101"/>'], ['<low value="2025"/><high value="20241231"/>'], ['<low value="20240101100000+0100"/><high value="20240101085959Z"/>'],
  ])('that ends before it starts says nothing and is named: %s', (inner) => {
    expect(read(inner)).toEqual({ span: {}, named: ['effectiveTime: an interval that ends before it starts'] });
  });

  it('is a Period, or a moment', () => {
    const reading = plainReading('+01:00', 'Europe/Paris', () => undefined);
    expect(periodOf(time('<low value="20240101"/><width value="1" unit="d"/>'), reading)).toEqual({ start: '2024-01-01', end: '2024-01-02' });
    expect(timeChoice('effective', time('<center value="20240101"/>'), reading)).toEqual({ effectiveDateTime: '2024-01-01' });
    expect(timeChoice('effective', time('<low value="20240101"/><width value="1" unit="d"/>'), reading)).toEqual({ effectivePeriod: { start: '2024-01-01', end: '2024-01-02' } });
    expect(timeChoice('effective', time(''), reading)).toEqual({});
  });

  it.each([
    [width('7', 'd'), { value: 7, unit: 'd', system: 'http://unitsofmeasure.org', code: 'd' }],
    ['<low nullFlavor="UNK"/>' + width('2', 'wk'), { value: 2, unit: 'wk', system: 'http://unitsofmeasure.org', code: 'wk' }],
    ['<low value="2024"/>' + width('7', 'd'), undefined],
    [width('7', 'mg'), undefined],
    ['', undefined],
  ])('that only says how long is a Duration: %s', (inner, duration) => {
    expect(durationOf(time(inner))).toEqual(duration);
  });
});
