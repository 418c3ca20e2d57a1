/**
 * Searches of the embedded store: a small page in index order is read at once, anything else on a reader thread, so that
 * the event loop is never held (design 3.13).
 */
import { join } from 'node:path';
import type { Grant, GrantedPlan } from '../../../access/grant.js';
import type { HistoryPage, HistoryQuery, HistoryScope, SearchPage } from '../../port.js';
import { inSnapshot, openReadConnection, type Connection } from '../connection.js';
import type { EngineOptions, MatchingIds, ReaderRequest, ReaderResult, SearchEngine } from '../engine.js';
import { grantToWire, planToWire } from '../grant-wire.js';
import { readNames, type Names } from '../names.js';
import { inlineBudgets } from '../../search/budgets.js';
import { clauseCount, isBounded } from '../../search/clauses.js';
import type { Explanation } from '../../search/explanation.js';
import { Meter, TooLongHere } from './context.js';
import { isBoundedInclude } from './includes.js';
import { matchingIds as idsOf, searchPage, type SearchRequest } from './page.js';
import { ReaderPool } from './reader-pool.js';

const threads = 2;
/** ms */
const patience = 30_000;
const queue = 1_000;

/** Every step of it can be bounded before it begins, so that it may be tried on the event loop. */
function maybeShort({ where, includes, page, total }: SearchRequest['plan']): boolean {
  return page.count > 0 && page.count <= inlineBudgets.page && (total === 'none' || total === 'if-cheap')
    && isBounded(where) && clauseCount(where) <= inlineBudgets.clauses && includes.every(isBoundedInclude);
}

/** A row costs what is checked on it. */
const shortBudgets = ({ plan: { where } }: SearchRequest) =>
  ({ rows: Math.min(inlineBudgets.rows, inlineBudgets.checks / clauseCount(where)), statements: inlineBudgets.statements });

class Engine implements SearchEngine {
  private inline: { readonly connection: Connection; readonly names: Names } | undefined;
  private readonly pool: ReaderPool<ReaderRequest, ReaderResult>;

  constructor(private readonly folder: string) {
    this.pool = new ReaderPool({ module: join(__dirname, 'reader-thread.js'), workerData: { folder }, threads, patience, queue });
  }

  async search(bound: GrantedPlan, signal?: AbortSignal): Promise<SearchPage> {
    signal?.throwIfAborted();
    const request = planToWire(bound);
    return (maybeShort(bound.plan) ? this.here(request) : undefined) ?? (this.pool.run(request, signal) as Promise<SearchPage>);
  }

  async explain(bound: GrantedPlan, signal?: AbortSignal): Promise<Explanation> {
    return this.pool.run({ ...planToWire(bound), explain: true }, signal) as Promise<Explanation>;
  }

  async history(grant: Grant, scope: Pick<HistoryScope, 'type'>, history: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage> {
    return this.pool.run({ grant: grantToWire(grant), scope, history }, signal) as Promise<HistoryPage>;
  }

  /** @returns undefined when it turns out longer than the event loop may be held */
  private here(request: SearchRequest): SearchPage | undefined {
    const { connection, names } = (this.inline ??= open(this.folder));
    try {
      return inSnapshot(connection, () => searchPage(connection, names, request, new Meter(shortBudgets(request))));
    } catch (thrown) {
      if (thrown instanceof TooLongHere) return undefined;
      throw thrown;
    }
  }

  async close(): Promise<void> {
    await this.pool.close();
    this.inline?.connection.close();
    this.inline = undefined;
  }
}

function open(folder: string): { readonly connection: Connection; readonly names: Names } {
  const connection = openReadConnection(folder);
  return { connection, names: readNames(connection) };
}

export const createSearch = ({ folder }: EngineOptions): SearchEngine => new Engine(folder);

/** Judges the guard `matches` in the writer's transaction, by the writer's names: they forget what a step gave that is undone. */
export const matchingIds: MatchingIds = (connection, names, bound, limit) => idsOf(connection, names, planToWire(bound), limit);
