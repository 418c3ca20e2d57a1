/** Input parameters of an operation called by POST, in the form that GET has them (https://hl7.org/fhir/R4/operations.html#request). */
import { fail } from '../fhir/failure.js';
import { Decimal, isObject, type Json, type JsonObject } from '../fhir/json.js';
import { readResource } from '../fhir/resource.js';
import type { Exchange } from '../interactions/exchange.js';
import { bodyFormat, charsetOf } from '../interactions/negotiate.js';

/** Operations that only ask, or change a few words, take no more than this. */
const limit = { bytes: 64 * 1024, setting: 'parameters of an operation' } as const;

/** The value of a parameter, whatever its type. */
export const valueOf = (parameter: JsonObject): Json | undefined => Object.entries(parameter).find(([key]) => key.startsWith('value'))?.[1];

function simpleValue(parameter: Json): readonly [name: string, value: string] {
  if (isObject(parameter) && typeof parameter.name === 'string') {
    const value = valueOf(parameter);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof Decimal) return [parameter.name, String(value)];
  }
  throw fail('bad-resource', { reason: 'each parameter needs a name and a value of a primitive type' });
}

/**
 * The parameters of the body, JSON or XML; undefined without a body.
 * @throws Failure unsupported-type, bad-json, bad-xml, bad-resource, too-large
 */
export async function parametersOf({ body }: Pick<Exchange, 'body'>): Promise<readonly Json[] | undefined> {
  const bytes = await body.bytes(limit);
  if (bytes.length === 0) return undefined;
  const resource = readResource(bytes, bodyFormat(body.contentType), charsetOf(body.contentType));
  if (resource.resourceType !== 'Parameters') throw fail('bad-resource', { reason: 'a Parameters is expected' });
  return Array.isArray(resource.parameter) ? resource.parameter : [];
}

/**
 * The query string of the request, and its Parameters body when it was sent by POST, as one query string.
 * @throws Failure as {@link parametersOf}
 */
export async function parametersQuery({ method, query, body }: Pick<Exchange, 'method' | 'query' | 'body'>): Promise<string> {
  const parameters = method === 'POST' ? await parametersOf({ body }) : undefined;
  if (!parameters) return query;
  const all = new URLSearchParams(query);
  for (const parameter of parameters) all.append(...simpleValue(parameter));
  return all.toString();
}
