/** The body of a level 3 document: one Composition with every section and its narrative; each entry that no mapper takes is named. */
import { randomUUID } from 'node:crypto';
import type { Issue } from '../../../fhir/failure.js';
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import type { BodyContext, BodyDraft, DraftResource } from '../../draft.js';
import { concept } from '../datatypes/codes.js';
import { at, attribute, child, children, compact, elements, textOf } from '../datatypes/elements.js';
import type { Reading } from '../datatypes/reading.js';
import { dateTime, zoneOf } from '../datatypes/timestamps.js';
import { narrativeDiv } from './narrative.js';

const CONFIDENTIALITIES = new Set(['U', 'L', 'M', 'N', 'R', 'V']);

interface Walk {
  readonly context: BodyContext;
  readonly issues: Issue[];
  count: number;
}

/**
 * Maps `structuredBody`. A level 1 body has no Composition and gives nothing.
 * @returns the Composition first; an information for each entry that stays narrative only (section code and template, never a value)
 */
export function mapBody(clinicalDocument: XmlElement, context: BodyContext): BodyDraft {
  const body = at(clinicalDocument, 'component', 'structuredBody');
  if (body === undefined) return { resources: [], issues: [] };
  const walk: Walk = { context, issues: [], count: 0 };
  const section = children(body, 'component').flatMap((component) => sectionOf(child(component, 'section'), walk));
  const composition: DraftResource = { key: `urn:uuid:${randomUUID()}`, resource: compositionOf(clinicalDocument, section, walk) };
  return { resources: [composition], issues: walk.issues };
}

function compositionOf(document: XmlElement, section: JsonObject[], walk: Walk): JsonObject {
  const { context } = walk;
  const reading = readingOf(document, walk);
  const code = attribute(child(document, 'confidentialityCode'), 'code');
  return compact({
    resourceType: 'Composition',
    language: attribute(child(document, 'languageCode'), 'code'),
    status: 'final',
    type: concept(child(document, 'code'), reading) ?? { text: 'Document' },
    subject: { reference: context.subject },
    encounter: context.encounter === undefined ? undefined : { reference: context.encounter },
    date: dateTime(context.documentTime.literal, reading) ?? new Date(context.documentTime.at).toISOString(),
    author: context.authors.length > 0 ? context.authors.map((reference) => ({ reference })) : [{ display: 'Auteur non identifié' }],
    title: textOf(child(document, 'title')) ?? 'Document',
    confidentiality: code !== undefined && CONFIDENTIALITIES.has(code) ? code : undefined,
    custodian: context.custodian === undefined ? undefined : { reference: context.custodian },
    section,
  });
}

function sectionOf(section: XmlElement | undefined, walk: Walk): JsonObject[] {
  if (section === undefined) return [];
  walk.count += 1;
  const div = narrativeDiv(child(section, 'text'), `s${walk.count}-`);
  const author = children(section, 'author').flatMap((element) => {
    const reference = walk.context.person(element);
    return reference === undefined ? [] : [{ reference }];
  });
  const code = child(section, 'code');
  for (const entry of children(section, 'entry')) nameEntry(entry, attribute(code, 'code') ?? 'without code', walk);
  const mapped = compact({
    title: textOf(child(section, 'title')),
    code: concept(code, readingOf(section, walk)),
    author,
    text: div === undefined ? undefined : { status: 'generated', div },
    section: children(section, 'component').flatMap((component) => sectionOf(child(component, 'section'), walk)),
  });
  return Object.keys(mapped).length === 0 ? [] : [mapped];
}

/** Narrative only: said once for each entry, by its longest template. */
function nameEntry(entry: XmlElement, sectionCode: string, walk: Walk): void {
  const statement = elements(entry).find((element) => element.name !== 'templateId');
  const templates = [entry, ...(statement ? [statement] : [])].flatMap((element) => children(element, 'templateId'));
  const roots = templates.map((template) => attribute(template, 'root') ?? '').sort((a, b) => b.length - a.length);
  const template = roots.find((root) => root.startsWith('1.2.250.1.213.1.1.3.')) ?? roots[0] ?? 'without template';
  walk.issues.push({
    severity: 'information', code: 'informational',
    diagnostics: `Section ${sectionCode}: the entry ${template} (${statement?.name ?? 'empty'}) is kept as narrative and in the document, and gives no resource of its own.`,
  });
}

function readingOf(element: XmlElement, walk: Walk): Reading {
  const { context, issues } = walk;
  return {
    zone: zoneOf(context.documentTime.literal),
    timeZone: context.timeZone,
    narrative: () => undefined,
    leftOut: (what) => issues.push({ severity: 'information', code: 'informational', diagnostics: `${element.name}: left out: ${what}` }),
  };
}
