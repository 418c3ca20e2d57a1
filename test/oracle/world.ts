/** The data that an oracle looks at: resources as a store is given them, in the order they were written. */
import type { AccessFacts } from '../../src/access/facts';
import type { IndexEntries } from '../../src/search/entries';

export interface WorldResource {
  readonly type: string;
  readonly id: string;
  /** ms UTC, as the store answered at the commit */
  readonly lastUpdated: number;
  readonly entries: IndexEntries;
  readonly access: AccessFacts;
}
/** Live resources only: what is deleted is not there. */
export interface World {
  readonly resources: readonly WorldResource[];
}
export const nameOf = (resource: { readonly type: string; readonly id: string }): string => `${resource.type}/${resource.id}`;
