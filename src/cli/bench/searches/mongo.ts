/** The questions as somebody would ask them who writes queries for the documents of the MongoDB store and knows these records. */
import type { Document } from 'mongodb';
import { farPast } from '../../../store/mongodb/documents.js';
import { instants, type QuestionName } from './questions.js';

export interface Query {
  /** @param found what was asked `first`, as `Patient/id` @param person `Patient/id` */
  readonly match: (person: string, found: readonly string[]) => Document;
  /** Resources that are found before: themselves, or whom they belong to. */
  readonly first?: { readonly match: Document; readonly owners?: true };
  /** A parameter whose least value is the sort key; else the newest come first. */
  readonly by?: string;
  /** What rows of a page bring along: `refers` to it by these parameters, or are referred to by it. */
  readonly along?: { readonly refers: readonly string[] } | { readonly referred: string };
  /** The index that is in the order of the page, where others look shorter. */
  readonly inOrder?: true;
}

const { start1970, start2015, start2018, start2019 } = instants;
const is = (match: Document) => (): Document => match;
const starting = (param: string, from: string, to: string): Document => ({ s: { $elemMatch: { $gte: `${param}|${from}`, $lt: `${param}|${to}` } } });
const refersTo = (param: string) => (_: string, found: readonly string[]): Document => ({ r: { $in: found.map((target) => `${param}|${target}`) } });
const of = (param: string) => (person: string): Document => ({ r: `${param}|${person}` });
const these = (_: string, found: readonly string[]): Document => ({ _id: { $in: found } });

const height = { t: 'Observation.code|8302-2|http://loinc.org' };
const value = (more: Document): Document => ({ t: 'Observation', q: { $elemMatch: { p: 'Observation.value-quantity', ...more } } });
const component = (param: string, code: string, lo: number): Document => ({ c: { $elemMatch: { p: `Observation.${param}`, t: code, y: 'http://loinc.org', u: '', v: '', lo: { $gt: lo } } } });
const born = { t: 'Patient', sd: { $gt: farPast, $lt: start1970 } };

export const queries: Readonly<Record<Exclude<QuestionName, 'record'>, Query>> = {
  'family-name': { match: is(starting('Patient.family', 'b', 'c')) },
  'any-name': { match: is(starting('Patient.name', 'a', 'b')) },
  'results-since': { match: is({ t: 'Observation', sd: { $gte: start2015 } }) },
  'encounters-of-year': { match: is({ t: 'Encounter', sd: { $gte: start2018, $lt: start2019 }, d: { $elemMatch: { p: { $in: ['Encounter.date', 'Encounter.date+'] }, hi: { $lte: start2019 } } } }), inOrder: true },
  'born-before': { match: is(born) },
  heights: { match: is(height) },
  'active-problems': { match: is({ t: 'Condition.clinical-status|active|http://terminology.hl7.org/CodeSystem/condition-clinical' }) },
  'high-values': { match: is(value({ u: '', lo: { $gt: 150 } })), inOrder: true },
  'low-weights': { match: is(value({ u: 'ucum:g', lo: { $lt: 60_000 } })), inOrder: true },
  tall: { match: is({ ...height, ...component('code-value-quantity', '8302-2', 150) }), inOrder: true },
  'high-pressure': { match: is({ t: 'Observation.component-code|8480-6|http://loinc.org', ...component('component-code-value-quantity', '8480-6', 120) }), inOrder: true },
  'results-of-person': { match: of('Observation.patient') },
  'results-of-family': { first: { match: starting('Patient.family', 'b', 'c') }, match: refersTo('Observation.patient') },
  'problems-of-women': { first: { match: { t: 'Patient.gender|female|' } }, match: refersTo('Condition.patient') },
  'encounters-of-born-before': { first: { match: born }, match: refersTo('Encounter.subject') },
  'with-problem': { first: { match: { t: 'Condition.code|444814009|http://snomed.info/sct' }, owners: true }, match: these },
  'with-height': { first: { match: height, owners: true }, match: these },
  'results-and-encounters': { match: of('Observation.patient'), along: { refers: ['Observation.patient', 'Observation.encounter'] } },
  'encounters-and-results': { match: of('Encounter.patient'), along: { referred: 'Observation.encounter' } },
  'heights-by-date': { match: is(height) },
  'people-by-name': { match: is({ t: 'Patient' }), by: 'Patient.family' },
  'problems-by-code': { match: is({ t: 'Condition' }), by: 'Condition.code' },
};
