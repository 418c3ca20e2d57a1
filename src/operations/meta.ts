/**
 * `$meta`, `$meta-add`, `$meta-delete`: https://hl7.org/fhir/R4/resource-operations.html. A change of meta is an update: it makes a new
 * version, by whoever may write the resource, so that history, ETags and `_since` tell of it.
 */
import { metaOf } from '../fhir/body.js';
import { resourceTypes } from '../fhir/definitions.js';
import { objects } from '../fhir/elements.js';
import { fail } from '../fhir/failure.js';
import { isObject, writeJson, type JsonObject } from '../fhir/json.js';
import { metaPatch, type MetaChange } from '../fhir/patch/meta-patch.js';
import { validate } from '../fhir/validate.js';
import { auditOf, textAnswer, versionHeaders, versionUrl } from '../interactions/answers.js';
import type { Answer, AuditFacts } from '../interactions/exchange.js';
import type { AnswerHeaders } from '../interactions/headers.js';
import { isStrict, readParameters } from '../interactions/parameters.js';
import { findVersion } from '../interactions/read.js';
import type { Handler, Method, Route } from '../interactions/routes.js';
import { factsLookup } from '../interactions/write/facts-lookup.js';
import { patchResource, withPatch } from '../interactions/write/patch.js';
import { preconditionsOf } from '../interactions/write/preconditions.js';
import { requireWriter } from '../interactions/write/writers.js';
import { searchParameter } from '../search/parameters.js';
import type { Clause } from '../search/plan.js';
import { followsAny } from '../search/question/followed-labels.js';
import { everyPage } from './gather.js';
import { parametersOf, parametersQuery } from './parameters-body.js';

const returned = (meta: JsonObject, audit: AuditFacts, headers: AnswerHeaders = {}): Answer =>
  textAnswer(200, `{"resourceType":"Parameters","parameter":[{"name":"return","valueMeta":${writeJson(meta)}}]}`, audit, headers);

/** Refuses parameters: it takes none. */
async function requireNone(exchange: Parameters<Handler>[0], services: Parameters<Handler>[1]): Promise<void> {
  readParameters(await parametersQuery(exchange), [], isStrict(exchange, services));
}

const metaOfOne: Handler = async (exchange, services) => {
  await requireNone(exchange, services);
  const [type = '', id = '', , version] = exchange.path;
  const found = await findVersion({ grant: exchange.grant, path: exchange.path.at(-3) === '_history' ? [type, id, '_history', version ?? ''] : [type, id] }, services);
  return returned(metaOf(found.text), auditOf('$meta', found), versionHeaders(found));
};

const indexed = ['_tag', '_security', '_profile'];
/** Whatever has something to tell. */
const labelled = (types: readonly string[]): Clause => ({
  kind: 'or', of: [followsAny, ...types.flatMap((type) => indexed.flatMap((code): Clause[] => {
    const parameter = searchParameter(type, code);
    return parameter ? [{ kind: 'missing', param: parameter.param, valueKind: parameter.kind, missing: false }] : [];
  }))],
});

/** In use among what the caller sees. */
const metaOfAll: Handler = async (exchange, services) => {
  await requireNone(exchange, services);
  const type = exchange.path.length > 1 ? exchange.path[0] : undefined;
  const types = type === undefined ? resourceTypes : [type];
  let meta: JsonObject = {};
  for await (const { matches } of everyPage({ types, where: labelled(types), sort: [] }, exchange, services)) {
    for (const { text } of matches) ({ meta } = metaPatch('meta-add', metaOf(text)).apply({ meta }, 0) as { meta: JsonObject });
  }
  return returned(meta, { interaction: '$meta', ...(type === undefined ? {} : { type }), patients: [] });
};

/** The Meta of the Parameters. @throws Failure bad-resource, invalid */
async function metaGiven(exchange: Parameters<Handler>[0]): Promise<JsonObject> {
  const parameters = [...await parametersOf(exchange) ?? []];
  const [meta, ...more] = objects(parameters).filter(({ name }) => name === 'meta').map(({ valueMeta }) => valueMeta);
  if (!isObject(meta) || more.length > 0) throw fail('bad-resource', { reason: 'it needs one parameter "meta" with a valueMeta' });
  const issues = validate({ resourceType: 'Parameters', parameter: parameters });
  if (issues.length > 0) throw fail('invalid', {}, { issues });
  return meta;
}

const changer = (change: MetaChange): Handler => async (exchange, services) => {
  const { grant, path: [type = '', id = ''] } = exchange;
  requireWriter(grant, type);
  readParameters(exchange.query, [], isStrict(exchange, services));
  const bytes = Buffer.from(writeJson(await metaGiven(exchange)));
  const context = { services, grant, lookup: factsLookup(services, grant) };
  const { version } = await withPatch({ bytes, format: change }, services, (patch) => patchResource(context, patch, { type, id }, preconditionsOf(exchange.headers)));
  return returned(metaOf(version.text), auditOf(`$${change}`, version), { ...versionHeaders(version), Location: versionUrl(services.baseUrl, version) });
};

const asks = (pattern: Route['pattern'], level: Route['level'], handler: Handler): Route[] => (['GET', 'POST'] as const satisfies Method[]).map((method) => ({
  method, pattern, level, handler, interaction: '$meta',
  operation: { definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta', documentation: 'Profiles, tags and labels of a version; of a type or of the system: those in use among what the caller sees.' },
}));
const changes = (change: MetaChange): Route => ({
  method: 'POST', pattern: [':type', ':id', `$${change}`], level: 'instance', handler: changer(change), interaction: `$${change}`,
  operation: { definition: `http://hl7.org/fhir/OperationDefinition/Resource-${change}`, documentation: 'Makes a new version, as an update does.' },
});

export const metaRoutes: readonly Route[] = [
  ...asks(['$meta'], 'system', metaOfAll), ...asks([':type', '$meta'], 'type', metaOfAll), ...asks([':type', ':id', '$meta'], 'instance', metaOfOne),
  ...asks([':type', ':id', '_history', ':version', '$meta'], 'instance', metaOfOne), changes('meta-add'), changes('meta-delete'),
];
