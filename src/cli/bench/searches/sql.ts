/**
 * The questions as somebody would ask them who writes SQL for the tables of the embedded store and knows these records: no criterion
 * is parsed, no plan chosen, nobody's access asked. `{…}` stands for the number of a name; `?` is the id of the person, or the rids of a page.
 */
import { instants, type QuestionName } from './questions.js';

export interface Statements {
  /** rid, type, id and text of the matches, in order; how many there are, where nothing else tells it. */
  readonly page: string;
  /** How many there are, counted no further than the totals of the server. */
  readonly total?: string;
  /** The same columns of what the rids of a page bring along. */
  readonly along?: string;
}

const { start1970, start2015, start2018, start2019 } = instants;
const shown = 'SELECT r.rid, r.type, r.id, b.b FROM';
/** Of entries `e`. */
const texts = 'CROSS JOIN res r ON r.rid = e.rid CROSS JOIN body b ON b.rid = e.rid';
const counted = 1_001;

/** Few rows that are sorted. */
const sorted = (from: string): Statements => ({
  page: `${shown} (SELECT DISTINCT e.rid FROM ${from}) e ${texts} ORDER BY r.sd DESC, r.rid DESC LIMIT 20`, total: `SELECT COUNT(*) FROM (SELECT DISTINCT e.rid FROM ${from} LIMIT ${counted})`,
});
/** Entries that lie in the order of the page, each resource once. */
const inOrder = (from: string): Statements => ({
  page: `${shown} (SELECT e.sd, e.rid FROM ${from} ORDER BY e.sd DESC, e.rid DESC LIMIT 20) e ${texts} ORDER BY e.sd DESC, e.rid DESC`, total: `SELECT COUNT(*) FROM (SELECT 1 FROM ${from} LIMIT ${counted})`,
});
/** Resources of a type in the order of the page, looked at until it is full. */
const walked = (type: string, where: string, rows: string): Statements => ({
  page: `${shown} (SELECT e.sd, e.rid FROM res e INDEXED BY res_sd WHERE e.type = {${type}} AND e.state = 1 AND ${where} ORDER BY e.sd DESC, e.rid DESC LIMIT 20) e ${texts} ORDER BY e.sd DESC, e.rid DESC`,
  total: `SELECT COUNT(*) FROM (SELECT DISTINCT rid FROM ${rows} LIMIT ${counted})`,
});
const ofResource = (table: string, param: string, where: string): string => `EXISTS (SELECT 1 FROM ${table} x INDEXED BY ${table}_r WHERE x.rid = e.rid AND x.p = {${param}} AND ${where})`;
const refersTo = (param: string, people: string): string => `EXISTS (SELECT 1 FROM ref x INDEXED BY ref_r WHERE x.rid = e.rid AND x.p = {${param}} AND x.t IN (${people}))`;

const person = '(SELECT rid FROM res WHERE id = ? AND type = {Patient})';
const born = `SELECT rid FROM dat WHERE p = {Patient.birthdate} AND lo < ${start1970}`;
const women = "SELECT rid FROM tok WHERE p = {Patient.gender} AND code = 'female'";
const named = "SELECT rid FROM str WHERE p = {Patient.family} AND f >= 'b' AND f < 'c'";
const code = (system: string, value: string): string => `code = '${value}' AND sys = {${system}}`;
const heights = inOrder(`tok e WHERE e.p = {Observation.code} AND e.${code('http://loinc.org', '8302-2')}`);
const results = inOrder(`ref e WHERE e.p = {Observation.patient} AND e.t = ${person}`);
const encounters = inOrder(`ref e WHERE e.p = {Encounter.patient} AND e.t = ${person}`);
const rids = 'IN (SELECT value FROM json_each(?))';
const firstOf = (table: string, param: string): string => `${table} e WHERE e.p = {${param}} AND e.mark & 1`;
const all = (type: string): string => `SELECT COUNT(*) FROM (SELECT 1 FROM res INDEXED BY res_sd WHERE type = {${type}} AND state = 1 LIMIT ${counted})`;
/** What a record owns, and what that refers to and nobody owns; put into order and counted in one go. */
const record = `WITH owned AS MATERIALIZED (SELECT rid FROM own WHERE pt = ${person}),
  record AS MATERIALIZED (SELECT rid FROM owned UNION SELECT t.rid FROM owned o CROSS JOIN ref f INDEXED BY ref_r ON f.rid = o.rid CROSS JOIN res t ON t.rid = f.t WHERE t.pt = 0 AND t.state = 1)
  SELECT r.rid, r.type, r.id, b.b, (SELECT COUNT(*) FROM record) FROM
    (SELECT r.rid FROM record o CROSS JOIN res r ON r.rid = o.rid CROSS JOIN name n ON n.id = r.type ORDER BY n.text = 'Patient' DESC, n.text, r.sd DESC, r.rid DESC LIMIT 100) e ${texts}`;

