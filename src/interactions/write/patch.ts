/** patch: https://hl7.org/fhir/R4/http.html#patch. An update that is computed from the current version, and holds for that version only. */
import { fail } from '../../fhir/failure.js';
import type { ResourceKey, StoredVersion } from '../../store/port.js';
import type { Opened } from '../lane.js';
import type { PatchSource } from '../patch-format.js';
import { patchTask, type Patched, type PatchRequest } from '../patch-task.js';
import { notFound } from '../read.js';
import { etag } from '../answers.js';
import type { Services } from '../services.js';
import { commitFresh } from './commit.js';
import type { WriteContext } from './context.js';
import { replaced } from './current.js';
import { stagedOnce, type Draft } from './draft.js';
import { readingSettings } from './examine.js';
import type { Preconditions } from './preconditions.js';
import { attemptOf, prepareAgainst, requireId, type PreparedUpdate } from './update.js';
import { requireWriter } from './writers.js';
import type { Written } from './written.js';

/** A patch on its way in. */
export interface PatchDraft {
  /** What it makes of a version. @throws Failure bad-patch, patch-failed, too-costly, invalid, and those of `examine` */
  on(current: StoredVersion, targets?: ReadonlyMap<string, string>): Promise<Draft>;
}

/** Reads a patch, gives it to `work`, and lets go of it. It is opened on the lane that the patch and what it changes need together. */
export async function withPatch<T>(source: PatchSource, services: Services, work: (patch: PatchDraft) => Promise<T>): Promise<T> {
  const { lanes, store } = services;
  let opened: Opened<undefined, PatchRequest, Patched> | undefined;
  const patch: PatchDraft = {
    async on(current, targets = new Map()) {
      const { type, id, text, content } = current;
      opened ??= await lanes.open(patchTask, { ...source, settings: readingSettings(services) }, source.bytes.length + text.length);
      const { facts, rendered } = await opened.finish({ key: { type, id }, text, targets: [...targets], ...(content ? { sha256: content.sha256 } : {}) });
      const staged = stagedOnce(store);
      return { facts, render: async () => rendered, content: async (changed) => (await staged(changed)) ?? content };
    },
  };
  try {
    return await work(patch);
  } finally {
    opened?.close();
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
  const current = await replaced(context, key, preconditions);
  if (!current) throw notFound(key.type, key.id);
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
  return commitFresh(context.services, context.grant, async () => {
    const { draft, update } = await preparePatch(context, patch, key, preconditions);
    return attemptOf(context, draft, key, update, 'patch');
  });
}
