/** The one step of a transaction: every entry in its place, with the whole of the step in view. */
import { fail, type Failure } from '../../fhir/failure.js';
import type { Conflict, Expectation, Guard, PutWrite, WriteSet } from '../../store/port.js';
import { createPace, inOrder } from '../pace.js';
import { claimFailure } from '../write/commit.js';
import type { WriteContext } from '../write/context.js';
import { deletionsOf, planDelete, type PlannedDelete } from '../write/delete.js';
import type { Draft } from '../write/draft.js';
import { factsLookup } from '../write/facts-lookup.js';
import { place, type Placed } from '../write/place.js';
import type { PreparedUpdate } from '../write/update.js';
import { preconditionsOfEntry } from './batch.js';
import { failureInEntry, named } from './naming.js';
import type { OpenBundle } from './open-bundle.js';
import { prepareAll, type Prepared } from './prepare.js';
import { keyText, type Resolved, type Step } from './resolve.js';
import { claimText, underWayOf } from './under-way.js';

/** Two entries of one Bundle must not claim one identity. @throws Failure naming the later entry */
function requireOwnClaims(prepared: readonly Prepared[]): Map<string, number> {
  const holders = new Map<string, number>();
  for (const { step, rendering } of prepared) {
    for (const claim of rendering?.rendered.claims ?? []) {
      const text = claimText(claim);
      if (holders.has(text)) throw failureInEntry(claimFailure(claim, { type: rendering?.key.type ?? '', deleted: false }), step.entry.index);
      holders.set(text, step.entry.index);
    }
  }
  return holders;
}

export interface Planned {
  /** With the whole of the step in view. */
  readonly context: WriteContext;
  readonly puts: ReadonlyMap<Step, Placed>;
  readonly deletes: ReadonlyMap<Step, readonly PlannedDelete[]>;
  readonly updates: ReadonlyMap<Step, PreparedUpdate>;
  readonly drafts: ReadonlyMap<Step, Draft>;
  readonly claimed: ReadonlyMap<string, number>;
  /** Of criteria. */
  readonly guards: readonly Guard[];
}

const expectationOf = (step: Step, update: PreparedUpdate | undefined): Expectation =>
  (update?.kind === 'changed' ? update.expect : step.kind === 'create' ? step.revival?.expect ?? 'absent' : 'absent');

/** Places every entry, with the whole of the step in view. */
export async function plan(base: WriteContext, bundle: OpenBundle, resolved: Resolved): Promise<Planned> {
  const { steps } = resolved;
  const { prepared, guards } = await prepareAll(base, bundle, resolved);
  const claimed = requireOwnClaims(prepared);
  const pace = createPace();
  const underWay = await underWayOf(prepared.flatMap(({ rendering }) => rendering ?? []), steps.flatMap((step) => (step.kind === 'delete' ? step.keys : [])));
  const context: WriteContext = { ...base, underWay, lookup: factsLookup(base.services, base.grant, underWay) };
  const puts = new Map<Step, Placed>();
  const deletes = new Map<Step, readonly PlannedDelete[]>();
  const updates = new Map<Step, PreparedUpdate>();
  const drafts = new Map<Step, Draft>();
  await pace();
  for (const { step, draft, update, rendering } of prepared) {
    await named(step.entry.index, async () => {
      if (update) updates.set(step, update);
      if (draft) drafts.set(step, draft);
      if (draft && rendering) puts.set(step, await place(context, draft, rendering.rendered, { key: rendering.key, expect: expectationOf(step, update) }));
      if (step.kind !== 'delete') return;
      const planned = await inOrder(step.keys, 1, (key) => planDelete(context, key, preconditionsOfEntry(step.entry)));
      deletes.set(step, planned.flatMap((one) => one ?? []));
    });
    await pace();
  }
  return { context, puts, deletes, updates, drafts, claimed, guards: [...resolved.guards, ...guards] };
}

/** What the store is given, in the order of processing. */
export function writeSetOf({ puts, deletes, guards }: Planned): WriteSet {
  const of = (kind: Step['kind']): PutWrite[] => [...puts].filter(([step]) => step.kind === kind).map(([, { write }]) => write);
  const planned = [...deletes.values()].flat();
  return {
    writes: [...deletionsOf(planned), ...of('create'), ...of('update'), ...of('patch')],
    guards: [...guards, ...[...puts.values()].flatMap((placed) => placed.guards), ...planned.flatMap((deleted) => deleted.guards)],
  };
}

/** Names the entry that a conflict is about. */
export function blameIn({ puts, deletes, claimed }: Planned): (conflict: Conflict, failure: Failure) => Failure {
  const gone = new Set([...deletes.values()].flat().map(({ ended }) => keyText(ended)));
  return (conflict, refusal) => {
    const failure = conflict.kind === 'claim' && conflict.claim.kind === 'patient-ins' && gone.has(keyText(conflict.holder)) ? fail('identity-deleted') : refusal;
    const index = conflict.kind === 'claim' ? claimed.get(claimText(conflict.claim))
      : conflict.kind === 'record-closed' ? [...puts].find(([, { write }]) => write.access.owners.includes(conflict.patient))?.[0].entry.index
        ?? [...deletes].find(([, planned]) => planned.some(({ ended }) => ended.owners.includes(conflict.patient)))?.[0].entry.index
        : undefined;
    return index === undefined ? failure : failureInEntry(failure, index);
  };
}
