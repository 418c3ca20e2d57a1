/**
 * Resources that documents share, known by their national identifiers (rules 3.5): created when unknown, filled where they
 * lack something, never overwritten. Each is written at most once for a document, however often the document names it.
 */
import { professionalKey, professionalKind, structureKey, structureKind } from '../access/keys.js';
import { objects, systemValue, textOf } from '../fhir/elements.js';
import type { Issue } from '../fhir/failure.js';
import type { Json, JsonObject } from '../fhir/json.js';
import { furtherNumbers, heldClaims } from '../identity/claims.js';
import { insAuthority } from '../identity/ins.js';
import { foldName } from '../identity/traits.js';
import type { Claim } from '../store/port.js';

/** A stored resource that bears a claim which the document names. */
export interface KnownResource {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly resource: JsonObject;
}
/** What has to be written of a shared resource. */
export interface SharedWrite {
  readonly resource: JsonObject;
  /** The version that it replaces; undefined when it is new. */
  readonly replaces?: number;
}

export const claimKey = ({ kind, system, value }: Claim): string => `${kind}|${system}|${value}`;

interface Used {
  readonly type: string;
  readonly id: string;
  readonly known?: KnownResource;
  /** What the document says of it. */
  draft: JsonObject;
}
/** The resource as it stands, or as it will. */
const borne = ({ known, draft }: Used): JsonObject => known?.resource ?? draft;

const neverFilled = new Set(['resourceType', 'id', 'meta', 'identifier', 'contained', 'extension', 'text']);

const keyOf = (identifier: JsonObject): string | undefined => {
  const read = systemValue(identifier);
  return read && (professionalKey(read.system, read.value) ?? structureKey(read.system, read.value));
};
const sameIdentifier = (one: JsonObject, other: JsonObject): boolean => one.system === other.system && one.value === other.value;

/** Identifiers of `source` that `target` lacks; a further national number or INS would be another claim, so it is not added. */
function lackedIdentifiers(target: JsonObject, source: JsonObject): JsonObject[] {
  const there = objects(target.identifier);
  const keys = new Set(there.map(keyOf));
  return objects(source.identifier).filter((identifier) => {
    if (there.some((other) => sameIdentifier(identifier, other)) || insAuthority(textOf(identifier.system) ?? '') !== undefined) return false;
    const key = keyOf(identifier);
    return key === undefined || keys.has(key);
  });
}

/**
 * `target` with what it lacks from `source`.
 * @param kept elements that are never filled (identity traits of a Patient)
 * @returns undefined when nothing is lacking
 */
export function filled(target: JsonObject, source: JsonObject, kept: ReadonlySet<string> = new Set()): JsonObject | undefined {
  const added: Record<string, Json> = {};
  for (const name in source) {
    const value = source[name];
    if (value !== undefined && target[name] === undefined && !neverFilled.has(name) && !kept.has(name) && !sibling(target, name)) added[name] = value;
  }
  const identifiers = lackedIdentifiers(target, source);
  if (identifiers.length > 0) added.identifier = [...objects(target.identifier), ...identifiers];
  return Object.keys(added).length === 0 ? undefined : { ...target, ...added };
}

/** One of the types of a choice element stands already: `deceasedBoolean` when `deceasedDateTime` would be added. */
function sibling(target: JsonObject, name: string): boolean {
  const choice = /^(deceased|multipleBirth)/.exec(name)?.[1];
  return choice !== undefined && Object.keys(target).some((other) => other.startsWith(choice));
}

/** The first family name, or the name of an organization, in the form that names are compared in. */
function comparable(resource: JsonObject): string {
  if (typeof resource.name === 'string') return foldName(resource.name);
  return foldName(objects(resource.name).map((name) => textOf(name.family) ?? textOf(name.text) ?? '').find((name) => name !== '') ?? '');
}

/** A differing name is told, and the stored one kept. */
export function namesDiffer(stored: JsonObject, written: JsonObject): boolean {
  const [one, other] = [comparable(stored), comparable(written)];
  return one !== '' && other !== '' && one !== other;
}

