/** What is read of a document before anything is decided: its identifier, whom it is about, what it replaces, whom it names. */
import { professionalOid, structureOid, professionalKey, structureKey } from '../../../access/keys.js';
import { fail, type Issue } from '../../../fhir/failure.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { documentClaim, organizationClaim, practitionerClaim, practitionerRoleClaim } from '../../../identity/claims.js';
import { insAuthority } from '../../../identity/ins.js';
import type { Claim } from '../../../store/port.js';
import { attribute, child, children, inTable } from '../datatypes/elements.js';
import { tokenOf, type Token } from './identifiers.js';
import { isRole, organizationOf } from './party.js';
import { insOf } from './patient.js';

export interface RelatedDocument {
  readonly code: 'replaces' | 'transforms' | 'appends';
  readonly identifier: Token;
}

const relations: Readonly<Record<string, readonly RelatedDocument['code'][]>> = {
  RPLC: ['replaces'], XFRM: ['transforms'], APND: ['appends'], XFRM_RPLC: ['replaces'],
};

/** @throws Failure not-a-cda */
export function documentIdentifier(clinicalDocument: XmlElement): Token {
  const token = tokenOf(child(clinicalDocument, 'id'));
  if (token === undefined) throw fail('not-a-cda', { reason: 'ClinicalDocument/id has no root' });
  return token;
}

/**
 * Documents that this one relates to, each once; a relation without an identifier, of an unknown kind, or to itself, is named.
 * @param own identifier of the document
 * @throws Failure invalid when it says that it replaces itself
 */
export function relatedDocuments(clinicalDocument: XmlElement, own: Token, issues: Issue[]): RelatedDocument[] {
  const itself = documentClaim(own);
  const isItself = (token: Token): boolean => {
    const { system, value } = documentClaim(token);
    return system === itself.system && value === itself.value;
  };
  const found = new Map<string, RelatedDocument>();
  for (const related of children(clinicalDocument, 'relatedDocument')) {
    const codes = inTable(relations, attribute(related, 'typeCode'));
    const tokens = children(child(related, 'parentDocument'), 'id').map(tokenOf).filter((token) => token !== undefined);
    if (codes === undefined || tokens.length === 0) {
      issues.push({ severity: 'warning', code: 'incomplete', diagnostics: 'relatedDocument: a relation of an unknown typeCode, or without the identifier of the parent, is left out.' });
      continue;
    }
    const others = tokens.filter((token) => !isItself(token));
    if (others.length < tokens.length) {
      if (codes.includes('replaces')) throw fail('invalid', { reason: 'This document says that it replaces itself.' }, { expression: ['ClinicalDocument.relatedDocument.parentDocument.id'] });
      issues.push({ severity: 'warning', code: 'incomplete', diagnostics: 'relatedDocument: a relation of the document to itself is left out.' });
    }
    for (const code of codes) for (const identifier of others) found.set(`${code}|${identifier.system}|${identifier.value}`, { code, identifier });
  }
  return [...found.values()];
}

const isUnderInsOid = (id: XmlElement): boolean => insAuthority(attribute(id, 'root') ?? '') !== undefined;

/** The one INS of the document. @throws Failure no-ins, ins-without-extension, several-ins */
export function documentIns(clinicalDocument: XmlElement): { readonly system: string; readonly value: string } {
  const roles = children(clinicalDocument, 'recordTarget').flatMap((target) => children(target, 'patientRole'));
  const [ins, other] = insOf(roles);
  const expression = ['ClinicalDocument.recordTarget.patientRole.id'];
  if (ins === undefined) throw fail(roles.flatMap((role) => children(role, 'id')).some(isUnderInsOid) ? 'ins-without-extension' : 'no-ins', {}, { expression });
  if (other !== undefined) throw fail('several-ins', {}, { expression });
  return ins;
}

/** The claims of every professional, structure and role that the document names anywhere, in one walk. */
export function sharedClaims(clinicalDocument: XmlElement): Claim[] {
  const found = new Map<string, Claim>();
  const add = (claim: Claim): void => { found.set(`${claim.kind}|${claim.value}`, claim); };
  const open: XmlElement[] = [clinicalDocument];
  for (let element = open.pop(); element !== undefined; element = open.pop()) {
    for (const node of element.children) if (typeof node === 'object') open.push(node);
    if (element.name === 'id') nationalClaim(element, add);
    else if (isRole(element)) roleClaims(element, add);
  }
  return [...found.values()];
}

function nationalClaim(id: XmlElement, add: (claim: Claim) => void): void {
  const root = attribute(id, 'root');
  const extension = attribute(id, 'extension');
  if (extension === undefined) return;
  const professional = root === professionalOid ? professionalKey(root, extension) : undefined;
  const structure = root === structureOid ? structureKey(root, extension) : undefined;
  if (professional !== undefined) add(practitionerClaim(professional));
  if (structure !== undefined) add(organizationClaim(structure));
}

/** The first national key among the ids of an element. */
function keyOf(element: XmlElement | undefined, oid: string, read: typeof professionalKey): string | undefined {
  for (const id of children(element, 'id')) {
    const extension = attribute(id, 'root') === oid ? attribute(id, 'extension') : undefined;
    const key = extension === undefined ? undefined : read(oid, extension);
    if (key !== undefined) return key;
  }
  return undefined;
}

function roleClaims(role: XmlElement, add: (claim: Claim) => void): void {
  const professional = keyOf(role, professionalOid, professionalKey);
  const structure = professional === undefined ? undefined : keyOf(organizationOf(role), structureOid, structureKey);
  if (professional !== undefined && structure !== undefined) add(practitionerRoleClaim(professional, structure, attribute(child(role, 'code'), 'code') ?? ''));
}
