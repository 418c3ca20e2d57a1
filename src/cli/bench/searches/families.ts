/** The loads of a search run: each family of questions, as it is put to the server and to the queries written by hand. */
import type { Shot } from '../load.js';
import { isAboutEach, pathOf, questions, type QuestionName } from './questions.js';

export interface Family {
  readonly name: string;
  readonly server: Shot;
  readonly byHand: Shot;
  /** How many a CPU-second of server and database is to serve. */
  readonly must: number | undefined;
}
interface Asked {
  readonly question: QuestionName;
  readonly patient: string;
}

const everything = '$everything';
const mix = 'search mix';
/** What the best of the servers that are known serve for each of their cores. */
const musts: Readonly<Record<string, number>> = { [mix]: 213, [everything]: 11 };

function shotOf(asked: readonly Asked[], path: (asked: Asked) => string, headers: Shot['headers'] = {}): Shot {
  const paths = asked.map(path);
  let next = 0;
  return { headers, next: () => ({ method: 'GET', path: paths[next++ % paths.length] ?? '' }) };
}

/** Every question once, or once for each of the people. */
export const allAsked = (patients: readonly string[], names: readonly QuestionName[]): readonly Asked[] =>
  names.flatMap((question) => (isAboutEach(question) ? patients : patients.slice(0, 1)).map((patient) => ({ question, patient })));

export const servedPath = ({ question, patient }: Asked): string => `/fhir/${pathOf(question, patient)}`;
export const byHandPath = ({ question, patient }: Asked): string => `/ask/${question}/${patient}`;

/** @param token of whoever asks the server @param wanted what is asked */
export function families(patients: readonly string[], token: string, wanted: readonly QuestionName[]): readonly Family[] {
  const names = [...new Set(wanted.map((name) => questions[name].family))];
  const each = names.map((name) => ({ name, asked: wanted.filter((question) => questions[question].family === name) }));
  const searches = each.filter(({ name }) => name !== everything);
  const mixed = patients.flatMap((patient, at) => searches.map(({ asked }): Asked => ({ question: asked[at % asked.length] as QuestionName, patient })));
  const loads = [...each.map(({ name, asked }) => ({ name, asked: allAsked(patients, asked) })), { name: mix, asked: mixed }];
  return loads.map(({ name, asked }): Family => ({
    name, server: shotOf(asked, servedPath, { Authorization: `Bearer ${token}` }), byHand: shotOf(asked, byHandPath), must: musts[name],
  }));
}
