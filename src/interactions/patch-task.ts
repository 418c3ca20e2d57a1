/** A patch from bytes to what the store writes in place of a version: the task that runs on a lane. */
import { fail } from '../fhir/failure.js';
import { isObject, parseStored } from '../fhir/json.js';
import type { Patch } from '../fhir/patch/patch.js';
import type { TypedResource } from '../fhir/resource.js';
import type { ResourceKey } from '../store/port.js';
import type { Task } from './lane.js';
import { readPatch, type PatchSource } from './patch-format.js';
import { examine, type ReadingSettings, type ResourceFacts } from './write/examine.js';
import { render, type Rendered } from './write/render.js';

export interface PatchInput extends PatchSource {
  readonly settings: ReadingSettings;
}

/** The version that is patched. */
export interface PatchRequest {
  readonly key: ResourceKey;
  readonly text: string;
  /** Of its content. */
  readonly sha256?: string;
  /** What placeholders in the patch stand for, in a transaction. */
  readonly targets: readonly (readonly [string, string])[];
}

/** What the patch makes of it. */
export interface Patched {
  readonly facts: ResourceFacts;
  readonly rendered: Rendered;
}

interface Session {
  readonly patch: Patch;
  readonly settings: ReadingSettings;
}

/** @throws Failure invalid: a patch changes what a resource says, not which one it is */
function requireSameResource(patched: { resourceType?: unknown; id?: unknown }, { type, id }: ResourceKey): asserts patched is TypedResource {
  if (patched.resourceType !== type) throw fail('invalid', { reason: 'A patch cannot change the type of a resource.' }, { expression: ['resourceType'] });
  if (patched.id !== id) throw fail('invalid', { reason: 'A patch cannot change the id of a resource.' }, { expression: [`${type}.id`] });
}

export const patchTask: Task<PatchInput, undefined, Session, PatchRequest, Patched> = {
  name: 'patch',
  open: ({ settings, ...source }) => ({ facts: undefined, session: { patch: readPatch(source), settings } }),
  finish({ patch, settings }, { key, text, sha256, targets }) {
    const stored = parseStored(text);
    if (!isObject(stored)) throw new TypeError('A stored text is an object');
    const patched = patch.apply(stored, text.length);
    requireSameResource(patched, key);
    const examined = examine(patched, key, settings);
    // The bytes of a Binary stand beside its text: unless the patch brings others, they stay.
    const whole = examined.data || sha256 === undefined ? examined : { ...examined, sha256 };
    const request = { id: key.id, stored: { text, ...(sha256 === undefined ? {} : { sha256 }) } };
    return { facts: examined.facts, rendered: render(whole, request, settings, new Map(targets)) };
  },
};
