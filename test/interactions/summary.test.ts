/** Parts of resources by `_summary` and `_elements`, beside what the published definitions say (https://hl7.org/fhir/R4/search.html#summary). */
import { isObject, parseJson, sameJson, writeJson, type Json, type JsonObject } from '../../src/fhir/json';
import type { Lanes } from '../../src/interactions/lane';
import { masked, maskOf, type Mask } from '../../src/interactions/mask';
import { below, concreteTypes, everyElement, placeOf, propertyOf, type StandardElement } from '../support/standard';

const inline: Lanes = {
  async open(task, input) {
    const { facts, session } = task.open(input);
    return { facts, finish: async (resolution) => task.finish(session, resolution), close: () => undefined };
  },
};
const tag = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

type Keeps = (element: StandardElement & { readonly name: string }) => boolean;
const keeps: Readonly<Record<'true' | 'text' | 'data', Keeps>> = {
  true: ({ isSummary, min }) => isSummary === true || min > 0, text: ({ name, min }) => name === 'text' || min > 0, data: ({ name }) => name !== 'text',
};
const always = ['id', 'meta', 'implicitRules'];

/** What the standard leaves of an object. @param inner whether elements of elements are chosen too */
function left(object: JsonObject, path: string, keep: Keeps, inner: boolean, top = true): JsonObject {
  const part: JsonObject = top && object.resourceType !== undefined ? { resourceType: object.resourceType } : {};
  for (const element of below(path)) {
    if (!(top && always.includes(element.name)) && !keep(element)) continue;
    for (const { code } of element.type ?? [{ code: '' }]) {
      const name = propertyOf(element.name, element.choice, code);
      const place = placeOf(element, code);
      const deeper = (value: Json): Json => (Array.isArray(value) ? value.map(deeper) : inner && isObject(value) && place !== undefined && code !== 'Resource' && !(top && element.name === 'meta') ? left(value, place, keep, inner, false) : value);
      if (object[name] !== undefined) part[name] = deeper(object[name]);
      if (object[`_${name}`] !== undefined) part[`_${name}`] = object[`_${name}`] as Json;
    }
  }
  return part;
}
const tagged = (part: JsonObject): JsonObject => ({ ...part, meta: { ...(part.meta as JsonObject), tag: [...((part.meta as { tag?: Json[] } | undefined)?.tag ?? []), tag] } });
const partOf = async (resource: JsonObject, mask: Mask): Promise<JsonObject> => parseJson(await masked({ type: String(resource.resourceType), text: writeJson(resource) }, mask, { lanes: inline })) as JsonObject;

it.each(concreteTypes)('every element of %s', async (type) => {
  const resource = everyElement(type);
  for (const kind of ['true', 'text', 'data'] as const) {
    const found = await partOf(resource, maskOf(kind, []) as Mask);
    const expected = tagged(left(resource, type, keeps[kind], kind === 'true'));
    expect([kind, Object.keys(found).sort()]).toEqual([kind, Object.keys(expected).sort()]);
    expect([kind, sameJson(found, expected)]).toEqual([kind, true]);
  }
  const [one, other] = below(type).filter(({ name, min, isModifier }) => min === 0 && isModifier !== true && !always.includes(name)).slice(-2).map(({ name }) => name);
  const names = [one ?? '', other ?? ''];
  const elements = await partOf(resource, maskOf(undefined, names) as Mask);
  const expected = tagged(left(resource, type, ({ name, min, isModifier }) => min > 0 || isModifier === true || names.includes(name), false));
  expect(sameJson(elements, expected)).toBe(true);
  // An element may be named with its type, and is then one of that type alone.
  const of = (owner: string) => partOf(resource, maskOf(undefined, [one ?? '', `${owner}.${other ?? ''}`]) as Mask);
  expect(sameJson(await of(type), expected)).toBe(true);
  expect(Object.keys(await of('Thing'))).not.toContain(other);
});