export const statements: Readonly<Record<QuestionName, Statements>> = {
  'family-name': sorted("str e WHERE e.p = {Patient.family} AND e.f >= 'b' AND e.f < 'c'"),
  'any-name': sorted("str e WHERE e.p = {Patient.name} AND e.f >= 'a' AND e.f < 'b'"),
  'results-since': inOrder(`res e INDEXED BY res_sd WHERE e.type = {Observation} AND e.state = 1 AND e.sd >= ${start2015}`),
  'encounters-of-year': inOrder(`res e INDEXED BY res_sd WHERE e.type = {Encounter} AND e.state = 1 AND e.sd >= ${start2018} AND e.sd < ${start2019} AND ${ofResource('dat', 'Encounter.date', `x.hi <= ${start2019}`)}`),
  'born-before': sorted(`dat e WHERE e.p = {Patient.birthdate} AND e.lo < ${start1970}`),
  heights,
  'active-problems': inOrder(`tok e WHERE e.p = {Condition.clinical-status} AND e.code = 'active'`),
  'high-values': walked('Observation', ofResource('qty', 'Observation.value-quantity', 'x.u = 0 AND x.lo > 150'), 'qty WHERE p = {Observation.value-quantity} AND u = 0 AND lo > 150'),
  'low-weights': walked('Observation', ofResource('qty', 'Observation.value-quantity', 'x.u = {ucum:g} AND x.lo < 60000'), 'qty WHERE p = {Observation.value-quantity} AND u = {ucum:g} AND lo < 60000'),
  tall: walked('Observation', ofResource('cmp', 'Observation.code-value-quantity', `x.${code('http://loinc.org', '8302-2')} AND x.u = 0 AND x.lo > 150`), `cmp WHERE p = {Observation.code-value-quantity} AND ${code('http://loinc.org', '8302-2')} AND u = 0 AND lo > 150`),
  'high-pressure': walked('Observation', ofResource('cmp', 'Observation.component-code-value-quantity', `x.${code('http://loinc.org', '8480-6')} AND x.u = 0 AND x.lo > 120`), `cmp WHERE p = {Observation.component-code-value-quantity} AND ${code('http://loinc.org', '8480-6')} AND u = 0 AND lo > 120`),
  'results-of-person': results,
  'results-of-family': walked('Observation', refersTo('Observation.patient', named), `ref WHERE p = {Observation.patient} AND t IN (${named})`),
  'problems-of-women': walked('Condition', refersTo('Condition.patient', women), `ref WHERE p = {Condition.patient} AND t IN (${women})`),
  'encounters-of-born-before': walked('Encounter', refersTo('Encounter.subject', born), `ref WHERE p = {Encounter.subject} AND t IN (${born})`),
  'with-problem': sorted(`(SELECT f.t AS rid FROM tok x CROSS JOIN ref f INDEXED BY ref_r ON f.rid = x.rid AND f.p = {Condition.patient} WHERE x.p = {Condition.code} AND x.${code('http://snomed.info/sct', '444814009')}) e`),
  'with-height': sorted(`(SELECT f.t AS rid FROM tok x CROSS JOIN ref f INDEXED BY ref_r ON f.rid = x.rid AND f.p = {Observation.patient} WHERE x.p = {Observation.code} AND x.${code('http://loinc.org', '8302-2')}) e`),
  'results-and-encounters': { ...results, along: `${shown} (SELECT DISTINCT t AS rid FROM ref WHERE rid ${rids} AND p IN ({Observation.patient}, {Observation.encounter})) e ${texts}` },
  'encounters-and-results': { ...encounters, page: encounters.page.replace('LIMIT 20', 'LIMIT 5'), along: `${shown} (SELECT DISTINCT rid FROM ref WHERE p = {Observation.encounter} AND t ${rids}) e ${texts}` },
  'heights-by-date': heights,
  'people-by-name': { page: `${shown} (SELECT e.f, e.rid FROM ${firstOf('str', 'Patient.family')}) e ${texts} ORDER BY e.f, r.id LIMIT 20`, total: all('Patient') },
  'problems-by-code': { page: `${shown} (SELECT e.code, e.rid FROM ${firstOf('tok', 'Condition.code')}) e ${texts} ORDER BY e.code, r.id LIMIT 20`, total: all('Condition') },
  record: { page: record },
};
