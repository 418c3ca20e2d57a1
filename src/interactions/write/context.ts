/** What every step of a write is given. */
import type { FactsLookup } from '../../access/facts-lookup.js';
import type { Grant } from '../../access/grant.js';
import type { Services } from '../services.js';
import type { UnderWay } from './facts-lookup.js';
import type { ProvenanceNote } from './provenance.js';

export interface WriteContext {
  readonly services: Services;
  readonly grant: Grant;
  /** What access facts are looked up in: the store, and before it what the same step writes. */
  readonly lookup: FactsLookup;
  /** What the same step writes and deletes beside the resource at hand. */
  readonly underWay?: UnderWay;
  /** What the caller says of where it comes from: see `provenance.ts`. */
  readonly provenance?: ProvenanceNote;
  /** The client hung up. */
  readonly signal?: AbortSignal;
}
