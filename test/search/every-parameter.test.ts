/** Every search parameter of R4 answers: with a value, with each of its modifiers, as a sort key, and as missing. */
import { bind } from '../../src/access/grant';
import { resourceTypes } from '../../src/fhir/definitions';
import { searchDefinitions } from '../../src/search/definitions';
import { searchParametersOf, type SearchParameter } from '../../src/search/parameters';
import type { ValueKind } from '../../src/search/plan';
import { parseSearch } from '../../src/search/query';
import type { Store } from '../../src/store/port';
import { operator } from '../contract/support';
import { openTestStore } from '../support/stores';

let store: Store;
beforeAll(async () => { store = await openTestStore(); });
afterAll(() => store.close());

const value: Readonly<Record<ValueKind, string>> = {
  token: 'http://x|y', reference: 'a', string: 'a', date: 'ge2024-02', number: 'lt5', quantity: 'gt5||mg', uri: 'http://x/y', composite: '', position: '48|2|5|km',
};
const modifiers: Readonly<Record<ValueKind, readonly string[]>> = {
  token: [':not', ':text'], reference: [':identifier', ':text'], string: [':exact', ':contains'], uri: [':above', ':below'], date: [], number: [], quantity: [], composite: [], position: [],
};
const valueOf = ({ kind, components = [] }: SearchParameter): string => (kind === 'composite' ? components.map((part) => (part ? value[part.kind] : '')).join('$') : value[kind]);

function questions(parameter: SearchParameter): string[] {
  const { code, kind, parts } = parameter;
  if (code === '_id') return ['_id=a', '_id:not=a', '_id:missing=true', '_sort=_id'];
  if (code === '_lastUpdated') return ['_lastUpdated=ge2024', '_lastUpdated:missing=false', '_sort=-_lastUpdated'];
  if (kind === 'composite') return [`${code}=${valueOf(parameter)}`];
  const sorts = kind === 'position' || parts ? [] : [`_sort=-${code}`];
  return [`${code}=${valueOf(parameter)}`, `${code}:missing=true`, ...modifiers[kind].map((modifier) => `${code}${modifier}=${value[kind]}`), ...sorts];
}

const asked = async (type: string, query: string): Promise<void> => {
  const { plan } = parseSearch(type, `${query}&_count=1`, { handling: 'strict', bases: [], timeZone: 'UTC', now: 0, page: { default: 1, max: 1 } });
  await store.search(bind(operator, plan));
};

it('all parameters of every type, one question after another', async () => {
  for (const type of resourceTypes) for (const parameter of searchParametersOf(type)) for (const query of questions(parameter)) await asked(type, query);
}, 120_000);

it('none of R4 is left out but the phonetic ones, whose algorithm no standard names', () => {
  const missing = searchDefinitions().parameters.flatMap(({ code, base }) => base.filter((type) => resourceTypes.includes(type) && !searchParametersOf(type).some((known) => known.code === code)).map(() => code));
  expect(new Set(missing)).toEqual(new Set(['phonetic']));
});
