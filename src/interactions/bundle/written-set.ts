/** What a transaction is about to write, as criteria find it: nobody else can find it yet. */
import { satisfies } from '../../search/matches.js';
import type { Clause } from '../../search/plan.js';
import type { ResourceKey } from '../../store/port.js';
import { createPace } from '../pace.js';
import { named } from './naming.js';
import { keyText, overlapping, type Step } from './resolve.js';
import type { Rendering } from './under-way.js';

const tokenText = (param: string, code: string): string => `${param} ${code}`;

/** A token that whatever satisfies the clause bears, where it asks for one. */
function tokenIn(where: Clause): string | undefined {
  if (where.kind === 'token') return where.code === undefined ? undefined : tokenText(where.param, where.code);
  if (where.kind !== 'and') return undefined;
  for (const part of where.of) {
    const token = tokenIn(part);
    if (token !== undefined) return token;
  }
  return undefined;
}

export class WrittenSet {
  private readonly byType = new Map<string, Rendering[]>();
  private readonly byToken = new Map<string, Rendering[]>();
  private readonly keys = new Set<string>();

  static async of(renderings: readonly Rendering[]): Promise<WrittenSet> {
    const set = new WrittenSet();
    const pace = createPace();
    for (const one of renderings) {
      set.add(one);
      await pace();
    }
    return set;
  }

  private add(one: Rendering): void {
    const put = (map: Map<string, Rendering[]>, key: string): void => void (map.get(key)?.push(one) ?? map.set(key, [one]));
    this.keys.add(keyText(one.key));
    put(this.byType, one.key.type);
    for (const token of new Set(one.rendered.entries.token.map(({ param, code }) => tokenText(param, code)))) put(this.byToken, `${one.key.type} ${token}`);
  }

  has(key: ResourceKey): boolean {
    return this.keys.has(keyText(key));
  }
  count(type: string): number {
    return this.byType.get(type)?.length ?? 0;
  }

  /** What satisfies the criteria, as far as that can be told from each resource alone. */
  matching(type: string, where: Clause): ResourceKey[] {
    const token = tokenIn(where);
    const candidates = (token === undefined ? this.byType.get(type) : this.byToken.get(`${type} ${token}`)) ?? [];
    return candidates.filter(({ key: { id }, rendered: { entries } }) => satisfies(where, { id, entries }) === true).map(({ key }) => key);
  }
}

/**
 * What criteria find must not depend on the order of the entries: nothing else in the transaction may write what the
 * criteria of an entry find.
 * @throws Failure bad-request, naming the entry with the criteria
 */
export async function requireApart(steps: readonly Step[], written: WrittenSet): Promise<void> {
  const pace = createPace();
  for (const step of steps) {
    const { where, entry } = step;
    if (!where || !('key' in step)) continue;
    await named(entry.index, async () => {
      if (written.matching(step.key.type, where).some(({ id }) => id !== step.key.id)) throw overlapping();
    });
    await pace();
  }
}
