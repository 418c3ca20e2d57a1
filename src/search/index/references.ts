/**
 * Reference entries keep the form of the reference. Beside the reference itself are indexed:
 * - its identifier (a logical reference);
 * - its display, for `:text`;
 * - its alternate reference (extension `alternate-reference`);
 * - for a contained PractitionerRole, the practitioner and the organization that it names, where the parameter may point at
 *   such a type: `author=Practitioner/x` finds the document whose author is the contained role of that practitioner.
 */
import { isObject, type Json, type JsonObject } from '../../fhir/json.js';
import type { ParsedReference } from '../../fhir/reference.js';
import type { ReferenceEntry } from '../entries.js';
import { fold } from '../fold.js';
import type { Run, Visit } from './run.js';

const alternateReference = 'http://hl7.org/fhir/StructureDefinition/alternate-reference';

/** The end of an absolute RESTful URL: `…/Patient/123`. */
const typeInUrl = /\/([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

const containedType = (id: string, run: Run): string | undefined => {
  const type = run.inner.get(id)?.resourceType;
  return typeof type === 'string' ? type : undefined;
};

function typeOf(parsed: ParsedReference, run: Run): string | undefined {
  if (parsed.form === 'local') return parsed.type;
  if (parsed.form === 'contained') return containedType(parsed.id, run);
  if (parsed.form === 'absolute') return typeInUrl.exec(parsed.url)?.[1];
  return parsed.form === 'conditional' ? parsed.type : undefined;
}

/**
 * `resolve() is T` without resolving: by the reference itself, else by Reference.type. A purely logical reference that does
 * not say its type may point at any.
 */
export function refersTo(type: string, value: unknown, run: Run): boolean {
  if (typeof value === 'string') return typeInUrl.exec(value.split('|')[0] as string)?.[1] === type;
  const { reference, type: stated } = value as { reference?: unknown; type?: unknown };
  const parsed = typeof reference === 'string' ? run.parse(reference) : undefined;
  const known = parsed && typeOf(parsed, run);
  if (known !== undefined) return known === type;
  return typeof stated === 'string' ? stated === type : parsed === undefined;
}

function entryOf(parsed: ParsedReference, param: string, { contained }: Run): ReferenceEntry {
  switch (parsed.form) {
    case 'local': {
      const { type, id, version } = parsed;
      return version === undefined ? { param, contained, form: 'local', type, id, mark: undefined } : { param, contained, form: 'local', type, id, version, mark: undefined };
    }
    case 'contained': return { param, contained, form: 'contained', id: parsed.id, mark: undefined };
    case 'conditional': return { param, contained, form: 'absolute', url: `${parsed.type}?${parsed.query}`, mark: undefined };
    default: return { param, contained, form: 'absolute', url: parsed.url, mark: undefined };
  }
}

/** What only a display says. */
const inWords = { form: 'logical', system: '', value: '', mark: undefined } as const;

interface Logical { readonly identifier?: Json; readonly display?: Json; readonly type?: Json; readonly reference?: Json; readonly extension?: Json }

/** @returns FHIR type -> visit; `targets`: what the parameter may point at */
export function referenceVisits(param: string, targets: readonly string[]): Readonly<Record<string, Visit>> {
  const text = `${param}:text`;
  const roleMembers = [['practitioner', 'Practitioner'], ['organization', 'Organization']].filter(([, type]) => targets.includes(type as string));

  function logical(value: Logical, run: Run): void {
    if (!isObject(value.identifier)) return;
    const { system, value: given } = value.identifier;
    if (typeof given !== 'string' && typeof system !== 'string') return;
    const base = { param, contained: run.contained, form: 'logical' as const, mark: undefined, system: typeof system === 'string' ? system : '', value: typeof given === 'string' ? given : '' };
    run.reference.push(typeof value.type === 'string' ? { ...base, type: value.type } : base);
  }
  function displayed(display: string, run: Run): void {
    run.aside.push({ param: text, contained: run.contained, exact: display, folded: fold(display), mark: undefined });
  }
  function role(contained: JsonObject | undefined, run: Run): void {
    if (contained?.resourceType !== 'PractitionerRole') return;
    for (const [name] of roleMembers) {
      const member = contained[name as string];
      if (isObject(member)) reference(member, run, false);
    }
  }
  function reference(value: unknown, run: Run, enterRoles = true): void {
    const given = value as Logical;
    const parsed = typeof given.reference === 'string' ? run.parse(given.reference) : undefined;
    if (parsed) {
      run.reference.push(entryOf(parsed, param, run));
      if (enterRoles && parsed.form === 'contained' && roleMembers.length > 0) role(run.inner.get(parsed.id), run);
    }
    if (given.identifier !== undefined) logical(given, run);
    if (typeof given.display === 'string' && given.display !== '') displayed(given.display, run);
    // A reference in words only is there, though nothing finds what it names: `:missing` sees this entry.
    if (given.reference === undefined && given.identifier === undefined && given.display !== undefined) run.reference.push({ ...inWords, param, contained: run.contained });
    if (!Array.isArray(given.extension)) return;
    for (const extension of given.extension) {
      if (isObject(extension) && extension.url === alternateReference && isObject(extension.valueReference)) reference(extension.valueReference, run, false);
    }
  }
  const canonical: Visit = (value, run) => {
    if (typeof value !== 'string') return;
    run.reference.push({ param, contained: run.contained, ...canonicalForm(value), mark: undefined });
    const parsed = run.parse(value);
    if (parsed?.form === 'local' || parsed?.form === 'contained') run.reference.push(entryOf(parsed, param, run));
  };
  /** A resource that stands in place, as in a document Bundle. */
  const resource: Visit = (value, run) => {
    const { resourceType: type, id } = value as { resourceType?: unknown; id?: unknown };
    if (typeof type === 'string' && typeof id === 'string' && targets.includes(type)) run.reference.push({ param, contained: run.contained, form: 'local', type, id, mark: undefined });
  };
  return { Reference: (value, run) => reference(value, run), canonical, uri: canonical, Resource: resource };
}

/** `url|version#fragment` (https://hl7.org/fhir/R4/references.html#canonical). */
export function canonicalForm(text: string): { form: 'canonical'; url: string; version?: string; fragment?: string } {
  const hash = text.indexOf('#', 1);
  const whole = hash < 0 ? text : text.slice(0, hash);
  const bar = whole.indexOf('|');
  return {
    form: 'canonical',
    url: bar < 0 ? whole : whole.slice(0, bar),
    ...(bar < 0 ? {} : { version: whole.slice(bar + 1) }),
    ...(hash < 0 ? {} : { fragment: text.slice(hash + 1) }),
  };
}
