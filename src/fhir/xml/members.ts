/** The elements of a structure by the name that they have in XML and JSON, choices written out, in the order of the standard. */
import { choiceName, definedStructure, type ElementDefinition, type TypeUse } from '../definitions.js';

export const fhirNamespace = 'http://hl7.org/fhir';
export const xhtmlNamespace = 'http://www.w3.org/1999/xhtml';

export interface Member {
  readonly element: ElementDefinition;
  readonly type: TypeUse;
  /** Its value is an attribute or a text, not an object. */
  readonly primitive: boolean;
}

const known = new Map<string, ReadonlyMap<string, Member>>();

export function membersOf(structure: string): ReadonlyMap<string, Member> {
  let members = known.get(structure);
  if (!members) {
    members = new Map(definedStructure(structure).elements.flatMap((element) => element.types.map((type): [string, Member] => [
      element.choice ? choiceName(element.name, type.code) : element.name,
      { element, type, primitive: definedStructure(type.structure).kind === 'primitive' },
    ])));
    known.set(structure, members);
  }
  return members;
}
