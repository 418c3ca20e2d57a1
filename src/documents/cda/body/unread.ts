/** What a statement says in elements that its resource has no place for: named, never passed over in silence. */
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { attribute, child, children } from '../datatypes/elements.js';
import { narrated } from '../datatypes/codes.js';
import type { Entry } from './scribe.js';

/** Read of every statement, or saying nothing of its own. */
const ofAll = ['realmCode', 'typeId', 'templateId', 'id', 'code', 'text', 'languageCode', 'statusCode', 'effectiveTime', 'subject', 'author', 'entryRelationship'];

/** The child elements that a mapper reads, beside those of every statement. */
export const elementsRead = (names: string): ReadonlySet<string> => new Set([...ofAll, ...names.split(' ')]);

/** Names the child elements that are not among those read; one that bears a null flavour says nothing. */
export function tellUnread(statement: XmlElement, read: ReadonlySet<string>, { reading }: Entry): void {
  for (const node of statement.children) {
    if (typeof node === 'string' || read.has(node.name) || attribute(node, 'nullFlavor') !== undefined) continue;
    const typeCode = node.name === 'participant' ? attribute(node, 'typeCode') : undefined;
    reading.leftOut(`${node.name}${typeCode === undefined ? '' : ` ${typeCode}`}, for which the resource has no place`);
  }
}

/** Names every element of one name but the first. */
export function tellFurther(statement: XmlElement, name: string, { reading }: Entry): void {
  if (children(statement, name).length > 1) reading.leftOut(`every ${name} but the first`);
}

/** `text` that stands in the statement itself, as a note: one that refers to the narrative is read there, and one that only repeats the code is nothing new. */
export function inlineNote(statement: XmlElement, { reading }: Entry): { text: string }[] {
  const text = child(statement, 'text');
  if (text === undefined || child(text, 'reference') !== undefined) return [];
  const said = narrated(text, reading);
  const code = child(statement, 'code');
  const value = child(statement, 'value');
  const known = [code, value].flatMap((element) => [attribute(element, 'displayName'), narrated(child(element, 'originalText'), reading), element?.xsiType === 'ST' || element?.xsiType === 'ED' ? narrated(element, reading) : undefined]);
  return said === undefined || known.includes(said) ? [] : [{ text: said }];
}
