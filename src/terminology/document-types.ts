/** Class and format of a document from its type, templates and media type (french-interop 2.5, 2.6, 2.11, 2.12). */
import { table } from './data.js';

export interface TableCoding {
  readonly system: string;
  readonly code: string;
  readonly display?: string;
}

/** A coding found in a table; `assumed` when no row fits and the table's default was taken (the caller says so in its outcome). */
export interface Looked {
  readonly coding: TableCoding;
  readonly assumed: boolean;
}

interface DocumentTypes {
  readonly classSystem: string;
  readonly classes: Readonly<Record<string, string>>;
  readonly classesElsewhere: Readonly<Record<string, { system: string; display: string }>>;
  readonly defaultClass: string;
  readonly types: Readonly<Record<string, { display: string; class: string | null }>>;
  readonly formerTypes: Readonly<Record<string, string>>;
}

interface Formats {
  readonly frenchSystem: string;
  readonly iheSystem: string;
  readonly dicomSystem: string;
  readonly assocTemplates: Readonly<Record<string, string>>;
  readonly voletTemplates: Readonly<Record<string, string>>;
  readonly mediaTypes: Readonly<Record<string, string>>;
  readonly fallback: string;
}

const documentTypes = table<DocumentTypes>('document-types');
const formats = table<Formats>('formats');
const types = new Map(Object.entries(documentTypes.types));
const formerTypes = new Map(Object.entries(documentTypes.formerTypes));
const classes = new Map(Object.entries(documentTypes.classes));
const classesElsewhere = new Map(Object.entries(documentTypes.classesElsewhere));
const assocTemplates = new Map(Object.entries(formats.assocTemplates));
const voletTemplates = new Map(Object.entries(formats.voletTemplates));
const mediaTypes = new Map(Object.entries(formats.mediaTypes));

const FRENCH_DOCUMENT = '1.2.250.1.213.1.1.1.';

/**
 * The class (`DocumentReference.category`) of a document type code (ASS_X04). Types without a class in ASS_X04, and unknown ones,
 * are taken as reports (10), `assumed`.
 */
export function classOf(typeCode: string): Looked {
  const found = types.get(typeCode)?.class ?? formerTypes.get(typeCode);
  return { coding: classCoding(found ?? documentTypes.defaultClass), assumed: found === undefined };
}

/** The coding of a class code (JDV_J06); undefined when there is no such class. */
export function classByCode(code: string): TableCoding | undefined {
  return classes.has(code) || classesElsewhere.has(code) ? classCoding(code) : undefined;
}

/** The French display of a document type (JDV_J07), when it is one. */
export function typeDisplay(typeCode: string): string | undefined {
  return types.get(typeCode)?.display;
}

/**
 * The format (`DocumentReference.content.format`). A structured body (no media type): each template, the longest French ones first,
 * then the parents, looked up in ASS_A11, then in the table of volets. An unstructured one: by the media type of its body.
 * @param templates every `ClinicalDocument/templateId/@root`
 * @param mediaType of `nonXMLBody/text`, undefined for a structured body
 */
export function formatOf(templates: readonly string[], mediaType?: string): Looked {
  const found = mediaType === undefined
    ? first(byLength(templates), assocTemplates) ?? first(byLength(templates), voletTemplates)
    : mediaTypes.get((mediaType.split(';')[0] ?? '').trim().toLowerCase());
  const code = found ?? formats.fallback;
  return { coding: { system: formatSystem(code), code }, assumed: found === undefined };
}

function classCoding(code: string): TableCoding {
  const elsewhere = classesElsewhere.get(code);
  const display = elsewhere?.display ?? classes.get(code);
  return { system: elsewhere?.system ?? documentTypes.classSystem, code, ...(display === undefined ? {} : { display }) };
}

function byLength(templates: readonly string[]): string[] {
  const french = templates.filter((root) => root.startsWith(FRENCH_DOCUMENT));
  const parents = templates.filter((root) => !root.startsWith(FRENCH_DOCUMENT));
  return [...french.sort((a, b) => b.split('.').length - a.split('.').length || b.length - a.length), ...parents];
}

function first(templates: readonly string[], from: ReadonlyMap<string, string>): string | undefined {
  for (const root of templates) {
    const format = from.get(root);
    if (format !== undefined) return format;
  }
  return undefined;
}

function formatSystem(code: string): string {
  if (/^\d/.test(code)) return formats.dicomSystem;
  return code.startsWith('urn:ihe:') && !code.startsWith('urn:ihe:iti-fr:') ? formats.iheSystem : formats.frenchSystem;
}
