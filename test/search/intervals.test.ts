/**
 * Dates and quantities of any form, asked by any prefix, against intervals told plainly: whole seconds by the calendar and the
 * summer time of the European Union, masses as whole numbers of picograms.
 */
import fc from 'fast-check';
import { bind } from '../../src/access/grant';
import { bodyHalves } from '../../src/fhir/body';
import { parseJson, type JsonObject } from '../../src/fhir/json';
import { indexEntries } from '../../src/search/indexer';
import { parseSearch } from '../../src/search/query';
import { open, operator, put, written } from '../contract/support';
import { openTestStore } from '../support/stores';

const timeZone = 'Europe/Paris';
/** From `lo` (included) until `hi` (not included); undefined = without end. */
interface Span { readonly lo: bigint | undefined; readonly hi: bigint | undefined }

const less = (one: bigint | undefined, other: bigint | undefined): boolean => one === undefined || other === undefined || one < other;
const meet = (one: Span, other: Span): boolean => less(one.lo, other.hi) && less(other.lo, one.hi);
const holds = (outer: Span, inner: Span): boolean => (outer.lo === undefined || (inner.lo !== undefined && outer.lo <= inner.lo)) && (outer.hi === undefined || (inner.hi !== undefined && inner.hi <= outer.hi));
const above = ({ hi }: Span): Span => ({ lo: hi, hi: undefined });
const below = ({ lo }: Span): Span => ({ lo: undefined, hi: lo });

/** https://hl7.org/fhir/R4/search.html#prefix, word for word. */
const prefixes: Readonly<Record<string, (asked: Span, value: Span) => boolean>> = {
  '': holds, eq: holds, ne: (asked, value) => !holds(asked, value),
  gt: (asked, value) => meet(above(asked), value), lt: (asked, value) => meet(below(asked), value),
  ge: (asked, value) => meet(above(asked), value) || holds(asked, value), le: (asked, value) => meet(below(asked), value) || holds(asked, value),
  sa: (asked, value) => !meet(asked, value) && holds(above(asked), value), eb: (asked, value) => !meet(asked, value) && holds(below(asked), value),
};
const prefix = fc.constantFrom(...Object.keys(prefixes));

async function compared(resources: readonly string[], asks: readonly { readonly query: string; readonly ids: readonly string[] }[]): Promise<void> {
  const store = await openTestStore();
  try {
    await written(store, ...resources.map((text, at) => {
      const resource = parseJson(text) as JsonObject;
      return put('Observation', `o${at}`, { body: bodyHalves({ ...resource, id: `o${at}` }), entries: indexEntries(resource, { bases: [], timeZone }), access: open });
    }));
    for (const { query, ids } of asks) {
      const { plan } = parseSearch('Observation', query, { handling: 'strict', bases: [], timeZone, now: 0, page: { default: 100, max: 100 } });
      const found = (await store.search(bind(operator, plan))).matches.map(({ id }) => id).sort();
      expect([query, found.map((id) => [id, resources[Number(id.slice(1))]])]).toEqual([query, [...ids].sort().map((id) => [id, resources[Number(id.slice(1))]])]);
    }
  } finally {
    await store.close();
  }
}
const observation = (more: string): string => `{"resourceType":"Observation","status":"final","code":{"text":"x"},${more}}`;

/** Days since 1970 of a date of the Gregorian calendar (a month of 13 is January of the next year). */
function dayNumber(year: number, month: number, day: number): number {
  const [y, m] = month > 2 ? [year, month - 3] : [year - 1, month + 9];
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + Math.floor((153 * m + 2) / 5) + day - 1 - 719_468;
}
const lastSunday = (year: number, month: number): number => {
  const last = dayNumber(year, month + 1, 1) - 1;
  return last - ((last + 4) % 7);
};
/** Seconds since 1970 of a wall time in Paris: an hour ahead, two from the last Sunday of March, 1:00 UTC, until that of October. */
function inParis(year: number, month: number, day: number, seconds = 0): bigint {
  const winter = dayNumber(year, month, day) * 86_400 + seconds - 3_600;
  const start = lastSunday(year, 3) * 86_400 + 3_600;
  const end = lastSunday(year, 10) * 86_400 + 3_600;
  return BigInt(winter - 3_600 >= start && winter - 3_600 < end ? winter - 3_600 : winter);
}

