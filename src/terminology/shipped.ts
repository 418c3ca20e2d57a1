/** The code systems and value sets that R4 publishes with their codes (`scripts/definitions/terminology.mjs`): read on first use, for searches only. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { hierarchyOf, type CodeHierarchy } from './code-hierarchy.js';
import type { ValueSetDefinition } from './expansion.js';

interface Artefact {
  readonly systems: Readonly<Record<string, { readonly content: string; readonly concept: readonly object[] } | undefined>>;
  readonly valueSets: Readonly<Record<string, ValueSetDefinition | undefined>>;
}
let read: Artefact | undefined;
const hierarchies = new Map<string, CodeHierarchy | undefined>();

function artefact(): Artefact {
  read ??= JSON.parse(gunzipSync(readFileSync(join(__dirname, '..', '..', 'profiles', 'r4', 'terminology.json.gz'))).toString('utf8')) as Artefact;
  return read;
}
/** A canonical URL without its version: R4 publishes one of each. */
const unversioned = (url: string): string => url.split('|', 1)[0] ?? '';
const own = <T>(of: Readonly<Record<string, T | undefined>>, key: string): T | undefined => (Object.hasOwn(of, key) ? of[key] : undefined);

export const shippedValueSet = (url: string): ValueSetDefinition | undefined => own(artefact().valueSets, unversioned(url));

export function shippedCodeSystem(url: string): CodeHierarchy | undefined {
  const system = unversioned(url);
  if (!hierarchies.has(system)) {
    const found = own(artefact().systems, system);
    if (!found) return undefined;
    hierarchies.set(system, hierarchyOf(found));
  }
  return hierarchies.get(system);
}
