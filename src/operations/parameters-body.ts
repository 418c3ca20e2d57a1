/** Input parameters of an operation called by POST, in the form that GET has them (https://hl7.org/fhir/R4/operations.html#request). */
import { fail } from '../fhir/failure.js';
import { isObject, type Json } from '../fhir/json.js';
import { readResource } from '../fhir/resource.js';
import type { Exchange } from '../interactions/exchange.js';
import { bodyFormat, charsetOf } from '../interactions/negotiate.js';

/** Operations that only ask take no more than this. */
const limit = { bytes: 64 * 1024, setting: 'parameters of an operation' } as const;

function simpleValue(parameter: Json): readonly [name: string, value: string] {
  if (isObject(parameter) && typeof parameter.name === 'string') {
    const value = Object.entries(parameter).find(([key]) => key.startsWith('value'))?.[1];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [parameter.name, String(value)];
  }
  throw fail('bad-resource', { reason: 'each parameter needs a name and a value of a primitive type' });
}

/**
 * The query string of the request and its Parameters body as one query string.
 * @throws Failure unsupported-type, bad-json, bad-xml, bad-resource, too-large
 */
export async function parametersQuery({ query, body }: Pick<Exchange, 'query' | 'body'>): Promise<string> {
  const bytes = await body.bytes(limit);
  if (bytes.length === 0) return query;
  const resource = readResource(bytes, bodyFormat(body.contentType), charsetOf(body.contentType));
  if (resource.resourceType !== 'Parameters') throw fail('bad-resource', { reason: 'a Parameters is expected' });
  const all = new URLSearchParams(query);
  for (const parameter of Array.isArray(resource.parameter) ? resource.parameter : []) all.append(...simpleValue(parameter));
  return all.toString();
}
