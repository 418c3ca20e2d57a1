/** The one question of every statement: is it a fact? Mood, negation, certainty and null flavour tell, wherever the template lets them stand (french-interop 6.1). */
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { attribute, child } from '../datatypes/elements.js';
import { kindOf } from './templates.js';

/** Why a statement is no fact: it bears a null flavour, is no event, was taken back as an error, or says that it is not so. */
export type Denial = 'null' | 'mood' | 'error' | 'denied';

/** `negationInd` of a statement, or of the relationship around one. */
export const isNegated = (element: XmlElement): boolean => {
  const written = attribute(element, 'negationInd');
  return written === 'true' || written === '1';
};

/**
 * Whether a statement says nothing at all: it bears a null flavour itself, or is in a mood other than that of events (a wish, an
 * order, a goal). Nothing is drawn of it.
 */
export function silence(statement: XmlElement): 'null' | 'mood' | undefined {
  if (attribute(statement, 'nullFlavor') !== undefined) return 'null';
  return (attribute(statement, 'moodCode') ?? 'EVN') === 'EVN' ? undefined : 'mood';
}

/** Why a statement is no fact, the strongest reason first; undefined for a fact. */
export function denialOf(statement: XmlElement): Denial | undefined {
  const silent = silence(statement);
  if (silent !== undefined) return silent;
  const certainty = certaintyOf(statement);
  if (statusOf(statement) === 'nullified' || certainty === 'entered-in-error') return 'error';
  return isNegated(statement) || certainty === 'refuted' ? 'denied' : undefined;
}

/** The stronger reason of a statement and of the one around it: an error before a denial. */
export function denialWithin(statement: XmlElement, around: XmlElement | undefined): Denial | undefined {
  const own = denialOf(statement);
  const outer = around === undefined ? undefined : denialOf(around);
  return own === 'denied' && outer === 'error' ? outer : own ?? outer;
}

/** `statusCode` of a statement. */
export const statusOf = (statement: XmlElement | undefined): string | undefined => attribute(child(statement, 'statusCode'), 'code');

const verdicts = new Set<unknown>(['refuted', 'entered-in-error']);

/** The certainty (.171) that hangs on a statement and takes it back; undefined when none does. */
function certaintyOf(statement: XmlElement): string | undefined {
  for (const around of statement.children) {
    if (typeof around === 'string' || (around.name !== 'entryRelationship' && around.name !== 'component') || isNegated(around) || attribute(around, 'nullFlavor') !== undefined) continue;
    const found = verdictOf(child(around, 'observation'));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What an observation that is a certainty decides of its statement. */
export function verdictOf(observation: XmlElement | undefined): string | undefined {
  const code = attribute(child(observation, 'value'), 'code');
  // The code first: it is the cheapest to ask, and hardly ever one of them.
  if (observation === undefined || !verdicts.has(code) || kindOf(observation) !== 'certainty') return undefined;
  return silence(observation) === undefined && !isNegated(observation) && statusOf(observation) !== 'nullified' ? code : undefined;
}

/** Words for what is named, after a comma. */
export const WHY: Readonly<Record<Denial, string>> = {
  null: ', which bears a null flavour', mood: ', denied or not an event', error: ', taken back as an error', denied: ', denied or not an event',
};

