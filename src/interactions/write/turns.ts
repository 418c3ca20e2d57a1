/**
 * Writes that touch the same identifier go one after another within this process, first come, first served: nobody is refused
 * because others were faster. Across processes, and for whatever criteria do not name, the guards of a step hold.
 *
 * A write that is judged by criteria has the identifier that they ask for to itself (`s|v` and `v` are one), criteria
 * without one their own form; a write by id has that id. What only bears an identifier goes beside others that do.
 */
import { fail } from '../../fhir/failure.js';
import type { Clause } from '../../search/plan.js';
import type { Services } from '../services.js';
import { criteriaPlan } from './conditional.js';
import type { WriteContext } from './context.js';
import type { ResourceFacts } from './examine.js';

export interface Touched {
  /** Nobody else may touch them meanwhile. */
  readonly alone: readonly string[];
  /** Others may go beside, save those that want them alone. */
  readonly beside: readonly string[];
}

/** Longest wait for a turn, ms. */
const patience = 30_000;

interface Place {
  alone?: Promise<void>;
  readonly beside: Set<Promise<void>>;
}

export class WriteTurns {
  private readonly places = new Map<string, Place>();

  /** @throws Failure unavailable when the turn does not come in time: the work is then never begun */
  async take<T>({ alone, beside }: Touched, work: () => Promise<T>): Promise<T> {
    const before = new Set<Promise<void>>();
    let over: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => { over = resolve; });
    const own = new Set(alone);
    for (const key of own) this.enter(key, before, (place) => {
      for (const other of place.beside) before.add(other);
      place.beside.clear();
      place.alone = mine;
    });
    for (const key of new Set(beside)) if (!own.has(key)) this.enter(key, before, (place) => place.beside.add(mine));
    const turn = Promise.all(before);
    try {
      if (before.size > 0) await inTime(turn);
      return await work();
    } finally {
      // One that gave up keeps its place, so that those behind it do not pass those before it.
      void turn.then(() => {
        over();
        for (const key of [...own, ...beside]) this.leave(key, mine);
      });
    }
  }

  private enter(key: string, before: Set<Promise<void>>, take: (place: Place) => void): void {
    const place = this.places.get(key) ?? { beside: new Set() };
    this.places.set(key, place);
    if (place.alone) before.add(place.alone);
    take(place);
  }

  private leave(key: string, mine: Promise<void>): void {
    const place = this.places.get(key);
    if (!place) return;
    if (place.alone === mine) delete place.alone;
    place.beside.delete(mine);
    if (!place.alone && place.beside.size === 0) this.places.delete(key);
  }
}

async function inTime(turn: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(fail('unavailable', { reason: 'The write waited too long for others that change the same data.' }, { headers: { 'Retry-After': '2' } })), patience);
  });
  try {
    await Promise.race([turn, late]);
  } finally {
    clearTimeout(timer);
  }
}

const turns = new WeakMap<Services['store'], WriteTurns>();
/** Those of the process on one store. */
export function inTurn<T>({ store }: Pick<Services, 'store'>, touched: Touched, work: () => Promise<T>): Promise<T> {
  if (touched.alone.length === 0 && touched.beside.length === 0) return work();
  const own = turns.get(store) ?? new WriteTurns();
  turns.set(store, own);
  return own.take(touched, work);
}

const identifierKey = (param: string, code: string): string => JSON.stringify([param, code]);

function identifiersIn(clause: Clause): string[] {
  if (clause.kind === 'and' || clause.kind === 'or') return clause.of.flatMap(identifiersIn);
  return clause.kind === 'token' && clause.param.endsWith('.identifier') && clause.code ? [identifierKey(clause.param, clause.code)] : [];
}

/** @throws Failure bad-request, bad-parameter, unknown-parameter */
export async function keysOfCriteria({ services, grant }: Pick<WriteContext, 'services' | 'grant'>, type: string, criteria: string): Promise<readonly string[]> {
  const { where } = await criteriaPlan(type, criteria, grant, services);
  const identifiers = identifiersIn(where);
  return identifiers.length > 0 ? identifiers : [JSON.stringify([type, where])];
}

export const keysOfResource = (type: string, facts: Pick<ResourceFacts, 'identifiers'> | undefined): readonly string[] =>
  (facts?.identifiers ?? []).map((value) => identifierKey(`${type}.identifier`, value));

export const keyOfId = (type: string, id: string): string => `${type}/${id}`;
