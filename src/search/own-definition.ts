/**
 * A SearchParameter resource (https://hl7.org/fhir/R4/searchparameter.html) as a parameter of this server. It has an effect while it is
 * active. What it asks for is read by the shapes that the parameters of R4 are written in; whatever else stands in it is refused.
 */
import { isResourceType } from '../fhir/definitions.js';
import { object, textOf } from '../fhir/elements.js';
import type { Issue } from '../fhir/failure.js';
import { isObject, type Json, type JsonObject } from '../fhir/json.js';
import { compileExtractor } from './index/extractor.js';
import { alternativesOf } from './expression.js';
import type { OwnDefinition, OwnParameters } from './index-state.js';
import { build, searchParameter } from './parameters.js';
import { searchDefinitions, typesOf, type PublishedParameter, type SearchType } from './definitions.js';

const kinds: ReadonlySet<string> = new Set(['token', 'reference', 'string', 'date', 'number', 'quantity', 'uri', 'composite'] satisfies SearchType[]);
/** As in the parameters of R4; a name that begins with `_` is one of the standard's own. */
const codes = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;
/** Characters, and alternatives, of an expression. */
const longest = 2_000;
const mostAlternatives = 20;

const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []);

/** `(P as T)` is `P.as(T)`. */
const normal = (expression: string): string => expression.replace(/\(([A-Za-z][\w.]{0,200}) as ([A-Za-z]\w{0,63})\)/g, '$1.as($2)').trim();

/** @returns undefined for what is not active, or lacks what it needs: see {@link definitionFaults} */
export function definitionOf({ id, status, code, url, base, type, expression, target, component }: JsonObject): OwnDefinition | undefined {
  const text = textOf(expression);
  if (status !== 'active' || textOf(id) === undefined || textOf(code) === undefined || !kinds.has(String(type)) || text === undefined) return undefined;
  const targets = listOf(target);
  return {
    id: String(id), code: String(code), url: textOf(url) ?? '', base: listOf(base), type: type as SearchType, expression: normal(text),
    ...(type === 'reference' ? { target: targets.length > 0 ? targets : everyType } : {}),
    ...(type === 'composite' ? { component: partsOf(component).flatMap(({ known, path }) => (known ? [{ code: known.code, type: known.type, expression: path }] : [])) } : {}),
  };
}
/** Stands for every type: `build` leaves out what the element cannot refer to. */
const everyType: readonly string[] = ['*'];

interface Part {
  /** The parameter of the standard that it is defined by. */
  readonly known?: PublishedParameter;
  readonly path: string;
}
function partsOf(component: Json | undefined): readonly Part[] {
  return (Array.isArray(component) ? component : []).filter(isObject).map(({ definition, expression }) => {
    const known = searchDefinitions().parameters.find(({ url }) => url === definition);
    return { ...(known ? { known } : {}), path: normal(textOf(expression) ?? '') };
  });
}

/** What each component of a composite may be: as in the composites of R4. */
const roles: readonly (readonly SearchType[])[] = [['token'], ['token', 'quantity', 'date', 'number', 'string', 'reference'], ['number']];
/** From the element that the composite stands on, or from the resource. */
const relative = /^(?:%resource\.)?[a-z]/;

type Fault = readonly [element: string, text: string];

function baseFaults({ base }: OwnDefinition): Fault[] {
  const strange = typesOf(base).filter((type) => !isResourceType(type));
  return base.length === 0 || strange.length > 0 ? [['base', 'name the resource types that it is of, or Resource or DomainResource']] : [];
}

function codeFaults({ id, code, base }: OwnDefinition, own: OwnParameters | undefined): Fault[] {
  if (!codes.test(code)) return [['code', 'it is a letter, then letters, digits and "-", at most 64 of them']];
  const types = typesOf(base);
  const standard = types.find((type) => searchParameter(type, code) !== undefined);
  if (standard !== undefined) return [['code', `${standard} has a parameter "${code}" in the standard; choose another code`]];
  const taken = own?.definitions.some((other) => other.id !== id && other.code === code && typesOf(other.base).some((type) => types.includes(type)));
  return taken === true ? [['code', `another SearchParameter defines "${code}" for the same type`]] : [];
}

