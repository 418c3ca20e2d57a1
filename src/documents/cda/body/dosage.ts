/** How a treatment is taken → Dosage (french-interop 6.4). */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { concept, narrated } from '../datatypes/codes.js';
import { attribute, child, children, compact } from '../datatypes/elements.js';
import { quantity, range, ratio } from '../datatypes/quantities.js';
import { denialOf, WHY } from './denial.js';
import type { Entry } from './scribe.js';
import { leave, textIn, type Part } from './statements.js';
import { rhythmsOf, timingOf, type Rhythm } from './timing.js';
import { elementsRead, tellUnread } from './unread.js';

/** Elements that are read of a treatment, and of each part of one. */
export const readOfTreatment = elementsRead('consumable routeCode approachSiteCode doseQuantity rateQuantity maxDoseQuantity precondition');

/**
 * The dosages of a treatment: one for each rhythm that does not fit into one Timing; the parts of a split or tapered treatment
 * each have theirs, in the order of their `sequenceNumber`.
 * @param treatments the parts that are treatments
 */
export function dosagesOf(statement: XmlElement, parts: readonly Part[], treatments: readonly Part[], entry: Entry): JsonObject[] {
  const common = compact({ ...instructions(parts, entry), ...howTaken(statement, entry) });
  const inner = treatments.flatMap(({ statement: part, around }) => {
    const denial = denialOf(part);
    if (denial !== undefined) {
      leave(part, entry, WHY[denial]);
      return [];
    }
    tellUnread(part, readOfTreatment, entry);
    const sequence = Number(attribute(child(around, 'sequenceNumber'), 'value') ?? 'NaN');
    return each(part, true, { ...(Number.isInteger(sequence) && Math.abs(sequence) < 2_147_483_648 ? { sequence } : {}), ...withText(part, entry), ...common, ...howTaken(part, entry) }, entry);
  });
  const own = each(statement, false, { ...withText(statement, entry), ...common }, entry);
  // What is said of the whole stands in each part: alone it would be one more dosage.
  return inner.length > 0 && !own.some((dosage) => dosage.timing !== undefined || dosage.doseAndRate !== undefined) ? inner : [...own, ...inner];
}

const withText = (statement: XmlElement, entry: Entry): JsonObject => compact({ text: textIn(statement, entry) });

/** The same dose in each rhythm of a statement. @param isPart of a treatment: bounded by its own interval, which the whole has as its effective time */
function each(statement: XmlElement, isPart: boolean, common: JsonObject, entry: Entry): JsonObject[] {
  const rhythms: readonly (Rhythm | undefined)[] = rhythmsOf(statement, isPart, entry);
  const dose = doseOf(statement, entry);
  return (rhythms.length === 0 ? [undefined] : rhythms).flatMap((rhythm) => {
    const { sequence, text, additionalInstruction, patientInstruction, asNeededBoolean, asNeededCodeableConcept, site, route, maxDosePerPeriod } = common;
    const dosage = compact({
      sequence, text, additionalInstruction, patientInstruction, timing: rhythm === undefined ? undefined : timingOf(rhythm),
      asNeededBoolean, asNeededCodeableConcept, site, route, doseAndRate: Object.keys(dose).length === 0 ? [] : [dose], maxDosePerPeriod,
    });
    return Object.keys(dosage).length === 0 ? [] : [dosage];
  });
}

/** Instructions to the patient: in the words of the document, where FHIR has them as a string and where it has them as a concept. */
function instructions(parts: readonly Part[], entry: Entry): JsonObject {
  const texts = parts.filter(({ kind }) => kind === 'patient instruction').flatMap(({ statement }) => {
    const text = textIn(statement, entry);
    return text === undefined ? [] : [text];
  });
  return compact({ additionalInstruction: texts.map((text) => ({ text })), patientInstruction: texts.join('\n') });
}

function howTaken(statement: XmlElement, { reading }: Entry): JsonObject {
  const [site, ...others] = children(statement, 'approachSiteCode').map((element) => concept(element, reading)).filter((found) => found !== undefined);
  if (others.length > 0) reading.leftOut('further sites of administration');
  return compact({
    ...asNeeded(statement, reading), site, route: concept(child(statement, 'routeCode'), reading), maxDosePerPeriod: ratio(child(statement, 'maxDoseQuantity'), reading),
  });
}

/** `precondition`: taken when needed, and for what; a criterion in several ways is one text. */
function asNeeded(statement: XmlElement, reading: Entry['reading']): JsonObject {
  const criteria = children(statement, 'precondition').flatMap((precondition) => children(precondition, 'criterion'));
  if (criteria.length === 0) return {};
  const concepts = criteria.map((criterion) => {
    const text = narrated(child(criterion, 'text'), reading);
    const found = concept(child(criterion, 'value'), reading) ?? concept(child(criterion, 'code'), reading);
    return found === undefined ? (text === undefined ? undefined : { text }) : text === undefined ? found : { ...found, text };
  }).filter((found) => found !== undefined);
  const [first, ...others] = concepts;
  if (first === undefined) return { asNeededBoolean: true };
  const texts = concepts.map(({ text }) => text).filter((text) => typeof text === 'string');
  return { asNeededCodeableConcept: others.length === 0 ? first : compact({ coding: concepts.flatMap(({ coding }) => (Array.isArray(coding) ? coding : [])), text: texts.join(' ; ') }) };
}

/** An IVL_PQ of equal bounds is a quantity, of different ones a range. */
function doseOf(statement: XmlElement, entry: Entry): JsonObject {
  return { ...amount('dose', child(statement, 'doseQuantity'), entry), ...amount('rate', child(statement, 'rateQuantity'), entry) };
}

function amount(name: 'dose' | 'rate', element: XmlElement | undefined, { reading }: Entry): JsonObject {
  if (element === undefined) return {};
  const between = range(element, reading);
  const single = between === undefined ? quantity(child(element, 'center'), reading) : undefined;
  if (single !== undefined) return { [`${name}Quantity`]: single };
  if (between === undefined) return {};
  const { low, high } = between;
  return low !== undefined && high !== undefined && JSON.stringify(low) === JSON.stringify(high) ? { [`${name}Quantity`]: low } : { [`${name}Range`]: compact({ low, high }) };
}
