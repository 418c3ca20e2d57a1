/** A vaccination (.45) → Immunization (french-interop 6.5). */
import type { JsonObject } from '../../../../fhir/json.js';
import type { XmlElement } from '../../../../fhir/xml/tree.js';
import { SYSTEM } from '../../../../terminology/systems.js';
import { absent, codings, concept, conceptOrText } from '../../datatypes/codes.js';
import { attribute, child, children, compact } from '../../datatypes/elements.js';
import { choiceOf, spanOf, type Span } from '../../datatypes/intervals.js';
import { quantity, range } from '../../datatypes/quantities.js';
import { emptyReason } from '../absence.js';
import { saysNone } from '../clinical-status.js';
import { denialOf, statusOf, WHY, type Denial } from '../denial.js';
import { authoredAt, named, performers, TAKES } from '../people.js';
import { productOf } from '../product.js';
import { awaitReasons, reasonsAmong } from '../reasons-of.js';
import type { Entry, Mapper } from '../scribe.js';
import { identifiers, isToCome, leave, notes, partsOf, stated, take, textIn, type Part } from '../statements.js';
import type { Kind } from '../templates.js';
import { elementsRead, inlineNote, tellFurther, tellUnread } from '../unread.js';

const read = elementsRead('consumable routeCode approachSiteCode doseQuantity performer');
const taken: ReadonlySet<Kind> = new Set(['comment', 'reference', 'problem', 'rank', 'antigen']);
const administering: JsonObject = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0443', code: 'AP', display: 'Administering Provider' }] };

export const vaccination: Mapper = (statement, entry) => {
  const { scribe, reading } = entry;
  const product = productOf(statement, entry);
  const denial = denialOf(statement);
  const negated = denial === 'denied';
  const empty = emptyReason([...codings(child(statement, 'code')), ...codings(child(product?.material, 'code'))]);
  if (empty !== undefined) {
    if (negated) reading.leftOut('a denial of "no known vaccination", which says nothing');
    else scribe.emptyReason ??= empty;
    return [];
  }
  const time = spanOf(child(statement, 'effectiveTime'), reading);
  const status = statusOfVaccination(statement, denial, time.start, entry);
  if (status === undefined) {
    reading.leftOut('a vaccination that is not done yet');
    return [];
  }
  tellUnread(statement, read, entry);
  tellFurther(statement, 'effectiveTime', entry);
  const parts = take(partsOf(statement, entry), taken, entry);
  const reactions = parts.filter((part) => part.kind === 'problem' && part.typeCode === 'CAUS').flatMap((part) => reactionOf(part, negated, entry));
  const reasons = parts.filter(({ kind, typeCode }) => kind === 'reference' || (kind === 'problem' && typeCode !== 'CAUS'));
  const text = textIn(statement, entry);
  const resource: JsonObject = compact({
    resourceType: 'Immunization',
    contained: reactions.map(({ detail }, at) => ({ ...detail, id: `reaction-${at + 1}` })),
    identifier: identifiers(statement),
    status,
    vaccineCode: product?.code ?? (text === undefined ? { extension: [absent(attribute(child(product?.material, 'code'), 'nullFlavor'))] } : { text }),
    patient: { reference: scribe.context.subject },
    ...occurrence(time, child(statement, 'effectiveTime'), entry),
    recorded: authoredAt(statement, entry),
    manufacturer: product?.manufacturer === undefined ? undefined : { display: product.manufacturer },
    lotNumber: product?.lotNumber,
    expirationDate: product?.expiration?.slice(0, 10),
    site: firstConcept(statement, 'approachSiteCode', entry),
    route: firstConcept(statement, 'routeCode', entry),
    doseQuantity: dose(statement, entry),
    performer: named(performers(statement), TAKES.immunizationPerformer, entry).map(({ reference }) => ({ function: administering, actor: { reference } })),
    note: [...(product?.code === undefined ? [] : inlineNote(statement, entry)), ...notes(parts, entry)],
    reaction: reactions.map(({ date }, at) => compact({ date, detail: { reference: `#reaction-${at + 1}` } })),
    protocolApplied: protocol(statement, parts, entry),
  });
  if (negated) addStatusReason(resource, reasons, entry);
  else awaitReasons(resource, reasons, entry);
  return [scribe.draft(resource)];
};

/** R4 knows done, not done and error; what is not done yet is none of them. */
function statusOfVaccination(statement: XmlElement, denial: Denial | undefined, start: string | undefined, entry: Entry): string | undefined {
  const written = statusOf(statement);
  if (denial === 'error') return 'entered-in-error';
  if (denial === 'denied' || written === 'aborted' || written === 'cancelled') return 'not-done';
  return isToCome(start, entry) || written === 'new' || written === 'held' || written === 'suspended' ? undefined : 'completed';
}

