/** Entries that a step may bring: made by the parameters that were there when it began, or by later ones. */
import type { Instant } from '../clock.js';
import { StepConflict } from './conflict.js';
import { isPut, type Prepared } from './prepared.js';

/** @throws StepConflict */
export function requireGeneration(prepared: readonly Prepared[], { generation = 0 }: Pick<Instant, 'generation'>): void {
  if (generation > 0 && prepared.some((one) => isPut(one) && (one.write.entries.by ?? 0) < generation)) throw new StepConflict({ kind: 'index' });
}
