/** The body of a level 3 document: one Composition with every section and its narrative, and the resources of its entries. */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { SYSTEM } from '../../../terminology/systems.js';
import type { BodyContext, BodyDraft, DraftResource } from '../../draft.js';
import { codings, concept, languageOf } from '../datatypes/codes.js';
import { at, attribute, child, children, compact, textOf } from '../datatypes/elements.js';
import type { Reading } from '../datatypes/reading.js';
import { mapEntry, scopeOf } from './entries.js';
import { narrativeDiv } from './narrative.js';
import { reportCategories, reportOf } from './report.js';
import { newKey, Scribe, type Section } from './scribe.js';
import { isAboutRelatives, isChapter, isCurrentTreatment, problemsIn } from './templates.js';

const CONFIDENTIALITIES = new Set(['U', 'L', 'M', 'N', 'R', 'V']);

interface Walk {
  readonly scribe: Scribe;
  readonly reading: Reading;
  /** Whether entries of this document become resources. */
  readonly mapped: boolean;
  count: number;
}

/** What bears on a section that has none of its own. */
const outside: Section = { code: '', authors: [], relatives: false, stranger: false, currentTreatment: false, chapter: [], narratives: [] };

/**
 * Maps `structuredBody`. A level 1 body has no Composition and gives nothing.
 * @param mapped whether entries become resources; by the volet of the document when it is left out
 * @returns the Composition first; an information for each entry that stays narrative only (section code and template, never a value)
 */
export function mapBody(clinicalDocument: XmlElement, context: BodyContext, mapped?: boolean): BodyDraft {
  const body = at(clinicalDocument, 'component', 'structuredBody');
  if (body === undefined) return { resources: [], issues: [] };
  const scope = scopeOf(clinicalDocument);
  return mapped === undefined ? draftOf(clinicalDocument, body, scope, context) : draftOf(clinicalDocument, body, { ...scope, entries: mapped }, context);
}

function draftOf(clinicalDocument: XmlElement, body: XmlElement, { entries: mapped, report }: ReturnType<typeof scopeOf>, context: BodyContext): BodyDraft {
  const scribe = new Scribe(context, mapped && report);
  const walk: Walk = { scribe, mapped, reading: scribe.reading('Document'), count: 0 };
  const sections = children(body, 'component').flatMap((component) => children(component, 'section'));
  if (mapped) for (const section of sections) rememberNarrative(section, scribe);
  const section = sections.map((one) => sectionOf(one, outside, walk));
  scribe.reasons.resolve();
  const drawn: DraftResource[] = [{ key: newKey(), resource: compositionOf(clinicalDocument, section, walk) }, ...scribe.resources];
  const diagnosticReport = reportOf(clinicalDocument, { scribe, section: outside, reading: walk.reading });
  if (scribe.report !== undefined && diagnosticReport !== undefined) drawn.push({ key: scribe.report.key, resource: diagnosticReport });
  return { resources: drawn, issues: scribe.issues };
}

/** Entries refer to the texts of their section; a document may keep them elsewhere, so every narrative is known before the first entry is read. */
function rememberNarrative(section: XmlElement, scribe: Scribe): void {
  scribe.remember(section, children(section, 'text'));
  for (const inner of subsections(section)) rememberNarrative(inner, scribe);
}

const subsections = (section: XmlElement): XmlElement[] => children(section, 'component').flatMap((component) => children(component, 'section'));

function compositionOf(document: XmlElement, section: JsonObject[], { scribe: { context, report, now }, reading }: Walk): JsonObject {
  const code = attribute(child(document, 'confidentialityCode'), 'code');
  return compact({
    resourceType: 'Composition',
    // Told of the header.
    language: languageOf(document, { leftOut: () => undefined }),
    status: 'final',
    type: concept(child(document, 'code'), reading) ?? { text: 'Document' },
    category: report === undefined ? [] : reportCategories(report.chapters),
    subject: { reference: context.subject },
    encounter: context.encounter === undefined ? undefined : { reference: context.encounter },
    date: now,
    author: context.authors.length > 0 ? context.authors.map((reference) => ({ reference })) : [{ display: 'Auteur non identifié' }],
    title: textOf(child(document, 'title')) ?? 'Document',
    confidentiality: code !== undefined && CONFIDENTIALITIES.has(code) ? code : undefined,
    custodian: context.custodian === undefined ? undefined : { reference: context.custodian },
    section,
  });
}