/** R4 has no period here: the start stands for it. A time that is unknown says why. */
function occurrence({ start, end }: Span, time: XmlElement | undefined, { reading }: Entry): JsonObject {
  if (start !== undefined && end !== undefined && start !== end) reading.leftOut('the end of the time of a vaccination');
  const found = start ?? end;
  return found === undefined ? { _occurrenceDateTime: { extension: [absent(attribute(time, 'nullFlavor') ?? attribute(child(time, 'low'), 'nullFlavor'))] } } : { occurrenceDateTime: found };
}

function firstConcept(statement: XmlElement, name: string, { reading }: Entry): JsonObject | undefined {
  const [first, ...others] = children(statement, name).map((element) => concept(element, reading)).filter((found) => found !== undefined);
  if (others.length > 0) reading.leftOut(`further ${name}s of a vaccination`);
  return first;
}

function dose(statement: XmlElement, { reading }: Entry): JsonObject | undefined {
  const element = child(statement, 'doseQuantity');
  if (element === undefined) return undefined;
  const { low, high } = range(element, reading) ?? {};
  if (low === undefined && high === undefined) return quantity(child(element, 'center'), reading);
  if (low !== undefined && JSON.stringify(low) === JSON.stringify(high)) return low;
  reading.leftOut('a dose between two bounds');
  return undefined;
}

/** Series, rank (.82) and the diseases of the antigens (.46). R4 wants a rank: one that is unknown says so. */
function protocol(statement: XmlElement, parts: readonly Part[], entry: Entry): JsonObject[] {
  const code = child(statement, 'code');
  const series = attribute(code, 'displayName') ?? attribute(code, 'code');
  const targetDisease = stated(parts, 'antigen').flatMap(({ statement: antigen }) => {
    const found = productOf(antigen, entry)?.code ?? concept(child(antigen, 'code'), entry.reading);
    return found === undefined ? [] : [found];
  });
  const ranks = stated(parts, 'rank').map(({ statement: rank }) => Number(attribute(child(rank, 'value'), 'value') ?? 'NaN')).filter((rank) => Number.isInteger(rank) && rank > 0 && rank < 2_147_483_648);
  if (series === undefined && targetDisease.length === 0 && ranks.length === 0) return [];
  if (ranks.length > 1) entry.reading.leftOut('further ranks of a vaccination');
  const [rank] = ranks;
  return [compact({ series, targetDisease, ...(rank === undefined ? { _doseNumberPositiveInt: { extension: [absent(undefined)] } } : { doseNumberPositiveInt: rank }) })];
}

/** An adverse event after it: what was seen, contained; nothing of one that is denied, nor after a vaccination that is. */
function reactionOf({ statement }: Part, denied: boolean, entry: Entry): { readonly date?: string; readonly detail: JsonObject }[] {
  const { scribe, reading } = entry;
  const text = textIn(statement, entry);
  const value = conceptOrText(child(statement, 'value'), reading) ?? (text === undefined ? undefined : { text });
  const denial = denied ? 'denied' : denialOf(statement);
  if (denial !== undefined || value === undefined || saysNone(codings(child(statement, 'value')))) {
    leave(statement, entry, denial === undefined ? ', not named' : WHY[denial]);
    return [];
  }
  const parts = take(partsOf(statement, entry), new Set<Kind>(['comment', 'severity']), entry);
  const time = spanOf(child(statement, 'effectiveTime'), reading);
  const code = concept(child(statement, 'code'), reading) ?? { coding: [{ system: SYSTEM.snomed, code: '404684003' }] };
  const severity = stated(parts, 'severity').map((part) => concept(child(part.statement, 'value'), reading)).filter((found) => found !== undefined);
  return [{
    ...(time.start === undefined ? {} : { date: time.start }),
    detail: compact({
      resourceType: 'Observation', status: 'final', code, subject: { reference: scribe.context.subject }, ...(time.end === undefined ? compact({ effectiveDateTime: time.start }) : choiceOf('effective', time)), valueCodeableConcept: value, note: notes(parts, entry),
      component: severity.map((found) => ({ code: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'SEV' }] }, valueCodeableConcept: found })),
    }),
  }];
}

/** Why it was not done: the first reason, in its code. */
function addStatusReason(resource: JsonObject, reasons: readonly Part[], entry: Entry): void {
  const { reading } = entry;
  const found = reasonsAmong(reasons, entry).map(({ statement }) => conceptOrText(child(statement, 'value'), reading) ?? concept(child(statement, 'code'), reading)).filter((reason) => reason !== undefined);
  const [first, ...others] = found;
  if (first !== undefined) resource.statusReason = first;
  if (others.length > 0) reading.leftOut('further reasons why a vaccination was not done');
}