const two = (number: number): string => String(number).padStart(2, '0');
interface Dated { readonly text: string; readonly span: { readonly lo: bigint; readonly hi: bigint } }
/** Dates around the ends of years, of Februaries and of summer times, to each precision. */
const dated: fc.Arbitrary<Dated> = fc.record({
  year: fc.integer({ min: 2019, max: 2025 }), monthDay: fc.constantFrom([1, 1], [12, 31], [2, 28], [2, 29], [3, 1], [3, 30], [3, 31], [10, 25], [10, 27], [10, 28], [6, 15]),
  precision: fc.constantFrom('year', 'month', 'day', 'minute', 'second'), seconds: fc.constantFrom(0, 59, 12 * 3_600, 86_399, 6 * 3_600 + 1_799), zone: fc.constantFrom('', 'Z', '+02:00', '-05:00', '+01:00'),
}).map(({ year, monthDay: [month = 1, given = 1], precision, seconds, zone }): Dated => {
  const leap = dayNumber(year, 3, 1) - dayNumber(year, 2, 1) === 29;
  const day = month === 2 && given === 29 && !leap ? 28 : given;
  if (precision === 'year') return { text: `${year}`, span: { lo: inParis(year, 1, 1), hi: inParis(year + 1, 1, 1) } };
  if (precision === 'month') return { text: `${year}-${two(month)}`, span: { lo: inParis(year, month, 1), hi: month === 12 ? inParis(year + 1, 1, 1) : inParis(year, month + 1, 1) } };
  const text = `${year}-${two(month)}-${two(day)}`;
  const next = dayNumber(year, month, day) + 1;
  if (precision === 'day') {
    const [y, m, d] = next === dayNumber(year, month + 1, 1) || (month === 12 && day === 31) ? [month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1] : [year, month, day + 1];
    return { text, span: { lo: inParis(year, month, day), hi: inParis(y, m, d) } };
  }
  const from = precision === 'minute' ? seconds - (seconds % 60) : seconds;
  const time = `T${two(Math.floor(from / 3_600))}:${two(Math.floor(from / 60) % 60)}${precision === 'minute' ? '' : `:${two(from % 60)}`}`;
  const utc = BigInt(dayNumber(year, month, day) * 86_400 + from);
  const ahead: Readonly<Record<string, bigint>> = { Z: 0n, '+02:00': 7_200n, '-05:00': -18_000n, '+01:00': 3_600n };
  // A wall time that the clocks skip or show twice is no case of this test: a zone says which one is meant.
  const named = zone === '' && (month === 3 || month === 10) ? 'Z' : zone;
  const lo = named === '' ? inParis(year, month, day, from) : utc - (ahead[named] ?? 0n);
  return { text: `${text}${time}${named}`, span: { lo, hi: lo + (precision === 'minute' ? 60n : 1n) } };
});