function componentFaults({ type, base, component }: JsonObject): Fault[] {
  if (type !== 'composite') return [];
  const parts = partsOf(component);
  if (parts.length < 2 || parts.length > roles.length) return [['component', 'a composite has two or three']];
  const types = typesOf(listOf(base));
  return parts.flatMap(({ known, path }, at): Fault[] => {
    const of = typesOf(known?.base ?? []);
    const role = roles[at] ?? [];
    if (!known || types.some((each) => !of.includes(each))) return [[`component[${at}].definition`, 'it is the URL of a parameter that the standard has on every type of base']];
    if (!role.includes(known.type)) return [[`component[${at}].definition`, `this component is of the type ${role.join(', ')}`]];
    const legible = path.length <= longest && alternativesOf(path).every((each) => relative.test(each));
    return legible ? [] : [[`component[${at}].expression`, 'it is a path from the element that the parameter stands on, or from %resource']];
  });
}

/** The part of a TypeError that says what was met. */
const unread = (thrown: unknown): string => (thrown instanceof TypeError ? thrown.message : String(thrown));

/** The first type that it cannot be read on is named. */
function expressionFaults(definition: OwnDefinition): Fault[] {
  const { expression, base, type } = definition;
  if (expression.length > longest || alternativesOf(expression).length > mostAlternatives) return [['expression', `it is longer than ${longest} characters or ${mostAlternatives} alternatives`]];
  for (const each of typesOf(base)) {
    try {
      if (!compileExtractor(build(each, definition))) return [['expression', `on ${each} it leads to no element that a parameter of the type ${type} searches`]];
    } catch (thrown) {
      return [['expression', `on ${each} it cannot be read: ${unread(thrown)}`]];
    }
  }
  return [];
}

const issueOf = ([element, text]: Fault): Issue => ({ severity: 'error', code: 'not-supported', diagnostics: `SearchParameter.${element}: ${text}.`, expression: [`SearchParameter.${element}`] });

/**
 * Why an active SearchParameter cannot be one of this server; [] for one that can, and for those that are not active.
 * @param own those that there are already, of `most` that there may be
 */
export function definitionFaults(resource: JsonObject, own?: OwnParameters, most = Infinity): readonly Issue[] {
  if (resource.status !== 'active') return [];
  const { type, code, expression } = resource;
  const others = own?.definitions.filter((each) => each.id !== resource.id).length ?? 0;
  const plain: Fault[] = [
    ...(others >= most ? [['status', `no more than ${most} are active at once (SEARCH_PARAMETERS_LIMIT)`] as const] : []),
    ...(kinds.has(String(type)) ? [] : [['type', `parameters of the type "${String(type)}" are not defined here; taken: ${[...kinds].join(', ')}`] as const]),
    ...(textOf(code) === undefined ? [['code', 'it is missing'] as const] : []),
    ...(textOf(expression) === undefined ? [['expression', 'it is missing'] as const] : []),
    ...componentFaults(resource),
    ...(object(resource.expression) ? [['expression', 'it is a text'] as const] : []),
  ];
  const definition = definitionOf({ ...resource, id: textOf(resource.id) ?? 'new' });
  if (plain.length > 0 || !definition) return plain.map(issueOf);
  const targetless = listOf(resource.target).filter((each) => !isResourceType(each));
  const faults = [...baseFaults(definition), ...codeFaults(definition, own), ...(targetless.length > 0 ? [['target', 'it names something that is not a resource type'] as const] : [])];
  return (faults.length > 0 ? faults : expressionFaults(definition)).map(issueOf);
}

/** Parameters of several resources, the first of those that want one name; the order of the ids decides. */
export function definitionsOf(resources: readonly JsonObject[], most: number): readonly OwnDefinition[] {
  const taken = new Set<string>();
  const all = resources.filter((each) => definitionFaults(each).length === 0).map(definitionOf).filter((each) => each !== undefined);
  return all.sort((one, other) => (one.id < other.id ? -1 : 1)).filter(({ base, code }) => {
    const names = typesOf(base).map((type) => `${type}.${code}`);
    if (names.some((name) => taken.has(name))) return false;
    for (const name of names) taken.add(name);
    return true;
  }).slice(0, most);
}
