/** Why something was done or taken: RSON parts of a statement (french-interop 6.4, 6.7). */
import type { JsonObject } from '../../../fhir/json.js';
import { codings, conceptOrText } from '../datatypes/codes.js';
import { child } from '../datatypes/elements.js';
import { saysNone } from './clinical-status.js';
import { denialOf, WHY } from './denial.js';
import { push } from './reasons.js';
import type { Entry } from './scribe.js';
import { leave, type Part } from './statements.js';

/** The parts that are a reason; the others, and what is denied, are named. */
export const reasonsAmong = (parts: readonly Part[], entry: Entry): Part[] => parts.filter(({ kind, typeCode, statement }) => {
  if (kind !== 'reference' && kind !== 'problem') return false;
  const denial = denialOf(statement);
  // A reference has the mood of what it names.
  const why = typeCode !== 'RSON' ? ', no reason' : denial === undefined || (kind === 'reference' && denial === 'mood') ? undefined : WHY[denial];
  if (why !== undefined) leave(statement, entry, why);
  return why === undefined;
});

/** Adds `reasonReference` and `reasonCode` to the resource: of an internal reference (.36) once every problem is read, of a problem in place its code. */
export function awaitReasons(resource: JsonObject, parts: readonly Part[], entry: Entry): void {
  for (const { kind, statement } of reasonsAmong(parts, entry)) {
    if (kind === 'reference') {
      entry.scribe.reasons.await(resource, statement, entry.reading);
      continue;
    }
    const code = conceptOrText(child(statement, 'value'), entry.reading);
    if (code === undefined || saysNone(codings(child(statement, 'value')))) leave(statement, entry, ', not named');
    else push(resource, 'reasonCode', code);
  }
}
