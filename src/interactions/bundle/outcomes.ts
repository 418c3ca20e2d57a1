/** What each entry of a transaction came to, once the step is done. */
import type { Committed, StoredVersion } from '../../store/port.js';
import type { Deleted, PlannedDelete } from '../write/delete.js';
import { writtenBy, type Written } from '../write/written.js';
import type { Placed } from '../write/place.js';
import type { Planned } from './plan.js';
import { keyText, type Step } from './resolve.js';

/** What an entry came to; undefined for what only asks. */
export type Outcome = { readonly written: Written } | { readonly deleted: Deleted } | undefined;

export interface Done {
  /** In the order of the entries. */
  readonly steps: readonly Step[];
  readonly planned: Planned;
  /** What the step wrote, by its key. */
  readonly versions: ReadonlyMap<string, Committed>;
}

function deletedBy(planned: readonly PlannedDelete[], versions: ReadonlyMap<string, Committed>): Deleted {
  const ended = planned.map((one) => one.ended);
  const version = ended.length === 1 ? versions.get(keyText(ended[0] as StoredVersion))?.version : undefined;
  return { ended, ...(version === undefined ? {} : { version }) };
}

export function outcomeOf(step: Step, { steps, planned: { puts, deletes, updates, drafts }, versions }: Done): Outcome {
  const { entry } = step;
  const issues = (drafts.get(step)?.facts ?? entry.resource)?.issues ?? [];
  if (step.kind === 'other') return undefined;
  if (step.kind === 'found') return { written: { status: 200, interaction: 'create', version: step.found, issues } };
  if (step.kind === 'delete') return { deleted: deletedBy(deletes.get(step) ?? [], versions) };
  const interaction = step.kind === 'update' || step.kind === 'patch' ? step.kind : 'create';
  const update = updates.get(step);
  if (update?.kind === 'same') return { written: { status: 200, interaction, version: update.current, issues } };
  const made = step.kind === 'twin' ? steps[step.of] as Step : step;
  const placed = puts.get(made) as Placed;
  const status = step.kind === 'twin' ? 200 : update?.status ?? 201;
  return { written: writtenBy({ status, interaction, issues }, placed.write, versions.get(keyText(step.key))) };
}
