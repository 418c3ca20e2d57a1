/** A batch or transaction that was opened on a lane, as the main thread works with it. */
import type { Exchange } from '../exchange.js';
import type { Opened } from '../lane.js';
import { bodyFormat, charsetOf } from '../negotiate.js';
import { unpackFailure } from '../lane-wire.js';
import { inOrder } from '../pace.js';
import { byteLimit, type Services } from '../services.js';
import { weightOf } from '../weight.js';
import { stagedOnce, type Draft } from '../write/draft.js';
import { readingSettings } from '../write/examine.js';
import { lazyPatch, type PatchDraft } from '../write/patch.js';
import type { Rendered } from '../write/render.js';
import { bundleTask, type Ask, type BundleFacts, type EntryFacts, type RenderAsked, type RenderTold, type Told } from './bundle-task.js';

export interface OpenBundle {
  readonly type: BundleFacts['type'];
  readonly entries: readonly EntryFacts[];
  /** The resource of an entry on its way in. */
  draft(entry: EntryFacts): Draft;
  /** The patch of an entry on its way in. */
  patch(entry: EntryFacts): PatchDraft;
  /** The resource of an entry as JSON, '' when it has none. */
  text(entry: EntryFacts): Promise<string>;
  /** What placeholders stand for from now on. */
  setTargets(targets: ReadonlyMap<string, string>): Promise<void>;
}

/** Entries whose facts cross at a time. */
const slice = 100;

async function factsOf(opened: Opened<BundleFacts, Ask, Told>): Promise<EntryFacts[]> {
  const starts = Array.from({ length: Math.ceil(opened.facts.count / slice) }, (_, index) => index * slice);
  const slices = await inOrder(starts, 1, async (from) => (await opened.finish({ ask: 'facts', from, to: from + slice })) as readonly EntryFacts[]);
  return slices.flat();
}

/** Renderings that are asked for in one turn of the event loop go together. */
function rendererOf(opened: Opened<BundleFacts, Ask, Told>): (asked: RenderAsked) => Promise<Rendered> {
  let waiting: { readonly asked: RenderAsked; readonly resolve: (rendered: Rendered) => void; readonly reject: (error: unknown) => void }[] = [];
  async function flush(): Promise<void> {
    const all = waiting;
    waiting = [];
    try {
      const told = (await opened.finish({ ask: 'renders', asked: all.map(({ asked }) => asked) })) as readonly RenderTold[];
      all.forEach(({ resolve, reject }, at) => {
        const one = told[at] as RenderTold;
        if ('failure' in one) reject(unpackFailure(one.failure));
        else resolve(one.rendered);
      });
    } catch (error) {
      for (const { reject } of all) reject(error);
    }
  }
  return (asked) => new Promise((resolve, reject) => {
    if (waiting.push({ asked, resolve, reject }) === 1) queueMicrotask(() => void flush());
  });
}

function bundleOf(opened: Opened<BundleFacts, Ask, Told>, entries: readonly EntryFacts[], services: Services): OpenBundle & { close(): void } {
  const drafts = new Map<number, Draft>();
  const patches = new Map<number, ReturnType<typeof lazyPatch>>();
  const together = rendererOf(opened);
  const text = async ({ index }: EntryFacts): Promise<string> => (await opened.finish({ ask: 'text', index })) as string;
  return {
    text,
    patch(entry) {
      const patch = patches.get(entry.index) ?? lazyPatch(async () => ({ format: 'entry', bytes: Buffer.from(await text(entry)) }), services);
      patches.set(entry.index, patch);
      return patch;
    },
    close: () => patches.forEach((patch) => patch.close()),
    type: opened.facts.type,
    entries,
    draft(entry) {
      const { index, resource } = entry;
      if (!resource) throw new TypeError('The entry writes nothing');
      const draft = drafts.get(index) ?? {
        facts: resource,
        // The content of a Binary moves from one thread to the other when it comes alone.
        render: async (request) => (resource.type === 'Binary' ? (await opened.finish({ ask: 'render', index, request })) as Rendered : together({ index, request })),
        content: stagedOnce(services.store),
      };
      drafts.set(index, draft);
      return draft;
    },
    setTargets: async (targets) => void (await opened.finish({ ask: 'targets', targets: [...targets] })),
  };
}

/**
 * Reads the body as a batch or transaction, gives it to `work`, and lets go of it.
 * @throws Failure unsupported-type, bad-charset, too-large, too-many-entries, bad-resource, invalid, bad-request
 */
export async function withBundle<T>(exchange: Exchange, services: Services, work: (bundle: OpenBundle) => Promise<T>): Promise<T> {
  const { contentType } = exchange.body;
  const format = bodyFormat(contentType);
  const charset = charsetOf(contentType);
  const bytes = await exchange.body.bytes(byteLimit(services.limits.body));
  const input = { bytes, format, settings: readingSettings(services), limit: services.limits.entries, ...(charset === undefined ? {} : { charset }) };
  const opened = await services.lanes.open(bundleTask, input, weightOf(bytes));
  let bundle: ReturnType<typeof bundleOf> | undefined;
  try {
    bundle = bundleOf(opened, await factsOf(opened), services);
    return await work(bundle);
  } finally {
    bundle?.close();
    opened.close();
  }
}
