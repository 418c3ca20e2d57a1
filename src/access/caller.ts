/** The claims of a verified token that say who its bearer is (`docs/access.md` shows each). */
import type { Actor } from './actor.js';
import { fail, type Failure } from '../fhir/failure.js';
import { professionalKey, professionalOid, structureKey, structureOid } from './keys.js';

export type Claims = Readonly<Record<string, unknown>>;

const refused = (reason: string): Failure => fail('bad-token', { reason });

/** @throws Failure bad-token when the claim is there and is not a text */
function text(claims: Claims, name: string): string | undefined {
  const value = claims[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.trim() === '') throw refused(`its claim ${name} is not a text`);
  return value.trim();
}

/** The one value that the claims of both vocabularies give; two that differ name nobody. */
function agreed(claims: Claims, names: readonly string[], keyOf: (value: string) => string | undefined, accepted: string): string | undefined {
  const keys = new Set<string>();
  for (const name of names) {
    const value = text(claims, name);
    if (value === undefined) continue;
    const key = keyOf(value);
    if (key === undefined) throw refused(`its claim ${name} is not ${accepted}`);
    keys.add(key);
  }
  if (keys.size > 1) throw refused(`its claims ${names.join(' and ')} disagree`);
  return [...keys][0];
}

const professional = (claims: Claims) =>
  agreed(claims, ['rpps', 'SubjectNameID'], (value) => professionalKey(professionalOid, value), 'an RPPS number (11 digits) or a national id (IdNat_PS)');
const structure = (claims: Claims) =>
  agreed(claims, ['structure', 'SubjectOrganizationID'], (value) => structureKey(structureOid, value), 'a FINESS (9), a SIRET (14 digits) or a national id (IdNat_Struct)');

function needed<T>(value: T | undefined, role: string, claim: string): T {
  if (value === undefined) throw refused(`as ${role} it needs the claim ${claim}`);
  return value;
}

const insClaim = /^(?:urn:oid:)?([0-2](?:\.\d{1,20}){2,30})\|([0-9AB ]{1,30})$/;

function ins(claims: Claims): { system: string; value: string } {
  const [, oid, matricule] = insClaim.exec(needed(text(claims, 'ins'), 'patient', 'ins').toUpperCase().replace('URN:OID:', '')) ?? [];
  if (oid === undefined || matricule === undefined) throw refused('its claim ins is not written OID|matricule');
  return { system: `urn:oid:${oid}`, value: matricule.replace(/ /g, '') };
}

const roles: Readonly<Record<string, (claims: Claims) => Actor>> = {
  operator: (claims) => ({ kind: 'operator', name: text(claims, 'sub') ?? 'operator' }),
  professional: (claims) => {
    const where = structure(claims);
    return { kind: 'professional', professional: needed(professional(claims), 'professional', 'rpps'), ...(where === undefined ? {} : { structure: where }) };
  },
  patient: (claims) => ({ kind: 'patient', ins: ins(claims) }),
  system: (claims) => ({ kind: 'system', structure: needed(structure(claims), 'system', 'structure') }),
};

/** Without a role of ours, the claims of Pro Santé Connect name a professional: only professionals log in there. */
function roleOf(claims: Claims): string {
  return text(claims, 'passerelle_role') ?? (claims.SubjectNameID === undefined ? '' : 'professional');
}

/**
 * @throws Failure bad-token naming the claim that is missing, malformed or contradicted; never its value
 */
export function actorOfClaims(claims: Claims): Actor {
  const role = roleOf(claims);
  const read = Object.hasOwn(roles, role) ? roles[role] : undefined;
  if (!read) throw refused(`its claim passerelle_role must be one of ${Object.keys(roles).join(', ')}`);
  return read(claims);
}
