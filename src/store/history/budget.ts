/** How far one page of a history goes. One that would go further is refused by name, never cut. */
import { fail, type Failure } from '../../fhir/failure.js';

/** Versions looked at for one page, where the caller does not say. */
export const defaultBudget = 20_000;
/** Versions counted for a total that is given when it is cheap, and looked at for each of them. */
export const cheapCount = 1_000;
export const rowsForEach = 10;
/** Characters of the texts of one page: a page of longer texts holds fewer versions than were asked for. */
export const longestPage = 64 * 1024 * 1024;

export const tooCostly = (budget: number): Failure => fail('too-costly', {
  reason: `More than ${budget} versions would have to be looked at for one page of this history (HISTORY_BUDGET). Ask for a shorter time (_since, _at), for one type, or for one resource.`,
});
