/** Why something was done or taken: RSON parts of a statement (french-interop 6.4, 6.7). */
import type { JsonObject } from '../../../fhir/json.js';
import { conceptOrText } from '../datatypes/codes.js';
import { child } from '../datatypes/elements.js';
import { push } from './reasons.js';
import type { Entry } from './scribe.js';
import { isEvent, isNegated, leave, type Part } from './statements.js';

/** Adds `reasonReference` and `reasonCode` to the resource: of an internal reference (.36) once every problem is read, of a problem in place its code. */
export function awaitReasons(resource: JsonObject, parts: readonly Part[], entry: Entry): void {
  for (const { kind, typeCode, statement } of parts) {
    if (kind !== 'reference' && kind !== 'problem') continue;
    if (typeCode !== 'RSON' || isNegated(statement) || (kind === 'problem' && !isEvent(statement))) {
      leave(statement, entry, typeCode === 'RSON' ? ', denied or not an event' : ', no reason');
      continue;
    }
    if (kind === 'reference') {
      entry.scribe.reasons.await(resource, statement, entry.reading);
      continue;
    }
    const code = conceptOrText(child(statement, 'value'), entry.reading);
    if (code === undefined) leave(statement, entry, ', not named');
    else push(resource, 'reasonCode', code);
  }
}
