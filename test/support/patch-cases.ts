/** The published cases of FHIRPath Patch and XML Patch, as the tests use them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/fhir/json';
import { readFhirXml } from '../../src/fhir/xml/codec';
import { parseXml } from '../../src/fhir/xml/door';
import { xhtmlNamespace } from '../../src/fhir/xml/members';
import type { XmlElement } from '../../src/fhir/xml/tree';
import { filesBelow, samples } from './samples';

const elementsOf = ({ children }: XmlElement): XmlElement[] => children.filter((child) => typeof child !== 'string');
const childOf = (element: XmlElement, name: string): XmlElement | undefined => elementsOf(element).find((child) => child.name === name);

export function casesOf(file: string): readonly XmlElement[] {
  const folder = samples('fhir-test-cases');
  return filesBelow(folder, file).flatMap((name) => elementsOf(parseXml(readFileSync(join(folder as string, name)), { keepSource: xhtmlNamespace })));
}

export interface FhirPathCase {
  readonly name: string;
  readonly input: JsonObject;
  readonly diff: JsonObject;
  /** Absent where the patch must be refused. */
  readonly output?: JsonObject;
}

export function fhirPathCases(): readonly FhirPathCase[] {
  const resourceIn = (element: XmlElement | undefined): JsonObject | undefined => (element ? readFhirXml(elementsOf(element)[0] as XmlElement) : undefined);
  return casesOf('fhir-patch-tests.xml').map((one) => {
    const output = resourceIn(childOf(one, 'output'));
    return { name: one.attributes.name ?? '', input: resourceIn(childOf(one, 'input')) as JsonObject, diff: resourceIn(childOf(one, 'diff')) as JsonObject, ...(output ? { output } : {}) };
  });
}
