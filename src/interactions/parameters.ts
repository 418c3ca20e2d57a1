/** Parameters of the query string of interactions other than search: each has the few that it knows. */
import { dateInterval, type Interval } from '../fhir/date.js';
import { fail } from '../fhir/failure.js';
import { tellableName } from '../search/question/form.js';
import { preferOf } from './answers.js';
import type { Exchange } from './exchange.js';
import type { Services } from './services.js';

/** Known everywhere; judged by the router (`_format`), or without an effect on JSON (`_pretty`). */
const everywhere: readonly string[] = ['_format', '_pretty'];

/** Whether unknown parameters are refused: the caller's wish, else the setting. */
export function isStrict(exchange: Pick<Exchange, 'headers'>, services: Pick<Services, 'searchHandling'>): boolean {
  return (preferOf(exchange).handling ?? services.searchHandling) === 'strict';
}

export interface Parameters {
  /** @throws Failure `bad-parameter` when it is given twice */
  one(name: string): string | undefined;
  all(name: string): readonly string[];
}
const none: Parameters = { one: () => undefined, all: () => [] };

/**
 * @param known names that this interaction takes, beside `_format` and `_pretty`
 * @param strict refuse other names, else ignore them
 * @throws Failure `bad-parameter`
 */
export function readParameters(query: string, known: readonly string[], strict: boolean): Parameters {
  if (query === '') return none;
  const given = new URLSearchParams(query);
  if (strict) {
    for (const name of given.keys()) {
      if (!known.includes(name) && !everywhere.includes(name)) {
        throw fail('bad-parameter', { parameter: tellableName(name), reason: `this interaction takes ${[...known, ...everywhere].join(', ')}` });
      }
    }
  }
  return {
    all: (name) => given.getAll(name),
    one(name) {
      const values = given.getAll(name);
      if (values.length > 1) throw fail('bad-parameter', { parameter: name, reason: 'it is given more than once' });
      return values[0];
    },
  };
}

/** `_count`: cut to PAGE_MAX, as FHIR allows. @throws Failure `bad-parameter` */
export function countOf(text: string | undefined, { pageDefault, pageMax }: Services['limits']): number {
  if (text === undefined) return pageDefault.value;
  if (!/^\d{1,9}$/.test(text)) throw fail('bad-parameter', { parameter: '_count', reason: 'its value is a whole number' });
  return Math.min(Number(text), pageMax.value);
}

/** A date or instant of any precision. @throws Failure `bad-parameter` */
export function intervalOf(name: string, text: string | undefined, timeZone: string): Interval | undefined {
  if (text === undefined) return undefined;
  // A plus sign that was not percent-encoded arrives as a blank.
  const interval = dateInterval(text.replace(/ (?=\d\d:\d\d$)/, '+'), timeZone);
  if (!interval) throw fail('bad-parameter', { parameter: name, reason: 'its value is a FHIR date or instant' });
  return interval;
}
