/** What a List holds now: `_list` asks for it. An entry that is marked as deleted is no longer one (https://hl7.org/fhir/R4/list.html). */
import { isObject, type Json } from '../../fhir/json.js';
import { dropTwins } from './marks.js';
import { orders } from './orders.js';
import { referenceVisits } from './references.js';
import type { Visit } from './run.js';

export const listedParam = 'List._list';

/** Reference.type -> entries, as of any reference of a List. */
const { Reference: reference } = referenceVisits(listedParam, []);

/** Visit of a List. */
export const listedVisit: Visit = (list, run) => {
  const { entry } = list as { readonly entry?: unknown };
  if (!Array.isArray(entry) || reference === undefined) return;
  const from = run.reference.length;
  for (const each of entry as Json[]) {
    if (isObject(each) && each.deleted !== true && isObject(each.item) && typeof each.item.reference === 'string') reference({ reference: each.item.reference }, run);
  }
  dropTwins(run.reference, from, orders.reference.key);
};
