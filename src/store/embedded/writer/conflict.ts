/** Why a step cannot be taken. Thrown to have it rolled back. */
import type { WireConflict } from '../wire.js';

export class StepConflict extends Error {
  constructor(readonly conflict: WireConflict) {
    super(conflict.kind);
  }
}

/** The step touches what another step of the same transaction wrote: it takes its turn in the next transaction. */
export class StepLater extends Error {}
