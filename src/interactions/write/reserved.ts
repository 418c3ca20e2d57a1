/**
 * What of a resource that several structures share only the operator changes (rules 2.4, 3.5): its national identifiers,
 * the identity traits of a person, and whatever stands of a professional, a role or a structure. Software fills what is
 * absent, as a push does.
 */
import { objects, textOf } from '../../fhir/elements.js';
import { sameJson, type Json, type JsonObject } from '../../fhir/json.js';
import { heldClaims, nationalNumbers } from '../../identity/claims.js';
import { insSigns } from '../../identity/patient-claims.js';
import { birthPlaceExtension, officialNames } from '../../identity/patient-traits.js';

const sameSet = <T>(one: ReadonlySet<T>, other: ReadonlySet<T>): boolean => one.size === other.size && [...one].every((member) => other.has(member));
const same = (one: Json | undefined, other: Json | undefined): boolean => sameJson(one ?? null, other ?? null);

/** An element with what primitives have beside them (`_name`). */
const elementOf = (name: string): string => name.replace(/^_/, '');
/** They change what the rest means. */
const neverFilled: ReadonlySet<string> = new Set(['modifierExtension', 'implicitRules']);
/** Set by the server. */
const notCompared: ReadonlySet<string> = new Set(['resourceType', 'id', 'meta']);
/** A role is of one professional in one structure from the start. */
const ofRole: ReadonlySet<string> = new Set(['practitioner', 'organization']);

const identifiersKept = (before: JsonObject, after: JsonObject): boolean =>
  objects(before.identifier).every((identifier) => objects(after.identifier).some((other) => sameJson(identifier, other)));

/** Elements that stand in `before` and are another in `after`, and those that cannot be filled. Further local identifiers are filled in. */
function overwritten(before: JsonObject, after: JsonObject): string[] {
  const standing = new Set(Object.keys(before).map(elementOf));
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => {
    if (notCompared.has(name)) return false;
    if (name === 'identifier' && before.identifier !== undefined) return !identifiersKept(before, after);
    if (same(before[name], after[name])) return false;
    return standing.has(elementOf(name)) || neverFilled.has(name);
  }).map(elementOf);
}

const numbersDiffer = (before: JsonObject, after: JsonObject): boolean => !sameSet(new Set(nationalNumbers(before)), new Set(nationalNumbers(after)));

function ofActor(before: JsonObject, after: JsonObject): string[] {
  return [
    ...(numbersDiffer(before, after) ? ['identifier'] : []),
    ...(heldClaims(before).length > 0 ? overwritten(before, after) : []),
  ];
}

function ofPractitionerRole(before: JsonObject, after: JsonObject): string[] {
  const moved = [...ofRole].filter((name) => !same(before[name], after[name]));
  return [...moved, ...(heldClaims(before).length > 0 ? overwritten(before, after) : [])];
}

/** A person without an INS is yet to be identified, by the software that made them; whoever bears one is who they are. */
function ofPatient(before: JsonObject, after: JsonObject): string[] {
  const signs = insSigns(before);
  if (signs.size === 0) return [];
  const checks: readonly (readonly [element: string, changed: boolean])[] = [
    ['identifier', !sameSet(signs, insSigns(after))],
    ['name', officialNames(before).join() !== officialNames(after).join()],
    ['birthDate', !same(before.birthDate, after.birthDate)],
    ['gender', !same(before.gender, after.gender)],
    ['extension', !same(birthPlaceExtension(before), birthPlaceExtension(after))],
  ];
  return checks.filter(([, changed]) => changed).map(([element]) => element);
}

const byType: Readonly<Record<string, (before: JsonObject, after: JsonObject) => string[]>> = {
  Patient: ofPatient, Practitioner: ofActor, Organization: ofActor, PractitionerRole: ofPractitionerRole,
};

/** @returns names of the elements that `after` changes and that only the operator may change, each once */
export function reservedChanges(before: JsonObject, after: JsonObject): readonly string[] {
  const type = textOf(before.resourceType) ?? '';
  const changes = Object.hasOwn(byType, type) ? byType[type] : undefined;
  return changes ? [...new Set(changes(before, after))] : [];
}
