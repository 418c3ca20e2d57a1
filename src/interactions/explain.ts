/** `_explain=true`: how a search is served, instead of what it finds. For the operator: it tells how much of everything is looked at. */
import { bind } from '../access/grant.js';
import { fail } from '../fhir/failure.js';
import type { SearchPlan } from '../search/plan.js';
import { textAnswer } from './answers.js';
import type { Answer, Exchange } from './exchange.js';
import { badParameter } from '../search/question/asking.js';
import type { Services } from './services.js';

const asked = /^_explain(?:=(.*))?$/;

/**
 * The query without `_explain`.
 * @throws Failure forbidden, bad-parameter
 */
export function explainAsked(query: string, { reach }: Exchange['grant']): { readonly explains: boolean; readonly query: string } {
  const parts = query.split('&');
  const [given, ...more] = parts.flatMap((part) => asked.exec(part)?.slice(1) ?? []);
  if (!parts.some((part) => asked.test(part))) return { explains: false, query };
  if (more.length > 0 || (given !== 'true' && given !== 'false')) throw badParameter('_explain', 'its value is true or false');
  if (reach.kind !== 'everything') throw fail('forbidden', { reason: 'How a search is served is told to the operator.' });
  return { explains: given === 'true', query: parts.filter((part) => !asked.test(part)).join('&') };
}

export async function explanation({ grant, signal }: Exchange, plan: SearchPlan, { store }: Services): Promise<Answer> {
  const { store: name, plan: lines, queries, matches } = await store.explain(bind(grant, plan), signal);
  const parameter = [
    { name: 'store', valueString: name }, { name: 'matches', valueInteger: matches }, { name: 'plan', valueString: lines.join('\n') },
    ...queries.map(({ text, rows, steps }) => ({
      name: 'query', part: [{ name: 'text', valueString: text }, { name: 'rows', valueInteger: rows }, ...steps.map((step) => ({ name: 'step', valueString: step }))],
    })),
  ];
  return textAnswer(200, JSON.stringify({ resourceType: 'Parameters', parameter }), { interaction: 'explain', patients: [] });
}
