/** A step that cannot be taken as it is: nothing of it was written. */
import type { Conflict } from '../../port.js';

export class StepConflict extends Error {
  constructor(readonly conflict: Conflict) {
    super(conflict.kind);
  }
}
