/**
 * Keeps what a process knows of the index, and does the job that makes entries anew: in small steps, at most half of the time, on after a
 * restart, and in one process of several. What the operator's parameters are is told by the SearchParameter resources: they are read
 * anew when one was written, when a process starts, and now and then, so that nothing depends on who wrote them.
 */
import { bind, type Grant } from '../access/grant.js';
import { isObject, parseStored, type JsonObject } from '../fhir/json.js';
import { concerns, firstIndex, type IndexState, type OwnDefinition } from '../search/index-state.js';
import { definitionsOf } from '../search/own-definition.js';
import type { PackedEntries } from '../search/packed-entries.js';
import type { Store, StoredVersion } from '../store/port.js';

export interface IndexKeeperOptions {
  readonly store: Pick<Store, 'index' | 'search'>;
  /** Of reach `everything`. */
  readonly grant: () => Grant;
  /** Entries of a text, off the event loop where it is long. */
  readonly entriesOf: (text: string, own: IndexState) => Promise<PackedEntries>;
  /** Parameters of the operator, at most. */
  readonly most: number;
  readonly onFailure: (cause: unknown) => void;
}

/** Between two looks at a store that has nothing to do, ms. */
const idle = 500;
/** After a failure, ms. */
const afterFailure = 5_000;
/** Looks between two readings of the definitions, where other processes may have written some and died. */
const looksBetween = 120;
/** Definitions read at once. */
const page = 200;

export class IndexKeeper {
  private known: IndexState = firstIndex;
  /** ms, of a clock that only grows: when what is known was asked for. */
  private asked = -Infinity;
  private unread = true;
  private looks = 0;
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly options: IndexKeeperOptions) {}

  get most(): number {
    return this.options.most;
  }

  /** As it was known last. */
  get state(): IndexState {
    return this.known;
  }

  /** Late by no more than the store's job waits before it changes what searches find. */
  async current(): Promise<IndexState> {
    const { staleness } = this.options.store.index;
    return performance.now() - this.asked < Math.max(staleness * 0.75, idle * 2) ? this.known : this.refresh();
  }

  async refresh(): Promise<IndexState> {
    const asked = performance.now();
    const found = await this.options.store.index.state();
    // What is compiled of definitions is kept by their list.
    if (found.generation >= this.known.generation) {
      this.known = found.generation === this.known.generation && found.generation > 0 ? { ...found, definitions: this.known.definitions } : found;
    }
    this.asked = asked;
    return this.known;
  }

  /** Reads the definitions and goes on from there, until it is stopped. */
  async start(): Promise<void> {
    await this.refresh();
    await this.reconcile();
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.working;
  }

  /**
   * Makes the definitions of the store those of its resources. Resolves when every process goes by them.
   * @param all everything is indexed anew, whatever changed
   */
  async reconcile(all = false): Promise<void> {
    this.unread = true;
    for (;;) {
      const before = await this.refresh();
      const definitions = await this.stored();
      if (!all && same(before.definitions, definitions)) break;
      if (await this.options.store.index.redefine(before.generation, { definitions, all })) {
        await this.refresh();
        await new Promise((resolve) => { setTimeout(resolve, this.options.store.index.staleness); });
        break;
      }
    }
    this.unread = false;
    if (this.timer) this.schedule(0);
  }

  private async stored(): Promise<readonly OwnDefinition[]> {
    const resources: JsonObject[] = [];
    for (let after: { readonly after: string; readonly asOf: string } | undefined; ;) {
      const found = await this.options.store.search(bind(this.options.grant(), { types: ['SearchParameter'], where: { kind: 'all' }, sort: [], includes: [], page: { count: page, ...after }, total: 'none' }));
      for (const { text } of found.matches) {
        const resource = parseStored(text);
        if (isObject(resource)) resources.push(resource);
      }
      if (found.next === undefined) return definitionsOf(resources, this.options.most);
      after = { after: found.next, asOf: found.asOf };
    }
  }

  private schedule(pause: number): void {
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => { this.working = this.look(); }, pause).unref();
  }

  private async look(): Promise<void> {
    const begun = performance.now();
    try {
      if (this.unread || (this.options.store.index.staleness > 0 && ++this.looks % looksBetween === 0)) await this.reconcile();
      await this.refresh();
      const stepped = this.known.job !== undefined && (await this.options.store.index.step((found, state) => this.entries(found, state))) === 'stepped';
      if (stepped) await this.refresh();
      this.schedule(stepped ? Math.max(performance.now() - begun, 1) : idle);
    } catch (thrown) {
      if (this.stopped) return;
      this.options.onFailure(thrown);
      this.schedule(afterFailure);
    }
  }

  private async entries({ type, text }: StoredVersion, state: IndexState): Promise<PackedEntries | undefined> {
    if (state.job === undefined || !concerns(state.job, type, text)) return undefined;
    return this.options.entriesOf(text, state.generation === this.known.generation ? this.known : state);
  }
}

const same = (one: readonly OwnDefinition[], other: readonly OwnDefinition[]): boolean => {
  const texts = new Set(one.map((each) => JSON.stringify(each)));
  return one.length === other.length && other.every((each) => texts.has(JSON.stringify(each)));
};
