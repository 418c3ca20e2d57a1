/** The unit of a quantity: UCUM where it is one, else only what people read (french-interop 6.6). */
import type { Json } from '../../../fhir/json.js';
import { isUcumCode } from '../../../search/ucum.js';
import { SYSTEM } from '../../../terminology/systems.js';
import type { Reading } from './reading.js';

/** French laboratories write giga and tera like this; in UCUM it is gauss and tesla, which nobody counts cells in. */
const habits = new Set(['G/L', 'G/l', 'T/L', 'T/l']);
/** What may be said of a unit: nothing that could be a number of somebody. */
const speakable = /^(?!.*\d{4})[\p{L}\d%°/.*^()[\]{}'-]{1,16}$/u;

const isUnit = (code: string): boolean => !habits.has(code) && isUcumCode(code);

/** `unit`, with `system` and `code` where it is a UCUM code; one that is not is told, once for each. */
export function unitOf(unit: string | undefined, { remark }: Reading): Record<string, Json> {
  if (unit === undefined) return {};
  if (isUnit(unit)) return { unit, system: SYSTEM.ucum, code: unit };
  remark(`${speakable.test(unit) ? `The unit "${unit}"` : 'A unit'} is not one of UCUM: it is kept as text.`);
  return { unit };
}

/** The coded unit of another measure (PQR): a code of UCUM has to be one, of another system it stands as written. */
export function codedUnit(code: string | undefined, system: string | undefined, display: string | undefined, reading: Reading): Record<string, Json> {
  if (code === undefined) return display === undefined ? {} : { unit: display };
  if (system === undefined) return { unit: display ?? code };
  if (system === SYSTEM.ucum) return { ...unitOf(code, reading), ...(display === undefined ? {} : { unit: display }) };
  return { unit: display ?? code, system, code };
}
