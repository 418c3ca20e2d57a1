/** What a page link carries, and how it is written and read. Every page is decided again: a cursor holds no grant. */
import { fail } from '../fhir/failure.js';
import type { Grant } from '../access/grant.js';
import type { Exchange } from './exchange.js';
import { isStrict } from './parameters.js';
import type { Services } from './services.js';

export interface PageState {
  /** Address that the cursor was made for, relative to the FHIR base: a cursor turns the pages of one address only. */
  readonly address: string;
  /** The criteria of page one, as they were sent. */
  readonly query: string;
  /** Whether page one refused unknown parameters: a later request may not say. */
  readonly strict: boolean;
  /** ms UTC of page one: relative questions mean the same on every page. */
  readonly moment: number;
  /** Position and snapshot, as the store gave them. */
  readonly after?: string;
  readonly asOf?: string;
}

const allowedBeside: ReadonlySet<string> = new Set(['_cursor', '_format', '_pretty']);

/** The link to a page: the cursor and nothing beside it. @throws Failure `too-costly` when the criteria do not fit */
export async function pageLink({ cursors, baseUrl }: Pick<Services, 'cursors' | 'baseUrl'>, grant: Grant, state: PageState): Promise<string> {
  return `${baseUrl}/${state.address}?_cursor=${await cursors.seal(grant, JSON.stringify(state))}`;
}

/** @throws Failure `bad-cursor` */
async function turnedPage({ query, grant }: Pick<Exchange, 'query' | 'grant'>, { cursors }: Pick<Services, 'cursors'>, address: string): Promise<PageState | undefined> {
  if (!query.includes('_cursor=')) return undefined;
  const given = new URLSearchParams(query);
  const sealed = given.getAll('_cursor');
  const cursor = sealed[0];
  if (cursor === undefined) return undefined;
  if (sealed.length > 1 || [...given.keys()].some((name) => !allowedBeside.has(name))) {
    throw fail('bad-cursor', { reason: 'nothing may stand beside it: the criteria are inside' });
  }
  const state = JSON.parse(await cursors.unseal(grant, cursor)) as PageState;
  if (state.address !== address) throw fail('bad-cursor', { reason: 'it belongs to another address' });
  return state;
}

/**
 * Where the request stands: at page one of its criteria, or where its page link says.
 * @param exchange its query may hold parameters of the body too
 * @throws Failure `bad-cursor`
 */
export async function pageOf(exchange: Pick<Exchange, 'query' | 'grant' | 'headers'>, services: Services, address: string): Promise<{ readonly state: PageState; readonly first: boolean }> {
  const turned = await turnedPage(exchange, services, address);
  if (turned) return { state: turned, first: false };
  return { state: { address, query: exchange.query, strict: isStrict(exchange, services), moment: services.clock() }, first: true };
}
