/** `documentationOf`, `inFulfillmentOf` and the study of an imaging report to the context of a DocumentReference (french-interop 2.2, 2.5). */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { practiceSetting } from '../../../terminology/header-codes.js';
import { concept } from '../datatypes/codes.js';
import { at, attribute, child, children, elements } from '../datatypes/elements.js';
import { periodOf } from '../datatypes/intervals.js';
import type { Reading } from '../datatypes/reading.js';
import { identifierOf, tokenOf } from './identifiers.js';

const DICOM = 'urn:dicom-org:ps3-20';
const referenceType = (code: string): JsonObject => ({ coding: [{ system: 'urn:ietf:rfc:3986', code }] });
const imagingTemplates = /^1\.2\.840\.10008\.9\.|^1\.2\.250\.1\.213\.1\.1\.1\.4[57]$/;
const imagingTypes = new Set(['18748-4', 'IMG-KOS']);

export interface Events {
  /** The code of every documented act. */
  readonly codes: readonly JsonObject[];
  readonly period?: JsonObject;
  readonly practiceSetting?: JsonObject;
  /** The main act: it bears the period and the practice setting. */
  readonly main?: XmlElement;
  /** Every documented act, in order. */
  readonly all: readonly XmlElement[];
}

const settingOf = (event: XmlElement): XmlElement | undefined => {
  for (const performer of children(event, 'performer')) {
    const setting = at(performer, 'assignedEntity', 'representedOrganization', 'standardIndustryClassCode');
    if (setting !== undefined) return setting;
  }
  return undefined;
};

export function eventsOf(clinicalDocument: XmlElement, reading: Reading): Events {
  const events = children(clinicalDocument, 'documentationOf').flatMap((documentation) => children(documentation, 'serviceEvent'));
  const main = events.find((event) => settingOf(event) !== undefined) ?? events[0];
  const period = periodOf(child(main, 'effectiveTime'), reading);
  const written = main === undefined ? undefined : settingOf(main);
  const known = practiceSetting(attribute(written, 'code') ?? '');
  const setting = known === undefined ? concept(written, reading) : { coding: [{ ...known }] };
  return {
    all: events,
    codes: events.map((event) => concept(child(event, 'code'), reading)).filter((code) => code !== undefined),
    ...(period === undefined ? {} : { period }), ...(setting === undefined ? {} : { practiceSetting: setting }), ...(main === undefined ? {} : { main }),
  };
}

/** referenceIdList: orders, accession numbers, and the study of an imaging report. */
export function relatedIdentifiers(clinicalDocument: XmlElement, templates: readonly string[]): JsonObject[] {
  const found = new Map<string, JsonObject>();
  const add = (id: XmlElement, kind: string): void => {
    const token = tokenOf(id);
    if (token !== undefined) found.set(`${kind}|${token.system}|${token.value}`, { identifier: identifierOf(token, { type: referenceType(kind) }) });
  };
  for (const order of children(clinicalDocument, 'inFulfillmentOf').flatMap((fulfilled) => children(fulfilled, 'order'))) {
    for (const node of elements(order)) {
      if (node.name === 'id') add(node, 'urn:ihe:iti:xds:2013:order');
      else if (node.name === 'accessionNumber' && node.ns === DICOM) add(node, 'urn:ihe:iti:xds:2013:accession');
    }
  }
  if (isImaging(clinicalDocument, templates)) {
    for (const id of children(clinicalDocument, 'documentationOf').flatMap((documentation) => children(child(documentation, 'serviceEvent'), 'id'))) {
      add(id, 'urn:ihe:iti:xds:2016:studyInstanceUID');
    }
  }
  return [...found.values()];
}

/** Only there is the id of a documented act the UID of a study. */
function isImaging(clinicalDocument: XmlElement, templates: readonly string[]): boolean {
  return templates.some((root) => imagingTemplates.test(root)) || imagingTypes.has(attribute(child(clinicalDocument, 'code'), 'code') ?? '');
}
