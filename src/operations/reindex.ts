/**
 * `$reindex`: how far the index is, and by POST everything indexed anew. It goes on by itself, also after a restart, while the server
 * serves. For the operator.
 */
import { instantText } from '../fhir/date.js';
import { fail } from '../fhir/failure.js';
import { percentOf, type IndexState } from '../search/index-state.js';
import { textAnswer } from '../interactions/answers.js';
import type { Answer, Exchange } from '../interactions/exchange.js';
import { isStrict, readParameters } from '../interactions/parameters.js';
import type { Handler, Route } from '../interactions/routes.js';
import type { SearchIndex, Services } from '../interactions/services.js';
import { parametersQuery } from './parameters-body.js';

type Parameter = Readonly<Record<string, unknown>>;

/** `parameter`: the search parameters that answer an error until the job is done; absent when all do. */
function told({ job, definitions }: IndexState): readonly Parameter[] {
  if (!job) return [{ name: 'status', valueCode: 'completed' }, { name: 'definitions', valueInteger: definitions.length }];
  return [
    { name: 'status', valueCode: 'in-progress' }, { name: 'definitions', valueInteger: definitions.length },
    { name: 'percent', valueInteger: percentOf(job) }, { name: 'done', valueInteger: job.done }, { name: 'total', valueInteger: job.total },
    { name: 'started', valueInstant: instantText(job.started) },
    { name: 'usable', valueBoolean: job.params !== undefined },
    ...(job.params ?? []).map((name) => ({ name: 'parameter', valueString: name })),
  ];
}

const answerOf = (state: IndexState): Answer => textAnswer(200, JSON.stringify({ resourceType: 'Parameters', parameter: told(state) }), { interaction: '$reindex', patients: [] });

/** @throws Failure forbidden, not-implemented; those of parameters: it takes none */
async function indexFor(exchange: Exchange, services: Services): Promise<SearchIndex> {
  if (exchange.grant.reach.kind !== 'everything') throw fail('forbidden', { reason: 'The index is for the operator.' });
  readParameters(await parametersQuery(exchange), [], isStrict(exchange, services));
  if (!services.index) throw fail('not-implemented', { reason: 'The index of this server is not kept.' });
  return services.index;
}

const status: Handler = async (exchange, services) => answerOf(await (await indexFor(exchange, services)).refresh());

const start: Handler = async (exchange, services) => {
  const index = await indexFor(exchange, services);
  await index.reconcile(true);
  return answerOf(index.state);
};

const operation = { definition: 'urn:passerelle:OperationDefinition:reindex', documentation: 'GET: how far the index is. POST: everything is indexed anew, while the server serves. For the operator.' } as const;
export const reindexRoutes: readonly Route[] = [
  { method: 'GET', pattern: ['$reindex'], interaction: '$reindex', level: 'system', handler: status, operation },
  { method: 'POST', pattern: ['$reindex'], interaction: '$reindex', level: 'system', handler: start, operation },
];
