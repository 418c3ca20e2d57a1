/** Entries of a section → resources: one mapper for each kind of entry, and what never becomes a fact about the patient. */
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { validate } from '../../../fhir/validate.js';
import { attribute, children } from '../datatypes/elements.js';
import { allergy } from './entries/allergy.js';
import { concern, problem } from './entries/condition.js';
import { family, familyProblem } from './entries/family.js';
import { vaccination } from './entries/immunization.js';
import { assessment, assessments, pregnancy, results, simple, socialHistory, vitalSign, vitalSigns } from './entries/observation.js';
import { laboratory, laboratoryPart } from './entries/laboratory.js';
import { procedure } from './entries/procedure.js';
import { treatment } from './entries/treatment.js';
import { attachedDocument } from './report.js';
import { isNegated, silence } from './denial.js';
import type { Mapper, Scribe, Section } from './scribe.js';
import { isOfSomebodyElse, statementIn } from './statements.js';
import { kindOf, templateOf, type Kind } from './templates.js';

const mappers: Readonly<Partial<Record<Kind, Mapper>>> = {
  concern,
  problem,
  allergy,
  treatment,
  vaccination,
  procedure,
  family,
  'family problem': familyProblem,
  observation: simple,
  'social history': socialHistory,
  pregnancy,
  assessment,
  assessments,
  'vital sign': vitalSign,
  'vital signs': vitalSigns,
  results,
  laboratory,
  battery: laboratoryPart,
  isolate: laboratoryPart,
  'laboratory result': laboratoryPart,
  'attached document': attachedDocument,
};

/** Kinds that speak of relatives, and so may stand in a section about them. */
const ofRelatives: ReadonlySet<Kind> = new Set(['family', 'family problem']);

/** Volets whose entries become resources, and the parent of the second; those of the others are kept as narrative. */
const VSM = '1.2.250.1.213.1.1.1.13';
const CR_BIO = '1.2.250.1.213.1.1.1.55';
const LABORATORY_REPORT = '1.3.6.1.4.1.19376.1.3.3';
const FRENCH_VOLET = '1.2.250.1.213.1.1.1.';

/** What is mapped of a document: by its volet, or by its parent template where it names no volet. */
export function scopeOf(clinicalDocument: XmlElement): { readonly entries: boolean; readonly report: boolean } {
  const roots = children(clinicalDocument, 'templateId').map((template) => attribute(template, 'root') ?? '');
  const volets = roots.filter((root) => root.startsWith(FRENCH_VOLET) && root !== `${FRENCH_VOLET}1`);
  const report = volets.length === 0 ? roots.includes(LABORATORY_REPORT) : volets.includes(CR_BIO);
  return { entries: report || volets.includes(VSM), report };
}

/** Why an entry gives no resource; undefined when its mapper may be asked. */
function obstacle(statement: XmlElement, element: XmlElement, kind: Kind | undefined, section: Section): string | undefined {
  if (isNegated(element)) return 'stands in a relationship that is denied and gives no resource';
  if (kind === undefined || mappers[kind] === undefined) return 'gives no resource of its own';
  const silent = silence(statement);
  if (silent === 'null' || attribute(element, 'nullFlavor') !== undefined) return 'bears a null flavour itself, so it says nothing and gives no resource';
  if (silent === 'mood') return `is in the mood ${attribute(statement, 'moodCode') ?? ''}, so it says nothing that happened and gives no resource`;
  if (ofRelatives.has(kind)) return undefined;
  if (section.relatives || section.stranger || isOfSomebodyElse(statement)) return 'is about somebody else than the patient and gives no resource';
  return undefined;
}

/**
 * Maps one entry. It is kept as narrative, and named, when it is of no kind that is mapped, no event, or about somebody else.
 * @returns the references of its resources for `Section.entry`
 */
export function mapEntry(element: XmlElement, section: Section, scribe: Scribe, mapped: boolean): readonly string[] {
  const statement = statementIn(element);
  const where = `Section ${section.code}: the entry ${templateOf(statement, element)} (${statement?.name ?? 'empty'})`;
  const kind = statement === undefined ? undefined : kindOf(statement, element);
  const why = mapped ? statement && obstacle(statement, element, kind, section) : 'gives no resource of its own';
  const mapper = kind === undefined ? undefined : mappers[kind];
  if (statement === undefined || why !== undefined || mapper === undefined) {
    scribe.tell(`${where} is kept as narrative and in the document: it ${why ?? 'gives no resource of its own'}.`);
    return [];
  }
  return guarded(where, scribe, () => mapper(statement, { scribe, section, reading: scribe.reading(where, section.narratives) }));
}

/** What an entry drew is kept whole or not at all: nothing that R4 does not allow is written, and a fault in one entry leaves the others alone. */
function guarded(where: string, scribe: Scribe, map: () => readonly string[]): readonly string[] {
  const before = scribe.resources.length;
  const { tells, emptyReason } = scribe;
  const keys = map();
  if (keys.length === 0 && scribe.tells === tells && scribe.emptyReason === emptyReason) scribe.tell(`${where} is kept as narrative and in the document: it says nothing that a resource could hold.`);
  const fault = scribe.resources.slice(before).flatMap(({ resource }) => validate(resource))[0];
  if (fault === undefined) return keys;
  scribe.forget(before);
  scribe.tell(`${where} is kept as narrative and in the document: what it says does not fit FHIR R4 (${fault.diagnostics}).`, 'warning');
  return [];
}

