/** What is asked of generated records, by family of search: paths after the FHIR base. */

interface Question {
  readonly family: string;
  /** {@link person} in it stands for the id of each of the people in turn. */
  readonly path: string;
}

const person = '{person}';
const page = '_count=20';
const loinc = 'http://loinc.org|';

export const questions = {
  'family-name': { family: 'string', path: `Patient?family=b&${page}` },
  'any-name': { family: 'string', path: `Patient?name=a&${page}` },
  'results-since': { family: 'date', path: `Observation?date=ge2015&${page}` },
  'encounters-of-year': { family: 'date', path: `Encounter?date=2018&${page}` },
  'born-before': { family: 'date', path: `Patient?birthdate=lt1970&${page}` },
  heights: { family: 'token', path: `Observation?code=${loinc}8302-2&${page}` },
  'active-problems': { family: 'token', path: `Condition?clinical-status=active&${page}` },
  'high-values': { family: 'quantity', path: `Observation?value-quantity=gt150&${page}` },
  'low-weights': { family: 'quantity', path: `Observation?value-quantity=lt60|http://unitsofmeasure.org|kg&${page}` },
  tall: { family: 'composite', path: `Observation?code-value-quantity=${loinc}8302-2$gt150&${page}` },
  'high-pressure': { family: 'composite', path: `Observation?component-code-value-quantity=${loinc}8480-6$gt120&${page}` },
  'results-of-person': { family: 'reference', path: `Observation?patient=Patient/${person}&${page}` },
  'results-of-family': { family: 'chain', path: `Observation?patient.family=b&${page}` },
  'problems-of-women': { family: 'chain', path: `Condition?patient.gender=female&${page}` },
  'encounters-of-born-before': { family: 'chain', path: `Encounter?subject.birthdate=lt1970&${page}` },
  'with-problem': { family: '_has', path: `Patient?_has:Condition:patient:code=http://snomed.info/sct|444814009&${page}` },
  'with-height': { family: '_has', path: `Patient?_has:Observation:patient:code=${loinc}8302-2&${page}` },
  'results-and-encounters': { family: '_include', path: `Observation?patient=Patient/${person}&_include=Observation:patient&_include=Observation:encounter&${page}` },
  'encounters-and-results': { family: '_revinclude', path: `Encounter?patient=Patient/${person}&_revinclude=Observation:encounter&_count=5` },
  'heights-by-date': { family: 'sort', path: `Observation?code=${loinc}8302-2&_sort=-date&${page}` },
  'people-by-name': { family: 'sort', path: `Patient?_sort=family&${page}` },
  'problems-by-code': { family: 'sort', path: `Condition?_sort=code&${page}` },
  record: { family: '$everything', path: `Patient/${person}/$everything?_count=100` },
} as const satisfies Readonly<Record<string, Question>>;

export type QuestionName = keyof typeof questions;
export const questionNames = Object.keys(questions) as readonly QuestionName[];
export const isAboutEach = (name: QuestionName): boolean => questions[name].path.includes(person);
/** Matches that fill a page. */
export const countOf = (name: QuestionName): number => Number(/_count=(\d+)/.exec(questions[name].path)?.[1]);
/** After the FHIR base. */
export const pathOf = (name: QuestionName, patient: string): string => questions[name].path.replace(person, patient);

/** Instants that the questions name, as a server in TIME_ZONE Europe/Paris reads them: ms UTC. */
export const instants = {
  start1970: Date.parse('1970-01-01T00:00:00+01:00'), start2015: Date.parse('2015-01-01T00:00:00+01:00'),
  start2018: Date.parse('2018-01-01T00:00:00+01:00'), start2019: Date.parse('2019-01-01T00:00:00+01:00'),
} as const;
/** What a page tells the total up to. */
export const countedTo = 1_000;