function factsOf(section: XmlElement, around: Section, scribe: Scribe): Section {
  const authors = children(section, 'author');
  const own = scribe.narrativeOf(section);
  const problems = problemsIn(section);
  const chapter = isChapter(section) ? codings(child(section, 'code')) : around.chapter;
  return {
    chapter,
    code: attribute(child(section, 'code'), 'code') ?? 'without code',
    authors: authors.length > 0 ? authors : around.authors,
    relatives: around.relatives || isAboutRelatives(section),
    stranger: around.stranger || child(section, 'subject') !== undefined,
    currentTreatment: isCurrentTreatment(section),
    narratives: own === undefined ? around.narratives : [own, ...around.narratives],
    ...(problems === undefined ? {} : { problems }),
  };
}

function sectionOf(section: XmlElement, around: Section, walk: Walk): JsonObject {
  walk.count += 1;
  const { scribe } = walk;
  const facts = factsOf(section, around, scribe);
  const div = narrativeDiv(child(section, 'text'), `s${walk.count}-`);
  const author = children(section, 'author').flatMap((element) => {
    const who = scribe.context.person(element);
    return who === undefined ? [] : [{ reference: who.reference }];
  });
  collect(section, facts, scribe);
  scribe.emptyReason = undefined;
  const entry = children(section, 'entry').flatMap((element) => mapEntry(element, facts, scribe, walk.mapped)).map((reference) => ({ reference }));
  if (entry.length > 0 && scribe.emptyReason !== undefined) scribe.tell(`Section ${facts.code}: left out: that there is none, or that nothing is known (${scribe.emptyReason}), beside entries that say otherwise.`);
  const emptyReason = emptyReasonOf(entry.length === 0 ? scribe.emptyReason : undefined);
  const head = compact({ title: textOf(child(section, 'title')), code: concept(child(section, 'code'), scribe.reading(`Section ${facts.code}`, facts.narratives)), author });
  const inner = subsections(section).map((one) => sectionOf(one, facts, walk));
  const apart = inner.length > 0 && (entry.length > 0 || emptyReason !== undefined);
  return compact({
    ...head,
    text: div === undefined ? NO_TEXT : { status: 'generated', div },
    ...(apart ? { section: [compact({ ...head, text: TEXT_AROUND, entry, emptyReason }), ...inner] } : { entry, emptyReason, section: inner }),
  });
}

/** A section never has both entries and sections (french-interop 6.9): its entries stand in a first one, whose text is around it. */
const TEXT_AROUND: JsonObject = { status: 'empty', div: '<div xmlns="http://www.w3.org/1999/xhtml">Le texte est celui de la section qui contient celle-ci.</div>' };

/** Each section has a text (french-interop 6.9), and one that holds nothing else needs it (cmp-1): it says that there is none. */
const NO_TEXT: JsonObject = { status: 'empty', div: '<div xmlns="http://www.w3.org/1999/xhtml">Section sans texte dans le document.</div>' };

/** What a section says of the report as a whole: its chapter, or its conclusion. */
function collect(section: XmlElement, { chapter, code }: Section, { report }: Scribe): void {
  if (report === undefined) return;
  const conclusion = code === CONCLUSION ? textOf(child(section, 'text')) : undefined;
  if (conclusion !== undefined) report.conclusions.push(conclusion);
  for (const coding of chapter) {
    if (!report.chapters.some((known) => known.system === coding.system && known.code === coding.code)) report.chapters.push(coding);
  }
}
const CONCLUSION = '55112-7';

const emptyReasonOf = (code: string | undefined): JsonObject | undefined => (code === undefined ? undefined : { coding: [{ system: SYSTEM.listEmpty, code }] });
