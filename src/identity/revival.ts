/**
 * A Patient who was deleted keeps their INS, and their id with it: whoever is created with that INS is they, and lives
 * again as the same person (rules 2.1).
 */
import { objects, systemValue } from '../fhir/elements.js';
import type { Json, JsonObject } from '../fhir/json.js';
import { insAuthority } from './ins.js';
import { patientClaim } from './patient-claims.js';
import { birthPlaceExtension, isBirthPlace } from './patient-traits.js';

/** Elements of a person that neither a push nor software changes, nor fills (rules 3.5). */
export const identityElements: ReadonlySet<string> = new Set(['name', 'gender', 'birthDate', '_birthDate']);

/** The matricule under its OID; undefined for any other identifier. */
function insOf(identifier: JsonObject): string | undefined {
  const read = systemValue(identifier);
  if (read === undefined || insAuthority(read.system) === undefined) return undefined;
  const { system, value } = patientClaim(read.system, read.value);
  return `${system}|${value}`;
}

/** What is sent, with the identity of who is here. */
function withTraits(former: JsonObject, sent: JsonObject): JsonObject {
  const revived: Record<string, Json> = {};
  for (const name in sent) if (!identityElements.has(name)) revived[name] = sent[name] as Json;
  for (const name of identityElements) if (former[name] !== undefined) revived[name] = former[name];
  const birthPlace = birthPlaceExtension(former);
  const extension = [...(birthPlace ? [birthPlace] : []), ...objects(sent.extension).filter((one) => !isBirthPlace(one))];
  if (extension.length > 0) revived.extension = extension;
  else delete revived.extension;
  return revived;
}

/**
 * @param former the last version
 * @param sent what lives in its place, under the same id; every INS of the former one is kept as it stood there
 * @param corrects the identity traits are those that are sent; otherwise those of the former version
 */
export function revivedPatient(former: JsonObject, sent: JsonObject, corrects: boolean): JsonObject {
  const kept = objects(former.identifier).filter((identifier) => insOf(identifier) !== undefined);
  const borne = new Set(kept.map(insOf));
  const others = objects(sent.identifier).filter((identifier) => !borne.has(insOf(identifier) ?? ''));
  return { ...(corrects ? sent : withTraits(former, sent)), identifier: [...kept, ...others] };
}
