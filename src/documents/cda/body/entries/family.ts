/** Family history (.59, .51) → FamilyMemberHistory, one for each relative: never a Condition of the patient (french-interop 6.7). */
import type { JsonObject } from '../../../../fhir/json.js';
import type { XmlElement } from '../../../../fhir/xml/tree.js';
import { SYSTEM } from '../../../../terminology/systems.js';
import { codings, concept, conceptOrText } from '../../datatypes/codes.js';
import { attribute, child, children, compact, inTable, textOf } from '../../datatypes/elements.js';
import { periodOf } from '../../datatypes/intervals.js';
import { numberOf } from '../../datatypes/quantities.js';
import { dateOf } from '../../datatypes/timestamps.js';
import { saysNone } from '../clinical-status.js';
import { denialOf, statusOf, WHY } from '../denial.js';
import { authoredAt } from '../people.js';
import type { Entry, Mapper } from '../scribe.js';
import { identifiers, leave, notes, partsOf, stated, take, textIn, type Part } from '../statements.js';
import type { Kind } from '../templates.js';
import { elementsRead, tellFurther, tellUnread } from '../unread.js';

const SDTC = 'urn:hl7-org:sdtc';
const genders: Readonly<Record<string, string>> = { M: 'male', F: 'female', UN: 'other' };

const readOfOrganizer = elementsRead('component');
const read = elementsRead('value');

/** An organizer speaks of one relative. */
export const family: Mapper = (organizer, entry) => {
  const subject = child(child(organizer, 'subject'), 'relatedSubject');
  tellUnread(organizer, readOfOrganizer, entry);
  const parts = partsOf(organizer, entry);
  const problems = parts.filter(({ kind }) => kind === 'family problem' || kind === 'problem');
  const others = take(parts.filter((part) => !problems.includes(part)), new Set<Kind>(['comment']), entry);
  return historyOf(organizer, subject, problems, others, entry);
};

/** A family observation without an organizer: of a relative who may be named in its own subject. */
export const familyProblem: Mapper = (observation, entry) =>
  historyOf(observation, child(child(observation, 'subject'), 'relatedSubject'), [{ typeCode: 'COMP', kind: 'family problem', statement: observation, around: observation }], [], entry);

function historyOf(statement: XmlElement, subject: XmlElement | undefined, problems: readonly Part[], others: readonly Part[], entry: Entry): string[] {
  const { scribe, reading } = entry;
  if (attribute(subject, 'classCode') === 'PAT') {
    reading.leftOut('a family history about the patient');
    return [];
  }
  if (denialOf(statement) === 'denied') {
    for (const problem of problems) leave(problem.statement, entry, WHY.denied);
    return [];
  }
  const condition = problems.flatMap(({ statement: problem }) => conditionOf(problem, problem === statement, entry));
  if (condition.length === 0) {
    reading.leftOut('a relative of whom nothing is said that R4 has a place for');
    return [];
  }
  return [scribe.draft(compact({
    resourceType: 'FamilyMemberHistory',
    identifier: statement.name === 'organizer' ? identifiers(statement) : [],
    status: status(statement),
    patient: { reference: scribe.context.subject },
    date: authoredAt(statement, entry),
    ...relative(subject, entry),
    note: notes(others, entry),
    condition,
  }))];
}

function status(statement: XmlElement): string {
  const written = statusOf(statement);
  return denialOf(statement) === 'error' ? 'entered-in-error' : written === undefined || written === 'completed' ? 'completed' : 'partial';
}

/** Who the relative is; "a family member" when the document does not say. */
function relative(subject: XmlElement | undefined, { reading }: Entry): JsonObject {
  const person = child(subject, 'subject');
  const born = attribute(child(person, 'birthTime'), 'value');
  const died = attribute(child(person, 'deceasedTime', SDTC), 'value');
  const dead = attribute(child(person, 'deceasedInd', SDTC), 'value');
  const sex = child(person, 'administrativeGenderCode');
  const gender = inTable(genders, attribute(sex, 'code'));
  const deceasedDate = died === undefined ? undefined : dateOf(died);
  return compact({
    name: textOf(child(person, 'name')),
    relationship: concept(child(subject, 'code'), reading) ?? { coding: [{ system: SYSTEM.roleCode, code: 'FAMMEMB' }] },
    sex: gender === undefined ? undefined : { coding: [{ system: 'http://hl7.org/fhir/administrative-gender', code: gender }] },
    bornDate: born === undefined ? undefined : dateOf(born),
    ...(deceasedDate !== undefined ? { deceasedDate } : dead === 'true' || dead === 'false' ? { deceasedBoolean: dead === 'true' } : {}),
  });
}

const partsTaken: ReadonlySet<Kind> = new Set(['age', 'comment', 'family problem', 'observation']);

/** A disease of the relative; R4 cannot say that they did not have one, so a denial is named. */
function conditionOf(observation: XmlElement, alone: boolean, entry: Entry): JsonObject[] {
  const { reading } = entry;
  const denial = denialOf(observation);
  // One that is an error makes its history an error where it is all of it.
  if (denial !== undefined && !(alone && denial === 'error')) {
    leave(observation, entry, WHY[denial]);
    return [];
  }
  if (saysNone(codings(child(observation, 'value')))) {
    reading.leftOut('"none known" of a relative');
    return [];
  }
  const text = textIn(observation, entry);
  const code = conceptOrText(child(observation, 'value'), reading) ?? (text === undefined ? undefined : { text });
  if (code === undefined) {
    reading.leftOut('a disease of a relative that is not named');
    return [];
  }
  tellUnread(observation, read, entry);
  tellFurther(observation, 'value', entry);
  const parts = take(partsOf(observation, entry), partsTaken, entry);
  const [ages, others] = [parts.filter(isAge), parts.filter((part) => !isAge(part) && part.kind !== 'comment')];
  const deadly = others.filter(({ typeCode, statement }) => typeCode === 'CAUS' && isDeath(statement) && denialOf(statement) === undefined);
  for (const { statement } of others.filter((part) => !deadly.includes(part))) leave(statement, entry);
  return [compact({ code, contributedToDeath: deadly.length > 0 ? true : undefined, ...onset(observation, ages, entry), note: notes(parts, entry) })];
}

const ageCodes = new Set(['397659008', '30525-0', '21611-9', '445518008']);
const isAge = ({ kind, statement }: Part): boolean => kind === 'age' || codings(child(statement, 'code')).some(({ code }) => ageCodes.has(String(code)));
const isDeath = (statement: XmlElement): boolean => children(statement, 'value').some((value) => codings(value).some(({ code }) => code === '419099009' || code === '419620001'));

/** The age of the relative when it began, else when it began. */
function onset(observation: XmlElement, ages: readonly Part[], { reading }: Entry): JsonObject {
  const value = child(stated(ages.map((part) => ({ ...part, kind: 'age' as const })), 'age')[0]?.statement, 'value');
  const years = numberOf(attribute(value, 'value'));
  const unit = attribute(value, 'unit') ?? 'a';
  if (years !== undefined && Number(years) > 0 && ageUnits.has(unit)) return { onsetAge: { value: years, unit, system: SYSTEM.ucum, code: unit } };
  if (ages.length > 0) reading.leftOut('an age that cannot be read');
  const period = periodOf(child(observation, 'effectiveTime'), reading);
  return period === undefined ? {} : { onsetPeriod: period };
}
/** The units that an Age may have; it is above nought (age-1). */
const ageUnits = new Set(['min', 'h', 'd', 'wk', 'mo', 'a']);
