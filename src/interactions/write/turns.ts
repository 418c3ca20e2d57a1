/**
 * Writes that touch the same identifier go one after another within this process, first come, first served: nobody is refused
 * because others were faster. Across processes, and for whatever criteria do not name, the guards of a step hold.
 *
 * A write that is judged by criteria has the identifier that they ask for to itself (`s|v` and `v` are one), criteria
 * without one their own form; a write by id has that id. What only bears an identifier goes beside others that do.
 */
import type { Clause } from '../../search/plan.js';
import { Turns, type Touched } from '../../store/turns.js';
import type { Services } from '../services.js';
import { criteriaPlan } from './conditional.js';
import type { WriteContext } from './context.js';
import type { ResourceFacts } from './examine.js';

export type { Touched };

/** Longest wait for a turn, ms. */
const patience = 30_000;

const turns = new WeakMap<Services['store'], Turns>();
/** Those of the process on one store. */
export function inTurn<T>({ store }: Pick<Services, 'store'>, touched: Touched, work: () => Promise<T>): Promise<T> {
  if (touched.alone.length === 0 && touched.beside.length === 0) return work();
  const own = turns.get(store) ?? new Turns();
  turns.set(store, own);
  return own.take(touched, { patience }, work);
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
