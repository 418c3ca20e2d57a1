/**
 * FHIR dates as intervals: a date stands for every instant that it may be (https://hl7.org/fhir/R4/search.html#date).
 * A date without a zone is read in TIME_ZONE, whatever the zone of the process.
 */
const pattern = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;

export interface Interval {
  /** ms UTC */
  readonly lo: number;
  /** ms UTC, exclusive */
  readonly hi: number;
}

const minute = 60_000;
const formatters = new Map<string, Intl.DateTimeFormat>();
function formatter(timeZone: string): Intl.DateTimeFormat {
  let known = formatters.get(timeZone);
  if (!known) {
    known = new Intl.DateTimeFormat('en-GB', {
      timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', era: 'short',
    });
    formatters.set(timeZone, known);
  }
  return known;
}

/** Milliseconds that the clocks of the zone are ahead of UTC at an instant. */
function offsetAt(instant: number, timeZone: string): number {
  const part: Record<string, string> = {};
  for (const { type, value } of formatter(timeZone).formatToParts(instant)) part[type] = value;
  const year = part.era === 'BC' ? 1 - Number(part.year) : Number(part.year);
  const wall = utc(year, Number(part.month), Number(part.day), Number(part.hour), Number(part.minute), Number(part.second));
  return wall - Math.floor(instant / 1000) * 1000;
}

/** Date.UTC without its habit of reading years below 100 as 19xx. */
function utc(year: number, month: number, day: number, hour = 0, min = 0, second = 0): number {
  const date = new Date(Date.UTC(2000, month - 1, day, hour, min, second));
  date.setUTCFullYear(year + (date.getUTCFullYear() - 2000), date.getUTCMonth(), date.getUTCDate());
  return date.getTime();
}

const offsets = new Map<string, number>();
/** The instant at which the zone's clocks show this wall time (the earlier one when they show it twice). */
function fromWall(wall: number, timeZone: string): number {
  const day = Math.floor(wall / 3_600_000);
  const key = `${timeZone}${day}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    const guess = offsetAt(wall - offsetAt(wall, timeZone), timeZone);
    offset = Math.max(guess, offsetAt(wall - guess - 3_600_000, timeZone) === guess ? guess : earlierIfValid(wall, guess, timeZone));
    if (offsets.size > 50_000) offsets.clear();
    offsets.set(key, offset);
  }
  return wall - offset;
}
/** The offset in force an hour before, when the wall time was then shown too. */
function earlierIfValid(wall: number, guess: number, timeZone: string): number {
  const earlier = offsetAt(wall - guess - 3_600_000, timeZone);
  return offsetAt(wall - earlier, timeZone) === earlier ? earlier : guess;
}

const daysIn = (year: number, month: number): number => [31, year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;

/**
 * The interval of a date, dateTime or instant of any precision FHIR allows in data or in a question.
 * @returns undefined when the text is not a date, or not one of the calendar (30 February, 25 o'clock)
 */
export function dateInterval(literal: string, timeZone: string): Interval | undefined {
  const match = pattern.exec(literal);
  if (!match) return undefined;
  const [year, month, day, hour, min, second] = match.slice(1, 7).map((part) => (part === undefined ? undefined : Number(part)));
  if (year === undefined || (month !== undefined && (month < 1 || month > 12))) return undefined;
  if (day !== undefined && (day < 1 || day > daysIn(year, month ?? 0))) return undefined;
  if (hour !== undefined && (hour > 23 || (min ?? 0) > 59 || (second ?? 0) > 60)) return undefined;
  const at = zoned(match[8], timeZone);
  if (at === undefined) return undefined;
  if (month === undefined) return { lo: at(utc(year, 1, 1)), hi: at(utc(year + 1, 1, 1)) };
  if (day === undefined) return { lo: at(utc(year, month, 1)), hi: at(utc(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1)) };
  if (hour === undefined) return { lo: at(utc(year, month, day)), hi: at(utc(year, month, day) + 86_400_000) };
  // A leap second is the last second of its minute.
  const base = utc(year, month, day, hour, min ?? 0, Math.min(second ?? 0, 59));
  if (second === undefined) return { lo: at(base), hi: at(base) + minute };
  const fraction = match[7];
  if (fraction === undefined) return { lo: at(base), hi: at(base) + 1000 };
  const lo = at(base) + Math.floor(Number(`0.${fraction}`) * 1000);
  return { lo, hi: lo + (fraction.length >= 3 ? 1 : 10 ** (3 - fraction.length)) };
}

function zoned(zone: string | undefined, timeZone: string): ((wall: number) => number) | undefined {
  if (zone === undefined) return (wall) => fromWall(wall, timeZone);
  if (zone === 'Z') return (wall) => wall;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4));
  if (hours > 14 || minutes > 59) return undefined;
  const offset = (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * minute;
  return (wall) => wall - offset;
}

/** An instant in UTC, with milliseconds: `2026-03-01T09:30:00.000Z`. */
export const instantText = (ms: number): string => new Date(ms).toISOString();
