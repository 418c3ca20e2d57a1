/** Date entries (https://hl7.org/fhir/R4/search.html#date): the interval that a date, a Period or a Timing covers; of a Timing the outer limits. */
import { dateInterval, type Interval } from '../../fhir/date.js';
import { isObject, type JsonObject } from '../../fhir/json.js';
import type { Run, Visit } from './run.js';

const timed = (value: unknown, run: Run): Interval | undefined => (typeof value === 'string' ? dateInterval(value, run.options.timeZone) : undefined);

/** An open side is without end; a period with neither side says nothing. */
function periodInterval({ start, end }: JsonObject, run: Run): Interval | undefined {
  const from = timed(start, run);
  const until = timed(end, run);
  return from || until ? { lo: from?.lo ?? -Infinity, hi: until?.hi ?? Infinity } : undefined;
}

function timingInterval({ event, repeat }: JsonObject, run: Run): Interval | undefined {
  const intervals = (Array.isArray(event) ? event : []).flatMap((each) => timed(each, run) ?? []);
  const bounds = isObject(repeat) && isObject(repeat.boundsPeriod) ? periodInterval(repeat.boundsPeriod, run) : undefined;
  if (bounds) intervals.push(bounds);
  if (intervals.length === 0) return undefined;
  return intervals.reduce((all, one) => ({ lo: Math.min(all.lo, one.lo), hi: Math.max(all.hi, one.hi) }));
}

export function dateVisits(param: string): Readonly<Record<string, Visit>> {
  function add(interval: Interval | undefined, run: Run): void {
    if (!interval) return;
    const { lo, hi } = interval;
    run.date.push({ param, contained: run.contained, lo, hi, mark: undefined });
  }
  const simple: Visit = (value, run) => add(timed(value, run), run);
  return {
    date: simple, dateTime: simple, instant: simple,
    Period: (value, run) => add(periodInterval(value as JsonObject, run), run),
    Timing: (value, run) => add(timingInterval(value as JsonObject, run), run),
  };
}
