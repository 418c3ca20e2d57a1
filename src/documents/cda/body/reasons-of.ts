/** Why something was done or taken: RSON parts of a statement (french-interop 6.4, 6.7). */
import type { JsonObject } from '../../../fhir/json.js';
import { codings, conceptOrText } from '../datatypes/codes.js';
import { child } from '../datatypes/elements.js';
import { saysNone } from './clinical-status.js';
import { denialOf, WHY } from './denial.js';
import { push } from './reasons.js';
import type { Entry } from './scribe.js';
import { leave, type Part } from './statements.js';

/** Adds `reasonReference` and `reasonCode` to the resource: of an internal reference (.36) once every problem is read, of a problem in place its code. */
export function awaitReasons(resource: JsonObject, parts: readonly Part[], entry: Entry): void {
  for (const { kind, typeCode, statement } of parts) {
    if (kind !== 'reference' && kind !== 'problem') continue;
    if (typeCode !== 'RSON') {
      leave(statement, entry, ', no reason');
      continue;
    }
    const denial = denialOf(statement);
    // A reference has the mood of what it names.
    if (denial !== undefined && !(kind === 'reference' && denial === 'mood')) {
      leave(statement, entry, WHY[denial]);
      continue;
    }
    if (kind === 'reference') {
      entry.scribe.reasons.await(resource, statement, entry.reading);
      continue;
    }
    const code = conceptOrText(child(statement, 'value'), entry.reading);
    if (code === undefined || saysNone(codings(child(statement, 'value')))) leave(statement, entry, ', not named');
    else push(resource, 'reasonCode', code);
  }
}
