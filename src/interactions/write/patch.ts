/** patch: https://hl7.org/fhir/R4/http.html#patch. An update that is computed from the current version, and holds for that version only. */
import { fail } from '../../fhir/failure.js';
import type { ResourceKey, StoredVersion } from '../../store/port.js';
import type { Opened } from '../lane.js';
import type { PatchSource } from '../patch-format.js';
import { patchTask, type Patched, type PatchRequest } from '../patch-task.js';
import { etag } from '../answers.js';
import type { Services } from '../services.js';
import { weightOf } from '../weight.js';
import { commitFresh } from './commit.js';
import { patchTarget } from './conditional.js';
import type { WriteContext } from './context.js';
import { patched } from './current.js';
import { stagedOnce, type Draft } from './draft.js';
import { readingSettings } from './examine.js';
import type { Preconditions } from './preconditions.js';
import { attemptOf, prepareAgainst, requireId, type PreparedUpdate } from './update.js';
import { inTurn, keyOfId, keysOfCriteria } from './turns.js';
import { requireWriter } from './writers.js';
import type { Written } from './written.js';

/** What a character of a patch or of what it changes may cost, beside one of a body that is only read: paths visit it several times. */
const weight = 8;

/** A patch on its way in. */
export interface PatchDraft {
  /** What it makes of a version. @throws Failure bad-patch, patch-failed, too-costly, invalid, and those of `examine` */
  on(current: StoredVersion, targets?: ReadonlyMap<string, string>): Promise<Draft>;
}

/** A patch that is opened when it is first applied, on the lane that it and what it changes need together. `close` lets go of it. */
export function lazyPatch(source: () => Promise<PatchSource>, services: Services): PatchDraft & { close(): void } {
  const { lanes, store } = services;
  let opened: Opened<undefined, PatchRequest, Patched> | undefined;
  return {
    async on(current, targets = new Map()) {
      const { type, id, text, content } = current;
      if (!opened) {
        const read = await source();
        opened = await lanes.open(patchTask, { ...read, settings: readingSettings(services) }, weight * (weightOf(read.bytes) + text.length));
      }
      const { facts, rendered } = await opened.finish({ key: { type, id }, text, targets: [...targets], ...(content ? { sha256: content.sha256 } : {}) });
      const staged = stagedOnce(store);
      return { facts, render: async () => rendered, content: async (changed) => (await staged(changed)) ?? content };
    },
    close: () => opened?.close(),
  };
}

/** Gives a patch to `work`, and lets go of it. */
export async function withPatch<T>(source: PatchSource, services: Services, work: (patch: PatchDraft) => Promise<T>): Promise<T> {
  const patch = lazyPatch(async () => source, services);
  try {
    return await work(patch);
  } finally {
    patch.close();
  }
}

export interface PreparedPatch {
  readonly draft: Draft;
  readonly update: PreparedUpdate;
}

/** Applies the patch to what is there. @throws Failure: see {@link patchResource} */
export async function preparePatch(
  context: WriteContext, patch: PatchDraft, key: ResourceKey, preconditions: Preconditions, targets?: ReadonlyMap<string, string>,
): Promise<PreparedPatch> {
  const current = await patched(context, key, preconditions);
  if (current.deleted) throw fail('gone', { ...key, version: current.version }, { headers: { ETag: etag(current.version) } });
  const draft = await patch.on(current, targets);
  return { draft, update: await prepareAgainst(context, draft, key, current) };
}

/**
 * Changes a part of a resource; when others change it at the same time, the patch is applied anew to what they made.
 * @throws Failure forbidden, bad-id, not-found (hidden too), gone, version-conflict, drawn-resource, bad-patch, patch-failed, invalid,
 *   identity-conflict, record-closed, contention …
 */
export async function patchResource(context: WriteContext, patch: PatchDraft, key: ResourceKey, preconditions: Preconditions): Promise<Written> {
  requireWriter(context.grant, key.type);
  requireId(key.id);
  return inTurn(context.services, { alone: [keyOfId(key.type, key.id)], beside: [] }, () => commitFresh(context.services, context.grant, async () => {
    const { draft, update } = await preparePatch(context, patch, key, preconditions);
    return attemptOf(context, draft, key, update, 'patch');
  }, context.signal));
}

/**
 * Patches the one resource that the criteria find.
 * @throws Failure as {@link patchResource}; no-match, multiple-matches, bad-request, bad-parameter, unknown-parameter
 */
export async function patchWhere(context: WriteContext, patch: PatchDraft, type: string, criteria: string, preconditions: Preconditions): Promise<Written> {
  requireWriter(context.grant, type);
  return inTurn(context.services, { alone: await keysOfCriteria(context, type, criteria), beside: [] }, () => commitFresh(context.services, context.grant, async () => {
    const { key, guard } = await patchTarget(context, type, criteria);
    const { draft, update } = await preparePatch(context, patch, key, preconditions);
    return attemptOf(context, draft, key, update, 'patch', [guard]);
  }, context.signal));
}
