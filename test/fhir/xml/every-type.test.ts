/** Every element of every resource type crosses XML, in the order of the standard (https://hl7.org/fhir/R4/xml.html). */
import { isObject, sameJson, type Json, type JsonObject } from '../../../src/fhir/json';
import { readResource } from '../../../src/fhir/resource';
import { writeFhirXml } from '../../../src/fhir/xml/codec';
import { parseXml } from '../../../src/fhir/xml/door';
import { xhtmlNamespace } from '../../../src/fhir/xml/members';
import { below, concreteTypes, everyElement, placeOf, propertyOf } from '../../support/standard';

/** Names of the child elements as they should come: those of the standard, each as often as it stands. */
function expectedOrder(object: JsonObject, path: string): string[] {
  return below(path).flatMap((element) => (element.type ?? [{ code: '' }]).flatMap(({ code }) => {
    const name = propertyOf(element.name, element.choice, code);
    // An id, and the url of an extension, is an attribute.
    if (path !== 'Resource' && !concreteTypes.includes(path) && element.name === 'id') return [];
    const value = object[name] ?? object[`_${name}`];
    return value === undefined ? [] : Array<string>(Array.isArray(value) ? value.length : 1).fill(name);
  }));
}

interface Element { readonly name: string; readonly children: readonly (Element | string)[] }
const childrenOf = ({ children }: Element): Element[] => children.filter((child): child is Element => typeof child !== 'string');

/** Compares the order at this level, and one level further down. */
function compare(xml: Element, object: JsonObject, path: string, levels: number): void {
  const children = childrenOf(xml);
  expect([path, children.map(({ name }) => name)]).toEqual([path, expectedOrder(object, path)]);
  if (levels === 0) return;
  for (const element of below(path)) {
    for (const { code } of element.type ?? []) {
      const name = propertyOf(element.name, element.choice, code);
      const place = placeOf(element, code);
      const list: Json[] = object[name] === undefined ? [] : Array.isArray(object[name]) ? object[name] : [object[name]];
      if (place === undefined || code === 'Resource' || place === 'Extension') continue;
      children.filter((child) => child.name === name).forEach((child, index) => {
        const value = list[index];
        if (isObject(value)) compare(child, value, place, levels - 1);
      });
    }
  }
}

it.each(concreteTypes)('%s', (type) => {
  for (const turn of [0, 1, 2]) {
    const resource = everyElement(type, turn);
    expect(Object.keys(resource).length).toBeGreaterThan(5);
    for (const pretty of [false, true]) {
      const xml = Buffer.from(writeFhirXml(resource, pretty));
      const back = readResource(xml, 'xml');
      expect(sameJson(back, resource)).toBe(true);
      expect(writeFhirXml(back, pretty)).toBe(xml.toString());
      if (!pretty) compare(parseXml(xml, { keepSource: xhtmlNamespace }), resource, type, 2);
    }
  }
});
