/** CDA identifiers (II: `@root`, `@extension`) to FHIR, and the other forms of a national identifier (french-interop 2.5, 4.1, 6.10 trap 7). */
import { luhn, professionalKey, professionalKind, professionalOid, structureKey, structureKind, structureOid } from '../../../access/keys.js';
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { attribute, children, compact } from '../datatypes/elements.js';

export interface Token {
  readonly system: string;
  readonly value: string;
}

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const oidShape = /^[0-2](\.(0|[1-9]\d*))+$/;
const uriSystem = 'urn:ietf:rfc:3986';
const v2Types = 'http://terminology.hl7.org/CodeSystem/v2-0203';
const frTypes = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203';

/** `urn:uuid:` in lower case, else `urn:oid:`. */
const urn = (root: string): string => (uuidShape.test(root) ? `urn:uuid:${root.toLowerCase()}` : `urn:oid:${root}`);

/** An II as system and value: root alone is a URI of its own, root and extension are a system and a value. Blanks in a root are dropped (a URI holds none). Undefined without a root. */
export function tokenOf(id: XmlElement | undefined): Token | undefined {
  const root = attribute(id, 'root')?.replace(/\s+/g, '');
  if (root === undefined) return undefined;
  const extension = attribute(id, 'extension');
  if (extension !== undefined) return { system: urn(root), value: extension };
  return { system: uriSystem, value: uuidShape.test(root) || oidShape.test(root) ? urn(root) : root };
}

/** The same as an Identifier. */
export function identifierOf(token: Token, more: JsonObject = {}): JsonObject {
  return compact({ ...more, system: token.system, value: token.value });
}

export const sameToken = (one: Token, other: Token): boolean => one.system === other.system && one.value === other.value;

/** A type of Identifier from the French table (RPPS, IDNPS …). */
export const frenchType = (code: string, display?: string): JsonObject => ({ coding: [compact({ system: frTypes, code, display })] });
/** A type of Identifier from HL7's table 0203. */
export const v2Type = (code: string, display?: string): JsonObject => ({ coding: [compact({ system: v2Types, code, display })] });

export interface NationalIds {
  /** IdNat_PS or IdNat_Struct of each identifier that is a national one, each once. */
  readonly keys: readonly string[];
  /** Every identifier, national ones followed by their derived forms. */
  readonly identifiers: readonly JsonObject[];
  /** A national identifier whose number does not fit its prefix: kept as it is. */
  readonly odd: boolean;
  /** A second national identifier of one kind, which would be somebody else: left out. */
  readonly further: boolean;
}

interface Form {
  readonly system: string;
  readonly type?: string;
  readonly value: string;
}
interface National {
  readonly root: string;
  readonly type: string;
  readonly key: (root: string, value: string) => string | undefined;
  readonly kind: (key: string) => string;
  /** Other forms of the key; undefined when its number does not fit its prefix. */
  readonly derived: (key: string) => readonly Form[] | undefined;
}

const rpps = 'https://rpps.esante.gouv.fr';
const finess = 'https://finess.esante.gouv.fr';
const sirene = 'https://sirene.fr';
const rank = 'https://rppsrang.esante.gouv.fr';

function professionalForms(key: string): readonly Form[] | undefined {
  if (key.startsWith('8')) return [{ system: rpps, type: 'RPPS', value: key.slice(1) }];
  return [];
}

/** CDA does not say whether a FINESS is a legal or a geographic one: it bears the system without a type. */
function structureForms(key: string): readonly Form[] | undefined {
  const number = key.slice(1);
  switch (key[0]) {
    case '0': return /^[0-9A-Z]{9}$/.test(number) ? [] : undefined;
    case '1': return /^[0-9A-Z]{9}$/.test(number) ? [{ system: finess, value: number }] : undefined;
    case '2': return /^\d{9}$/.test(number) && luhn(number) ? [{ system: sirene, type: 'SIREN', value: number }] : undefined;
    case '3': return /^\d{14}$/.test(number) && luhn(number) ? [{ system: sirene, type: 'SIRET', value: number }] : undefined;
    case '4': return /^\d{11,14}$/.test(number) ? [{ system: rank, type: 'RPPSRG', value: number }] : undefined;
    default: return undefined;
  }
}

const professional: National = { root: professionalOid, type: 'IDNPS', key: professionalKey, kind: professionalKind, derived: professionalForms };
const structure: National = { root: structureOid, type: 'IDNST', key: structureKey, kind: structureKind, derived: structureForms };

function nationalIds(role: XmlElement | undefined, kind: National): NationalIds {
  const keys: string[] = [];
  const identifiers: JsonObject[] = [];
  let odd = false;
  let further = false;
  const add = (identifier: JsonObject): void => {
    if (!identifiers.some((known) => known.system === identifier.system && known.value === identifier.value)) identifiers.push(identifier);
  };
  for (const id of children(role, 'id')) {
    const token = tokenOf(id);
    if (token === undefined) continue;
    const assigner = attribute(id, 'assigningAuthorityName');
    const more = assigner === undefined ? {} : { assigner: { display: assigner } };
    const key = attribute(id, 'root') === kind.root && attribute(id, 'extension') !== undefined ? kind.key(kind.root, token.value) : undefined;
    if (key === undefined) {
      if (attribute(id, 'root') === kind.root) odd = true;
      add(identifierOf(token, more));
      continue;
    }
    if (keys.some((first) => first !== key && kind.kind(first) === kind.kind(key))) {
      further = true;
      continue;
    }
    if (!keys.includes(key)) keys.push(key);
    const forms = kind.derived(key);
    if (forms === undefined) odd = true;
    add(identifierOf({ system: `urn:oid:${kind.root}`, value: key }, { ...more, use: 'official', type: frenchType(kind.type) }));
    for (const { system, type, value } of forms ?? []) add(compact({ type: type === undefined ? undefined : frenchType(type), system, value }));
  }
  return { keys, identifiers, odd, further };
}

/** The ids of an assignedAuthor, assignedEntity …: IdNat_PS with its RPPS. */
export const professionalIds = (role: XmlElement | undefined): NationalIds => nationalIds(role, professional);
/** The ids of an organization: IdNat_Struct with its FINESS, SIREN, SIRET or RPPS rank. */
export const structureIds = (organization: XmlElement | undefined): NationalIds => nationalIds(organization, structure);
