/** A biology report has exactly one DiagnosticReport (rules 3.7, french-interop 6.6). */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { SYSTEM } from '../../../terminology/systems.js';
import { codings, concept } from '../datatypes/codes.js';
import { attribute, child, children, compact, textOf } from '../datatypes/elements.js';
import { timeChoice } from '../datatypes/intervals.js';
import { eventsOf } from '../header/events.js';
import { identifierOf, tokenOf } from '../header/identifiers.js';
import { denialOf } from './denial.js';
import { attachmentOf } from './images.js';
import { named, reference, TAKES } from './people.js';
import type { Entry, Mapper } from './scribe.js';
import { partsOf, textIn } from './statements.js';

const LABORATORY = ['urn:oid:1.3.6.1.4.1.19376.1.3.2', 'urn:hl7-org:lab'] as const;
const REPORT = '11502-2';
const COPY = '55108-5';

const statuses: Readonly<Record<string, string>> = { completed: 'final', active: 'partial', aborted: 'cancelled', cancelled: 'cancelled', nullified: 'entered-in-error' };

/** A file that is attached to a report is its presented form, when it is the copy of the document. */
export const attachedDocument: Mapper = (organizer, entry) => {
  const { scribe, section } = entry;
  const parts = partsOf(organizer, entry);
  const type = parts.find(({ statement }) => statement.name === 'observation')?.statement;
  const isCopy = section.code === COPY || codings(child(type, 'value')).some(({ code }) => code === COPY);
  const media = parts.filter(({ statement }) => statement.name === 'observationMedia' && denialOf(statement) === undefined);
  if (scribe.report === undefined || denialOf(organizer) !== undefined || !isCopy || media.length === 0) {
    entry.reading.leftOut('an attached document, which gives no resource of its own');
    return [];
  }
  const { key, forms } = scribe.report;
  const title = type === undefined ? undefined : textIn(type, entry);
  const found = media.map(({ statement }) => attachmentOf(statement, entry)).filter((form) => form !== undefined);
  forms.push(...found.map((form) => compact({ ...form, title })));
  return found.length === 0 ? [] : [key];
};

/** The categories of a report and its Composition: the laboratory, and each chapter of the document. */
export const reportCategories = (chapters: readonly JsonObject[]): JsonObject[] => [
  { coding: [{ system: SYSTEM.loinc, code: '26436-6' }, { system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'LAB' }] },
  ...chapters.map((chapter) => ({ coding: [chapter] })),
];

/** @param entry the document as a whole; its scribe has read every section */
export function reportOf(clinicalDocument: XmlElement, entry: Entry): JsonObject | undefined {
  const { scribe: { report, context, resources }, reading } = entry;
  if (report === undefined) return undefined;
  const { main } = eventsOf(clinicalDocument, reading);
  const setId = tokenOf(child(clinicalDocument, 'setId'));
  const performer = named(main === undefined ? [] : children(main, 'performer'), TAKES.reportPerformer, entry).map(reference);
  const orders = children(clinicalDocument, 'inFulfillmentOf').flatMap((fulfilled) => children(child(fulfilled, 'order'), 'id')).map(tokenOf).filter((token) => token !== undefined);
  const results = resources.filter(({ key }) => report.results.includes(key)).map(({ resource }) => resource);
  return compact({
    resourceType: 'DiagnosticReport',
    identifier: setId === undefined ? [] : [identifierOf(setId)],
    basedOn: orders.map((token) => ({ type: 'ServiceRequest', identifier: identifierOf(token) })),
    status: statusOfReport(main, results),
    category: reportCategories(report.chapters),
    code: codeOfReport(clinicalDocument, entry),
    subject: { reference: context.subject },
    encounter: context.encounter === undefined ? undefined : { reference: context.encounter },
    ...timeChoice('effective', child(main, 'effectiveTime'), reading),
    issued: issued(entry),
    performer: performer.length > 0 || context.custodian === undefined ? performer : [{ reference: context.custodian }],
    resultsInterpreter: named(children(clinicalDocument, 'authenticator'), TAKES.reportPerformer, entry).map(reference),
    specimen: report.specimens.map((key) => ({ reference: key })),
    result: report.results.map((key) => ({ reference: key })),
    conclusion: report.conclusions.join('\n\n'),
    presentedForm: report.forms,
  });
}

/** An error when every result was taken back; else `lab:statusCode` of the main act, else whether every result that stands is final. */
function statusOfReport(main: XmlElement | undefined, results: readonly JsonObject[]): string {
  const standing = results.filter(({ status }) => status !== 'entered-in-error');
  if (results.length > 0 && standing.length === 0) return 'entered-in-error';
  const written = LABORATORY.map((ns) => attribute(child(main, 'statusCode', ns), 'code')).find((code) => code !== undefined);
  if (written !== undefined) return Object.hasOwn(statuses, written) ? (statuses[written] ?? 'unknown') : 'unknown';
  if (results.length === 0) return 'unknown';
  return standing.every(({ status }) => status === 'final') ? 'final' : 'partial';
}

/** The type of the document; a report under another type (older or local) is one of laboratory all the same. */
function codeOfReport(clinicalDocument: XmlElement, { reading }: Entry): JsonObject {
  const code = child(clinicalDocument, 'code');
  const found = codings(code);
  const isReport = found.some((coding) => coding.system === SYSTEM.loinc && coding.code === REPORT);
  const own = concept(code, reading);
  return compact({ coding: [...(isReport ? [] : [{ system: SYSTEM.loinc, code: REPORT }]), ...found], text: own?.text ?? (isReport ? undefined : textOf(child(clinicalDocument, 'title'))) });
}

function issued({ scribe: { context, now } }: Entry): string {
  return now.includes('T') ? now : new Date(context.documentTime.at).toISOString();
}

