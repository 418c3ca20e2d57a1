/** What a page link carries, and how it is written and read. Every page is decided again: a cursor holds no grant. */
import { fail, Failure } from '../fhir/failure.js';
import type { Grant } from '../access/grant.js';
import type { Link } from './bundle.js';
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
  /** Snapshot of page one, as the store gave it. */
  readonly asOf?: string;
  /** From 1. */
  readonly page: number;
  /** Where this page starts; nothing on page one. */
  readonly start: PageStart;
  /** Where the pages before this one start, the nearest last: as many as a link has room for. */
  readonly back: readonly PageStart[];
}

export interface PageStart {
  /** Position, as the store gave it. */
  readonly after?: string;
  /** Matches on the pages before. */
  readonly given: number;
}
const top: PageStart = { given: 0 };

/** Pages that one can turn back from any page. */
const remembered = [20, 5, 0] as const;

const allowedBeside: ReadonlySet<string> = new Set(['_cursor', '_format', '_pretty']);

type Linking = Pick<Services, 'cursors' | 'baseUrl'>;

/** The link to a page: the cursor and nothing beside it. @throws Failure `too-costly` when the criteria do not fit */
async function pageLink({ cursors, baseUrl }: Linking, grant: Grant, state: PageState): Promise<string> {
  for (const most of remembered) {
    try {
      const back = most === 0 ? [] : state.back.slice(-most);
      return `${baseUrl}${state.address === '' ? '' : `/${state.address}`}?_cursor=${await cursors.seal(grant, JSON.stringify({ ...state, back }))}`;
    } catch (thrown) {
      // Long criteria leave less room for the way back.
      if (most === 0 || state.back.length === 0 || !(thrown instanceof Failure) || thrown.failure !== 'too-costly') throw thrown;
    }
  }
  throw new RangeError('A page link is made or refused');
}

export interface NextPage extends Pick<PageState, 'asOf'> {
  readonly start: PageStart;
}

/**
 * The links beside `self`: none where the result is one page.
 * @param state of this page
 * @throws Failure `too-costly` when the criteria do not fit
 */
export async function pageLinks(services: Linking, grant: Grant, state: PageState, next: NextPage | undefined): Promise<readonly Link[]> {
  const { back, page } = state;
  if (!next && page === 1) return [];
  const asOf = state.asOf ?? next?.asOf;
  const known: PageState = { ...state, ...(asOf === undefined ? {} : { asOf }) };
  const before = back.at(-1);
  const link = async (relation: Link['relation'], there: PageState): Promise<Link> => ({ relation, url: await pageLink(services, grant, there) });
  return [
    await link('first', { ...known, page: 1, start: top, back: [] }),
    ...(before ? [await link('previous', { ...known, page: page - 1, start: before, back: back.slice(0, -1) })] : []),
    ...(next ? [await link('next', { ...known, page: page + 1, start: next.start, back: [...back, state.start] })] : []),
  ];
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

/** What the form of a page is read from: its own parameters, else those of page one (`_format`, `_pretty`). */
export const askedOn = ({ query }: Pick<Exchange, 'query'>, state: PageState): string => (query === state.query ? query : `${query}&${state.query}`);

/**
 * Where the request stands: at page one of its criteria, or where its page link says.
 * @param exchange its query may hold parameters of the body too
 * @throws Failure `bad-cursor`
 */
export async function pageOf(exchange: Pick<Exchange, 'query' | 'grant' | 'headers'>, services: Services, address: string): Promise<{ readonly state: PageState; readonly first: boolean }> {
  const turned = await turnedPage(exchange, services, address);
  const state = turned ?? { address, query: exchange.query, strict: isStrict(exchange, services), moment: services.clock(), page: 1, start: top, back: [] };
  return { state, first: state.page === 1 };
}
