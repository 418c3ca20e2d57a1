/** Types of elements, as `is`, `as` and `ofType` ask for them. */
import { isResourceType } from '../definitions.js';
import type { PathNode } from './nodes.js';

/** Values of FHIR that the types of FHIRPath itself stand for. */
const systemTypes: Readonly<Record<string, readonly string[] | undefined>> = {
  Boolean: ['boolean'], Date: ['date'], DateTime: ['dateTime', 'instant'], Time: ['time'], Integer: ['integer', 'positiveInt', 'unsignedInt'], Decimal: ['decimal'],
  String: ['string', 'markdown', 'code', 'id', 'uri', 'url', 'canonical', 'oid', 'uuid', 'base64Binary', 'xhtml'],
};
/** Datatypes that are special cases of another: https://hl7.org/fhir/R4/datatypes.html */
const broader: Readonly<Record<string, string | undefined>> = {
  code: 'string', id: 'string', markdown: 'string', url: 'uri', canonical: 'uri', oid: 'uri', uuid: 'uri', positiveInt: 'integer', unsignedInt: 'integer',
  Age: 'Quantity', Count: 'Quantity', Distance: 'Quantity', Duration: 'Quantity',
};

function isOf(type: string, asked: string): boolean {
  return type === asked || broader[type] === asked || (systemTypes[asked]?.includes(type) ?? false)
    || ((asked === 'Resource' || asked === 'DomainResource') && isResourceType(type)) || (asked === 'BackboneElement' && type.includes('.'));
}

export const ofType = (nodes: readonly PathNode[], type: string): readonly PathNode[] => nodes.filter((node) => isOf(node.type, type));
