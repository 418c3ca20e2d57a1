/**
 * Resources that documents share, known by their national identifiers (rules 3.5): created when unknown, filled where they
 * lack something, never overwritten. Each is written at most once for a document, however often the document names it.
 */
import { professionalKey, structureKey } from '../access/keys.js';
import { objects, systemValue, textOf } from '../fhir/elements.js';
import type { Issue } from '../fhir/failure.js';
import type { Json, JsonObject } from '../fhir/json.js';
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
  draft: JsonObject;
}

const neverFilled = new Set(['resourceType', 'id', 'meta', 'identifier', 'contained', 'extension', 'text']);

const keyOf = (identifier: JsonObject): string | undefined => {
  const read = systemValue(identifier);
  return read && (professionalKey(read.system, read.value) ?? structureKey(read.system, read.value));
};
const sameIdentifier = (one: JsonObject, other: JsonObject): boolean => one.system === other.system && one.value === other.value;

/** Identifiers of `source` that `target` lacks; a further national number would be another claim, so it is not added. */
function lackedIdentifiers(target: JsonObject, source: JsonObject): JsonObject[] {
  const there = objects(target.identifier);
  const keys = new Set(there.map(keyOf));
  return objects(source.identifier).filter((identifier) => {
    if (there.some((other) => sameIdentifier(identifier, other))) return false;
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

export class SharedResources {
  private readonly byClaim = new Map<string, Used>();
  private readonly used = new Set<Used>();

  constructor(private readonly known: ReadonlyMap<string, KnownResource>, private readonly newId: () => string) {}

  /** @returns the reference of the resource that bears one of the claims */
  use(type: string, claims: readonly Claim[], draft: JsonObject): string {
    const keys = claims.map(claimKey);
    let used = keys.map((key) => this.byClaim.get(key)).find((found) => found !== undefined);
    if (used === undefined) {
      const known = keys.map((key) => this.known.get(key)).find((found) => found !== undefined);
      used = { type, id: known?.id ?? this.newId(), draft, ...(known === undefined ? {} : { known }) };
      this.used.add(used);
    } else {
      used.draft = filled(used.draft, draft) ?? used.draft;
    }
    for (const key of keys) this.byClaim.set(key, used);
    return `${type}/${used.id}`;
  }

  /** The ones to write, and an information for each whose stored name differs. */
  writes(): { readonly writes: readonly SharedWrite[]; readonly issues: readonly Issue[] } {
    const writes: SharedWrite[] = [];
    const issues: Issue[] = [];
    for (const { type, id, known, draft } of this.used) {
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