it('dates and periods of every precision, asked for by every prefix and precision', async () => {
  const stored = fc.tuple(fc.constantFrom('at', 'from', 'until', 'between'), dated, dated).map(([form, one, other]) => {
    const [first, last] = one.span.lo <= other.span.lo ? [one, other] : [other, one];
    // A dateTime that has a time has its seconds and its zone.
    const whole = ({ text }: Dated): string => (!text.includes('T') || /T\d\d:\d\d:\d\d./.test(text) ? text : `${text.slice(0, 10)}`);
    const again = (date: Dated): Dated => (whole(date) === date.text ? date : { text: whole(date), span: dayOf(whole(date)) });
    const [start, end] = [again(first), again(last)];
    if (form === 'at') return { text: observation(`"effectiveDateTime":"${start.text}"`), span: start.span };
    if (form === 'from') return { text: observation(`"effectivePeriod":{"start":"${start.text}"}`), span: { lo: start.span.lo, hi: undefined } };
    if (form === 'until') return { text: observation(`"effectivePeriod":{"end":"${end.text}"}`), span: { lo: undefined, hi: end.span.hi } };
    return { text: observation(`"effectivePeriod":{"start":"${start.text}","end":"${end.text}"}`), span: { lo: start.span.lo, hi: end.span.hi } };
  }).filter(({ span: { lo, hi } }) => less(lo, hi));
  await fc.assert(fc.asyncProperty(fc.array(stored, { minLength: 10, maxLength: 20 }), fc.array(fc.tuple(prefix, dated), { minLength: 40, maxLength: 60 }), async (resources, asks) => {
    await compared(resources.map(({ text }) => text), asks.map(([how, { text, span }]) => ({
      query: `date=${how}${text.replace('+', '%2B')}`, ids: resources.flatMap((resource, at) => (prefixes[how]?.(span, resource.span) ? [`o${at}`] : [])),
    })));
  }), { numRuns: 12 });
});
/** A date that is written to the day. */
function dayOf(text: string): { readonly lo: bigint; readonly hi: bigint } {
  const [year = 0, month = 1, day = 1] = text.split('-').map(Number);
  const last = dayNumber(year, month, day) + 1 === dayNumber(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1);
  return { lo: inParis(year, month, day), hi: !last ? inParis(year, month, day + 1) : month === 12 ? inParis(year + 1, 1, 1) : inParis(year, month + 1, 1) };
}

/** Powers of ten of a gram, in picograms. */
const units: Readonly<Record<string, bigint>> = { kg: 10n ** 15n, g: 10n ** 12n, mg: 10n ** 9n, ug: 10n ** 6n };
const literal = fc.tuple(fc.integer({ min: -20, max: 120 }), fc.integer({ min: 0, max: 3 }), fc.constantFrom(...Object.keys(units))).map(([digits, decimals, unit]) => {
  const sign = digits < 0 ? '-' : '';
  const padded = String(Math.abs(digits)).padStart(decimals + 1, '0');
  const text = decimals === 0 ? `${sign}${padded}` : `${sign}${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`;
  const one = (units[unit] ?? 0n) / 10n ** BigInt(decimals);
  return { text, unit, value: BigInt(digits) * one, half: one / 2n };
});
/** The smallest step between masses of this test: what is just above a number. */
const step = 1n;

it('quantities in any unit, with comparators and ranges, asked for by every prefix, precision and unit', async () => {
  const quantity = ({ text, unit }: { text: string; unit: string }, more = ''): string => `{"value":${text},"system":"http://unitsofmeasure.org","code":"${unit}"${more}}`;
  const stored = fc.tuple(fc.constantFrom('', '<', '<=', '>', '>='), literal).map(([comparator, given]) => {
    const value: Readonly<Record<string, Span>> = {
      '': { lo: given.value, hi: given.value + step }, '<': { lo: undefined, hi: given.value }, '<=': { lo: undefined, hi: given.value + step }, '>': { lo: given.value + step, hi: undefined }, '>=': { lo: given.value, hi: undefined },
    };
    return { text: observation(`"valueQuantity":${quantity(given, comparator === '' ? '' : `,"comparator":"${comparator}"`)}`), span: value[comparator] as Span };
  });
  const exact = new Set(['', 'eq', 'ne']);
  await fc.assert(fc.asyncProperty(fc.array(stored, { minLength: 10, maxLength: 25 }), fc.array(fc.tuple(prefix, literal), { minLength: 40, maxLength: 60 }), async (resources, asks) => {
    await compared(resources.map(({ text }) => text), asks.map(([how, { text, unit, value, half }]) => {
      const span: Span = exact.has(how) ? { lo: value - half, hi: value + half } : { lo: value, hi: value + step };
      return { query: `value-quantity=${how}${text}|http://unitsofmeasure.org|${unit}`, ids: resources.flatMap((resource, at) => (prefixes[how]?.(span, resource.span) ? [`o${at}`] : [])) };
    }));
  }), { numRuns: 12 });
});
