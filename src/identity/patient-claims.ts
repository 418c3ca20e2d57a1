/** The INS of a Patient as claims, judged by the identity domain (rules 2.1, 2.3). */
import { objects, systemValue, textOf } from '../fhir/elements.js';
import { fail, type Issue } from '../fhir/failure.js';
import type { JsonObject } from '../fhir/json.js';
import type { Claim } from '../store/port.js';
import type { IdentityDomain } from './claims.js';
import { disagreements, insAuthority, normalMatricule, parseMatricule, type InsAuthority } from './ins.js';

/** @param oid with or without `urn:oid:` */
export const patientClaim = (oid: string, matricule: string): Claim =>
  ({ kind: 'patient-ins', system: oid.replace(/^urn:oid:/i, ''), value: normalMatricule(matricule) });

interface WrittenIns {
  readonly authority: InsAuthority;
  readonly written: string;
  /** A former INS still finds its person. */
  readonly current: boolean;
  readonly expression: string;
}

const warning = (code: Issue['code'], diagnostics: string, expression: string): Issue => ({ severity: 'warning', code, diagnostics, expression: [expression] });

/** Every INS of a Patient, former ones included. */
function insOf(patient: JsonObject): readonly WrittenIns[] {
  return objects(patient.identifier).flatMap((identifier, index) => {
    const read = systemValue(identifier);
    const authority = read && insAuthority(read.system);
    return authority ? [{ authority, written: read.value, current: identifier.use !== 'old', expression: `Patient.identifier[${index}]` }] : [];
  });
}

/**
 * One INS against its domain and its own key.
 * @throws Failure ins-domain, ins-key (in production)
 */
function judge({ authority, written, expression }: WrittenIns, domain: IdentityDomain): readonly Issue[] {
  if (domain === 'production' && authority.domain === 'test') throw fail('ins-domain', {}, { expression: [`${expression}.system`] });
  const matricule = parseMatricule(written);
  if (matricule?.keyIsRight && matricule.value === written) return [];
  if (domain === 'production') throw fail('ins-key', {}, { expression: [`${expression}.value`] });
  const fault = !matricule ? 'The matricule is malformed' : matricule.keyIsRight ? 'The matricule is not written as 15 characters without blanks, letters in capitals' : 'The key of the matricule is wrong';
  return [warning('value', `${fault}. In production it would be refused.`, `${expression}.value`)];
}

function disagreeing({ written, current, expression }: WrittenIns, patient: JsonObject): readonly Issue[] {
  const matricule = current ? parseMatricule(written) : undefined;
  if (!matricule) return [];
  const gender = textOf(patient.gender);
  const birthDate = textOf(patient.birthDate);
  const found = disagreements(matricule, { ...(gender ? { gender } : {}), ...(birthDate ? { birthDate } : {}) });
  return found.length === 0 ? [] : [warning('business-rule', `The matricule disagrees with the person's ${found.join(' and ')}.`, `${expression}.value`)];
}

/**
 * A person has one INS at a time; former ones are `use=old` (FR Core fr-core-2). Two matricules of one authority would
 * claim two people, so they are refused; a NIR and a NIA that are both current belong to one person, so they are named.
 */
function several(all: readonly WrittenIns[]): readonly Issue[] {
  const current = all.filter((ins) => ins.current);
  const first = current[0];
  const conflicting = current.find((one, index) => current.slice(0, index).some((other) => other.authority === one.authority && normalMatricule(other.written) !== normalMatricule(one.written)));
  if (conflicting) throw fail('current-ins', {}, { expression: [conflicting.expression] });
  const other = current.find((ins) => ins.authority !== first?.authority);
  return other ? [warning('business-rule', 'The Patient has current INS of two authorities. Give the former one use=old.', other.expression)] : [];
}

/** Every INS of a Patient as a claim, former ones included, each once. */
export function patientClaims(patient: JsonObject): readonly Claim[] {
  const claims = insOf(patient).map(({ authority, written }) => patientClaim(authority.oid, written));
  return [...new Map(claims.map((claim) => [`${claim.system}|${claim.value}`, claim])).values()];
}

/** @returns warnings; @throws Failure ins-domain, ins-key, current-ins */
export function judgePatient(patient: JsonObject, domain: IdentityDomain): readonly Issue[] {
  const all = insOf(patient);
  return [...all.flatMap((ins) => [...judge(ins, domain), ...disagreeing(ins, patient)]), ...several(all)];
}

/** `OID|matricule` of every INS, and whether it is a current one: what the operator alone changes once a Patient bears one. */
export const insSigns = (patient: JsonObject): ReadonlySet<string> =>
  new Set(insOf(patient).map(({ authority, written, current }) => `${authority.oid}|${normalMatricule(written)}|${current ? 'current' : 'old'}`));
