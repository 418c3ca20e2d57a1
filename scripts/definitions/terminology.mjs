/**
 * Writes profiles/r4/terminology.json.gz from the published R4 definitions: the code systems whose codes are published with
 * them, less their words, and what each value set is made of. With --check it is only compared.
 *
 *   node scripts/definitions/terminology.mjs [--check]
 */
import { resourcesOf, writeArtefacts } from './package.mjs';

/** Which concept is above or below which; everything else that a property says is left out. */
const hierarchical = ({ code }) => code === 'parent' || code === 'child';

const concepts = (list = []) => list.map(({ code, concept, property = [] }) => ({
  code,
  ...(property.some(hierarchical) ? { property: property.filter(hierarchical).map((each) => ({ code: each.code, valueCode: each.valueCode })) } : {}),
  ...(concept ? { concept: concepts(concept) } : {}),
}));
const part = ({ system, version, concept, filter, valueSet }) => ({
  ...(system ? { system } : {}), ...(version ? { version } : {}), ...(valueSet ? { valueSet } : {}),
  ...(concept ? { concept: concept.map(({ code }) => ({ code })) } : {}),
  ...(filter ? { filter: filter.map(({ property, op, value }) => ({ property, op, value })) } : {}),
});

const systems = {};
const valueSets = {};
for (const resource of ['valuesets', 'v3-codesystems', 'v2-tables'].flatMap(resourcesOf)) {
  if (resource.resourceType === 'CodeSystem' && resource.content === 'complete') systems[resource.url] = { content: 'complete', concept: concepts(resource.concept) };
  if (resource.resourceType === 'ValueSet' && resource.compose) {
    const { include, exclude } = resource.compose;
    valueSets[resource.url] = { compose: { include: include.map(part), ...(exclude ? { exclude: exclude.map(part) } : {}) } };
  }
}
writeArtefacts({ 'terminology.json.gz': JSON.stringify({ systems, valueSets }) });
