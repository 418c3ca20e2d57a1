/**
 * Makes `profiles/r4/structures.json.gz` and `profiles/r4/resource-types.json` from the published definitions of FHIR R4.
 * `src/fhir/definitions.ts` reads them and documents their form.
 */
import { resourcesOf, sourceName, writeArtefacts } from './package.mjs';
import { ValueSets } from './value-sets.mjs';

const fhirType = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type';
const lastSegment = (url) => url.slice(url.lastIndexOf('/') + 1);
const extensionOf = ({ extension = [] }, url) => extension.find((one) => one.url === url);

/** Resource.id is said to be a string, but is an id (https://hl7.org/fhir/R4/resource.html#id). */
const corrected = { 'Resource.id': 'id' };

function typeText({ path }, type) {
  const code = corrected[path] ?? extensionOf(type, fhirType)?.valueUrl ?? type.code;
  if (type.profile) return `${code}:${lastSegment(type.profile[0])}`;
  const targets = (type.targetProfile ?? []).map(lastSegment);
  return targets.length === 0 || targets.includes('Resource') ? code : `${code}(${targets.join(',')})`;
}

/** `name min..maxFLAGS type… [=value set]`; flags: s in summaries, m modifier, a an attribute in XML. */
function line(element, valueSets) {
  const { path, min, max, type, contentReference, isSummary, isModifier, representation } = element;
  const flags = (isSummary ? 's' : '') + (isModifier ? 'm' : '') + (representation?.includes('xmlAttr') ? 'a' : '');
  const nested = type?.some(({ code }) => code === 'BackboneElement' || code === 'Element');
  const types = contentReference ? [contentReference.slice(1)] : nested ? [path] : type.map((one) => typeText(element, one));
  const required = valueSets.required(element);
  return `${lastSegment(path.replaceAll('.', '/'))} ${min}..${max}${flags} ${types.join(' ')}${required ? ` =${required}` : ''}`;
}

/** Adds a structure and, under their paths, the elements with elements of their own. */
function addStructure(types, definition, valueSets, inherited) {
  const { kind, type, name, snapshot, abstract } = definition;
  const prefix = `${type}.`;
  const children = new Map([[type, []]]);
  for (const element of snapshot.element) {
    if (!element.path.startsWith(prefix) || element.max === '0') continue;
    const parent = element.path.slice(0, element.path.lastIndexOf('.'));
    if (!children.has(parent)) children.set(parent, []);
    children.get(parent).push(element);
  }
  for (const [path, elements] of children) {
    const own = path === type;
    const base = own ? lastSegment(definition.baseDefinition ?? '') : baseOf(snapshot.element, path);
    const parent = kind === 'resource' || base === 'BackboneElement' ? base : base === '' ? '' : 'Element';
    const known = inherited(parent);
    const lines = elements.filter((element) => !known.has(element.path.slice(path.length + 1))).map((element) => line(element, valueSets));
    const header = `${own ? (abstract ? 'abstract' : kind === 'resource' ? 'resource' : 'complex') : 'nested'}${parent ? ` ${parent}` : ''}`;
    types[own ? name : path] = [header, ...lines].join('\n');
  }
}
const baseOf = (elements, path) => elements.find((element) => element.path === path).type[0].code;

const skeleton = ['Element', 'BackboneElement', 'Resource', 'DomainResource'];
/** Names of the elements that a structure has from this base. */
function inheritance(definitions) {
  const names = new Map(skeleton.map((name) => {
    const { snapshot } = definitions.find((one) => one.name === name);
    return [name, new Set(snapshot.element.filter(({ path }) => path.startsWith(`${name}.`)).map(({ path }) => path.slice(name.length + 1)))];
  }));
  return (base) => names.get(base) ?? new Set();
}

/** @returns the text of each artefact by its file name */
function artefacts() {
  const definitions = ['profiles-types', 'profiles-resources'].flatMap(resourcesOf)
    .filter(({ resourceType, kind }) => resourceType === 'StructureDefinition' && kind !== 'logical');
  const inherited = inheritance(definitions);
  const valueSets = new ValueSets();
  const types = {};
  for (const definition of definitions) {
    if (definition.kind === 'primitive-type') types[definition.name] = 'primitive';
    else addStructure(types, definition, valueSets, inherited);
  }
  const resources = definitions.filter(({ kind, abstract }) => kind === 'resource' && !abstract).map(({ name }) => name).sort();
  return {
    'resource-types.json': `${JSON.stringify(resources)}\n`,
    'structures.json.gz': `${JSON.stringify({ source: sourceName, fhirVersion: '4.0.1', types, valueSets: valueSets.written }, null, 1)}\n`,
  };
}

writeArtefacts(artefacts());
