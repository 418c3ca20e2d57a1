/** A treatment (.42) → MedicationStatement with its Medication (french-interop 6.4). */
import type { JsonObject } from '../../../../fhir/json.js';
import type { XmlElement } from '../../../../fhir/xml/tree.js';
import { codings, concept } from '../../datatypes/codes.js';
import { child, compact } from '../../datatypes/elements.js';
import { choiceOf, durationOf, spanOf, type Span } from '../../datatypes/intervals.js';
import { emptyReason } from '../absence.js';
import { denialOf } from '../denial.js';
import { dosagesOf, readOfTreatment } from '../dosage.js';
import { authoredAt, authorOf, refer, TAKES } from '../people.js';
import { medicationOf, productOf } from '../product.js';
import type { Entry, Mapper } from '../scribe.js';
import { awaitReasons } from '../reasons-of.js';
import { hasEnded, identifiers, isToCome, notes, partsOf, take, textIn } from '../statements.js';
import type { Kind } from '../templates.js';
import { boundsIn } from '../timing.js';
import { tellUnread } from '../unread.js';

const taken: ReadonlySet<Kind> = new Set(['comment', 'patient instruction', 'dispenser instruction', 'reference', 'problem', 'treatment']);

export const treatment: Mapper = (statement, entry) => {
  const { scribe, reading, section } = entry;
  const product = productOf(statement, entry);
  const said = [...codings(child(statement, 'code')), ...codings(child(product?.material, 'code'))];
  const empty = emptyReason(said);
  if (empty !== undefined) {
    if (denialOf(statement) === 'denied') reading.leftOut('a denial of "no known treatment", which says nothing');
    else scribe.emptyReason ??= empty;
    return [];
  }
  const medication = medicationIn(statement, product, entry);
  if (medication === undefined) {
    reading.leftOut('a treatment whose product is not named');
    return [];
  }
  tellUnread(statement, readOfTreatment, entry);
  const parts = take(partsOf(statement, entry), taken, entry);
  const bounds = boundsIn(statement, entry);
  // Only how long: that bounds the dosage, and is no time at which it was taken.
  const time = durationOf(bounds) === undefined ? spanOf(bounds, reading) : {};
  const text = textIn(statement, entry);
  const resource: JsonObject = compact({
    resourceType: 'MedicationStatement',
    identifier: identifiers(statement),
    status: statusOfTreatment(statement, time, section.currentTreatment, entry),
    ...medication,
    subject: { reference: scribe.context.subject },
    ...choiceOf('effective', time),
    dateAsserted: authoredAt(statement, entry),
    informationSource: refer(authorOf(statement, TAKES.informationSource, entry)),
    note: [...(text === undefined ? [] : [{ text }]), ...notes(parts, entry), ...parts.filter(({ kind }) => kind === 'dispenser instruction').flatMap(({ statement: instruction }) => {
      const words = textIn(instruction, entry);
      return words === undefined ? [] : [{ text: `Au dispensateur : ${words}` }];
    })],
    dosage: dosagesOf(statement, parts, parts.filter(({ kind }) => kind === 'treatment'), entry),
  });
  awaitReasons(resource, parts, entry);
  return [scribe.draft(resource)];
};

/** The Medication of the product; only a text where the product is named nowhere else. */
function medicationIn(statement: XmlElement, product: ReturnType<typeof productOf>, entry: Entry): JsonObject | undefined {
  const text = textIn(statement, entry);
  if (product === undefined) return text === undefined ? undefined : { medicationCodeableConcept: { text } };
  const medication = medicationOf(product, entry);
  if (medication.code !== undefined) return { medicationReference: { reference: entry.scribe.draft(medication) } };
  const named = text ?? concept(child(statement, 'code'), entry.reading)?.text;
  if (typeof named !== 'string') return undefined;
  // A pharmacy description (form, ingredients) is kept under the name that the text gives.
  return Object.keys(medication).length > 1 ? { medicationReference: { reference: entry.scribe.draft({ ...medication, code: { text: named } }) } } : { medicationCodeableConcept: { text: named } };
}

/** By negation, dates and section; CDA's statusCode is not one of a treatment (long-term ones are "completed"). */
function statusOfTreatment(statement: XmlElement, { start, end }: Span, current: boolean, entry: Entry): string {
  const denial = denialOf(statement);
  if (denial === 'error') return 'entered-in-error';
  if (denial === 'denied') return 'not-taken';
  if (hasEnded(end, entry)) return 'completed';
  if (isToCome(start, entry)) return 'intended';
  return current ? 'active' : 'unknown';
}