const kinds: Readonly<Record<string, (number: string) => string>> = { practitioner: professionalKind, organization: structureKind };

/** Two resources whose national numbers of one kind differ are not the same. */
function contradict(one: readonly Claim[], other: readonly Claim[]): boolean {
  const kindOf = kinds[one[0]?.kind ?? ''];
  return kindOf !== undefined && furtherNumbers([...one, ...other].map(({ value }) => value), kindOf).length > 0;
}

function withoutNumbers(resource: JsonObject, numbers: ReadonlySet<string>): JsonObject {
  return numbers.size === 0 ? resource : { ...resource, identifier: objects(resource.identifier).filter((identifier) => !numbers.has(keyOf(identifier) ?? '')) };
}

export class SharedResources {
  private readonly byClaim = new Map<string, Used>();
  /** By id. */
  private readonly used = new Map<string, Used>();
  private readonly contradicted = new Set<string>();

  constructor(private readonly known: ReadonlyMap<string, KnownResource>, private readonly newId: () => string) {}

  /**
   * The first national identifier of the draft tells which one it is; when nobody bears that one, the others do, as long as
   * they do not contradict it.
   * @returns the reference of the resource that bears one of the claims of the draft
   */
  use(type: string, draft: JsonObject): string {
    const claims = heldClaims(draft);
    const [first, ...others] = claims.map((claim) => this.holder(type, claim, draft));
    const used = first ?? others.find((other) => other !== undefined && !contradict(heldClaims(borne(other)), claims)) ?? this.made(type, draft, others);
    this.used.set(used.id, used);
    if (used.draft !== draft) used.draft = filled(used.draft, draft) ?? used.draft;
    claims.forEach((claim, index) => this.follow(claim, used, index === 0 ? first : others[index - 1]));
    return `${type}/${used.id}`;
  }

  private holder(type: string, claim: Claim, draft: JsonObject): Used | undefined {
    const key = claimKey(claim);
    const found = this.byClaim.get(key);
    const known = found === undefined ? this.known.get(key) : undefined;
    if (known === undefined) return found;
    return this.used.get(known.id) ?? { type, id: known.id, draft, known };
  }

  /** A new one, without the numbers by which somebody else is known. */
  private made(type: string, draft: JsonObject, others: readonly (Used | undefined)[]): Used {
    const taken = heldClaims(draft).slice(1).filter((_, index) => others[index] !== undefined).map(({ value }) => value);
    return { type, id: this.newId(), draft: withoutNumbers(draft, new Set(taken)) };
  }

  /** From now on the document means `used` by this claim, unless it is another's, or its number contradicts one of theirs. */
  private follow(claim: Claim, used: Used, holder: Used | undefined): void {
    const another = (holder !== undefined && holder.id !== used.id) || contradict(heldClaims(borne(used)), [claim]);
    if (another) this.contradicted.add(used.type);
    else this.byClaim.set(claimKey(claim), used);
  }

  /** The ones to write, and an information for each whose stored name differs. */
  writes(): { readonly writes: readonly SharedWrite[]; readonly issues: readonly Issue[] } {
    const writes: SharedWrite[] = [];
    const issues = [...this.contradicted].map((type): Issue => ({
      severity: 'warning', code: 'business-rule', diagnostics: `${type}: the document gives one the national identifiers of several. The first is followed, the others are left out.`,
    }));
    for (const { type, id, known, draft } of this.used.values()) {
      if (known === undefined) {
        writes.push({ resource: { ...draft, id } });
        continue;
      }
      if (namesDiffer(known.resource, draft)) {
        issues.push({ severity: 'information', code: 'informational', diagnostics: `${type}/${id}: the document writes another name than the stored one, which is kept.` });
      }
      const more = filled(known.resource, draft);
      if (more !== undefined) writes.push({ resource: more, replaces: known.version });
    }
    return { writes, issues };
  }
}
