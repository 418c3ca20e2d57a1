/** What is written down while a body is read: its resources, what was left out, and the reasons that wait for their problem. */
import { randomUUID } from 'node:crypto';
import type { Issue } from '../../../fhir/failure.js';
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import type { BodyContext, DraftResource } from '../../draft.js';
import { attribute, child, textOf } from '../datatypes/elements.js';
import type { Reading } from '../datatypes/reading.js';
import { dateTime, zoneOf } from '../datatypes/timestamps.js';
import { Reasons } from './reasons.js';

/** Elements of the narrative of one section by their ID; the first of an ID stands. */
export type Narrative = ReadonlyMap<string, XmlElement>;

/** Where an entry stands, and what of its surroundings bears on it. */
export interface Section {
  /** LOINC code, for what is named. */
  readonly code: string;
  /** `author` elements of the section, or of the one around it. */
  readonly authors: readonly XmlElement[];
  /** It speaks of relatives: nothing in it is a fact about the patient. */
  readonly relatives: boolean;
  /** It has a `subject` of its own: somebody else. */
  readonly stranger: boolean;
  /** It lists treatments under way. */
  readonly currentTreatment: boolean;
  /** Codings of the chapter of a biology report (.70) that it is or stands in. */
  readonly chapter: readonly JsonObject[];
  /** The elements of its narrative by their ID, then those of the sections around it. */
  readonly narratives: readonly Narrative[];
  /** What it lists: active problems, or past ones. */
  readonly problems?: 'active' | 'past';
}

/** What a mapper is given beside the statement. */
export interface Entry {
  readonly scribe: Scribe;
  readonly section: Section;
  readonly reading: Reading;
}

/** The entry with what is left out of one statement told with the code of that statement: a code is no personal value. */
export function withCode(entry: Entry, statement: XmlElement): Entry {
  const code = codeOf(statement);
  if (code === undefined) return entry;
  const { reading } = entry;
  return { ...entry, reading: { ...reading, leftOut: (what) => reading.leftOut(`${what}, in ${code}`) } };
}

/** The code of a statement, its own or translated, where it can be said. */
export function codeOf(statement: XmlElement): string | undefined {
  const element = child(statement, 'code');
  const code = attribute(element, 'code') ?? attribute(child(element, 'translation'), 'code');
  return code !== undefined && /^[\w.+/-]{1,24}$/.test(code) ? code : undefined;
}

/** A mapper of one kind of entry. @returns the keys of the resources that stand for it in `Section.entry` */
export type Mapper = (statement: XmlElement, entry: Entry) => readonly string[];

/** What the one DiagnosticReport of a biology report is made of. */
export interface Report {
  readonly key: string;
  /** Keys of the top Observations, and of what was taken. */
  results: string[];
  specimens: string[];
  /** Codings of its chapters, each once. */
  readonly chapters: JsonObject[];
  readonly forms: JsonObject[];
  readonly conclusions: string[];
}

export class Scribe {
  readonly issues: Issue[] = [];
  readonly resources: DraftResource[] = [];
  readonly reasons = new Reasons();
  /** Why a section has no entries (`list-empty-reason`), told by an entry of the section that is being read. */
  emptyReason: string | undefined;
  /** How often something was said, repetitions counted. */
  tells = 0;
  /** Keys of specimens by their names. */
  private readonly taken = new Map<string, string>();
  private readonly told = new Set<string>();
  private readonly narratives = new Map<XmlElement, Narrative>();
  private readonly zone: string | undefined;
  /** The time of the document as a FHIR dateTime. */
  readonly now: string;

  /** Undefined for a document that is no biology report. */
  readonly report: Report | undefined;

  constructor(readonly context: BodyContext, isReport = false) {
    const { literal, at } = context.documentTime;
    this.zone = zoneOf(literal);
    this.now = dateTime(literal, { zone: this.zone, timeZone: context.timeZone }) ?? new Date(at).toISOString();
    this.report = isReport ? { key: newKey(), results: [], specimens: [], chapters: [], forms: [], conclusions: [] } : undefined;
  }

  /** Adds a resource. @returns the key that others refer to it by */
  draft(resource: JsonObject): string {
    const key = newKey();
    this.resources.push({ key, resource });
    return key;
  }

  /** A top Observation of the laboratory. */
  result(key: string): string {
    this.report?.results.push(key);
    return key;
  }

  /** @param names what results may name it by */
  specimen(resource: JsonObject, names: readonly string[] = []): string {
    const key = this.draft(resource);
    for (const name of names) if (!this.taken.has(name)) this.taken.set(name, key);
    this.report?.specimens.push(key);
    return key;
  }

  /** What was taken under one of these names, as far as it was read; undefined when nothing was, or it was taken back. */
  specimenNamed(names: readonly string[]): string | undefined {
    return names.map((name) => this.taken.get(name)).find((key) => key !== undefined && this.resources.some((one) => one.key === key));
  }

  /** Takes back the resources from `length` on, and the reasons that were to be found for them. */
  forget(length: number): void {
    const taken = this.resources.splice(length);
    const keys = new Set(taken.map(({ key }) => key));
    for (const { key, resource } of taken) this.reasons.forget(key, resource);
    if (this.report === undefined) return;
    this.report.results = this.report.results.filter((key) => !keys.has(key));
    this.report.specimens = this.report.specimens.filter((key) => !keys.has(key));
  }

  /** Says once that something was left out or assumed; never a value. */
  tell(diagnostics: string, severity: 'information' | 'warning' = 'information'): void {
    this.tells += 1;
    this.say(diagnostics, severity);
  }

  private say(diagnostics: string, severity: 'information' | 'warning'): void {
    if (this.told.has(diagnostics)) return;
    this.told.add(diagnostics);
    this.issues.push({ severity, code: severity === 'warning' ? 'incomplete' : 'informational', diagnostics });
  }

  /** Remembers the narrative of a section. */
  remember(section: XmlElement, texts: readonly XmlElement[]): void {
    const found = new Map<string, XmlElement>();
    for (const text of texts) collectIds(text, found);
    this.narratives.set(section, found);
  }

  narrativeOf(section: XmlElement): Narrative | undefined {
    return this.narratives.get(section);
  }

  /** What an ID names: in the narratives nearest to it, else in the first of the document. */
  private named(id: string, near: readonly Narrative[]): XmlElement | undefined {
    for (const narrative of near) if (narrative.has(id)) return narrative.get(id);
    for (const narrative of this.narratives.values()) if (narrative.has(id)) return narrative.get(id);
    return undefined;
  }

  /** @param where what is read, for what is left out of it; @param near the narratives in which a reference is looked for first */
  reading(where: string, near: readonly Narrative[] = []): Reading {
    return {
      zone: this.zone,
      timeZone: this.context.timeZone,
      narrative: (reference) => textOf(this.named(reference.startsWith('#') ? reference.slice(1) : reference, near)),
      leftOut: (what) => this.tell(`${where}: left out: ${what}.`),
      remark: (what) => this.say(what, 'information'),
    };
  }
}

function collectIds(element: XmlElement, into: Map<string, XmlElement>): void {
  const id = element.attributes['ID']?.trim();
  if (id !== undefined && id !== '' && !into.has(id)) into.set(id, element);
  for (const node of element.children) if (typeof node !== 'string') collectIds(node, into);
}

/** A key for a draft. */
export const newKey = (): string => `urn:uuid:${randomUUID()}`;
