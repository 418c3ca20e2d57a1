/** Every search parameter of R4 answers: with a value, with each of its modifiers, as a sort key, and as missing. */
import { bind } from '../../src/access/grant';
import { resourceTypes } from '../../src/fhir/definitions';
import type { CompositeEntry, DateEntry, IndexEntries, NumberEntry, PositionEntry, QuantityEntry, ReferenceEntry, StringEntry, TokenEntry, UriEntry } from '../../src/search/entries';
import { searchDefinitions } from '../../src/search/definitions';
import { phoneticKey } from '../../src/search/phonetic';
import { searchParametersOf, type SearchParameter } from '../../src/search/parameters';
import type { SearchPlan, ValueKind } from '../../src/search/plan';
import { parseSearch } from '../../src/search/query';
import type { Store } from '../../src/store/port';
import { open, operator, put, written } from '../contract/support';
import { openTestStore } from '../support/stores';

/** What the value of each kind finds. */
const point = { lo: 6, hi: 6.000001 };
const second = (kind: ValueKind, target: string): CompositeEntry['second'] => {
  switch (kind) {
    case 'quantity': return { kind, unit: 'mg', ...point };
    case 'date': return { kind, lo: Date.UTC(2024, 2, 1), hi: Date.UTC(2024, 2, 2) };
    case 'number': return { kind, lo: 4, hi: 4.000001 };
    case 'string': return { kind, folded: 'abc' };
    case 'reference': return { kind: 'token', system: '', code: `${target}/a` };
    default: return { kind: 'token', system: 'http://x', code: 'y' };
  }
};
function entriesOfType(type: string): IndexEntries {
  const token: TokenEntry[] = [], reference: ReferenceEntry[] = [], string: StringEntry[] = [], uri: UriEntry[] = [], date: DateEntry[] = [], number: NumberEntry[] = [], quantity: QuantityEntry[] = [], composite: CompositeEntry[] = [], position: PositionEntry[] = [];
  for (const { param, code, kind, targets, components, parts } of searchParametersOf(type)) {
    if (parts) continue;
    const base = { param, mark: 3 } as const;
    if (kind === 'token') token.push({ ...base, system: 'http://x', code: 'y' });
    if (kind === 'reference') reference.push({ ...base, form: 'local', type: targets[0] ?? 'Patient', id: 'a' }, { param, form: 'logical', system: '', value: 'a' });
    if (kind === 'string') string.push({ ...base, ...(code === 'phonetic' ? { folded: phoneticKey('abc'), exact: 'abc' } : { folded: 'abc', exact: 'Abc' }) });
    if (kind === 'uri') uri.push({ ...base, value: 'http://x/y' });
    if (kind === 'date') date.push({ ...base, lo: Date.UTC(2024, 2, 1), hi: Date.UTC(2024, 2, 2) });
    if (kind === 'number') number.push({ ...base, lo: 4, hi: 4.000001 });
    if (kind === 'quantity') quantity.push({ ...base, unit: 'mg', ...point });
    if (kind === 'position') position.push({ param, latitude: 48, longitude: 2 });
    if (components) composite.push({ param, system: 'http://x', code: 'y', second: second(components[1].kind, components[1].targets[0] ?? ''), ...(components[2] ? { third: { lo: 4, hi: 4.000001 } } : {}) });
    if (kind === 'token' || kind === 'reference') string.push({ param: `${param}:text`, folded: 'http', exact: 'http' }, { param: `${param}:text`, folded: 'abc', exact: 'a' });
  }
  return { token, reference, string, uri, date, number, quantity, composite, position, mainDate: 0 };
}

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
  for (const type of resourceTypes) await written(store, put(type, 'found', { entries: entriesOfType(type), access: open }));
});
afterAll(() => store.close());

const value: Readonly<Record<ValueKind, string>> = {
  token: 'http://x|y', reference: 'a', string: 'Abc', date: 'ge2024-02', number: 'lt5', quantity: 'gt5||mg', uri: 'http://x/y', composite: '', position: '48|2|5|km',
};
const modifiers: Readonly<Record<ValueKind, readonly string[]>> = {
  token: [':text'], reference: [':identifier', ':text'], string: [':exact', ':contains'], uri: [':above', ':below'], date: [], number: [], quantity: [], composite: [], position: [],
};
const valueOf = ({ kind, components }: SearchParameter): string => (kind === 'composite' ? (components ?? []).map((part) => value[part.kind]).join('$') : value[kind]);

/** Questions that find the resource of the type, and questions that do not. */
function questions(parameter: SearchParameter): { readonly finding: string[]; readonly missing: string[] } {
  const { code, kind, parts } = parameter;
  if (code === '_id') return { finding: ['_id=found', '_id:missing=false', '_sort=_id'], missing: ['_id:not=found', '_id:missing=true', '_id=other'] };
  if (code === '_lastUpdated') return { finding: ['_lastUpdated=ge2024', '_lastUpdated:missing=false', '_sort=-_lastUpdated'], missing: ['_lastUpdated=lt2024', '_lastUpdated:missing=true'] };
  if (kind === 'composite') return { finding: [`${code}=${valueOf(parameter)}`], missing: [`${code}=${valueOf(parameter).replace('y', 'z')}`] };
  const sorts = kind === 'position' || parts ? [] : [`_sort=-${code}`];
  const not = kind === 'token' ? [`${code}:not=${value[kind]}`] : [];
  return { finding: [`${code}=${valueOf(parameter)}`, `${code}:missing=false`, ...(code === 'phonetic' ? [] : modifiers[kind]).map((modifier) => `${code}${modifier}=${modifier === ':text' ? 'abc' : value[kind]}`), ...sorts], missing: [`${code}:missing=true`, ...not] };
}

const planOf = (type: string, query: string): SearchPlan =>
  parseSearch(type, `${query}&_count=1`, { handling: 'strict', bases: [], timeZone: 'UTC', now: 0, page: { default: 1, max: 1 } }).plan;
const found = async (plan: SearchPlan): Promise<boolean> => (await store.search(bind(operator, plan))).matches.length === 1;

/** What is wrong with the answers for one type, question by question: asked only where the answer to all of them together is wrong. */
async function wrongWith(type: string, queries: readonly string[], expected: boolean): Promise<string[]> {
  const wrong: string[] = [];
  for (const query of queries) if (await found(planOf(type, query)) !== expected) wrong.push(`${type}?${query} finds ${expected ? 'nothing' : 'it'}`);
  return wrong;
}

it('all parameters of every type: what finds it, together; what does not, any of it; sorted by all of them', async () => {
  const wrong: string[] = [];
  for (const type of resourceTypes) {
    const asked = searchParametersOf(type).map(questions);
    const [finding, missing] = [asked.flatMap((each) => each.finding), asked.flatMap((each) => each.missing)];
    const plans = finding.map((query) => planOf(type, query));
    const all: SearchPlan = { ...planOf(type, '_id=found'), where: { kind: 'and', of: plans.map(({ where }) => where) } };
    const none: SearchPlan = { ...all, where: { kind: 'or', of: missing.map((query) => planOf(type, query).where) } };
    const sorted: SearchPlan = { ...planOf(type, '_id=found'), sort: plans.flatMap(({ sort }) => sort) };
    if (!await found(all) || !await found(sorted)) wrong.push(...await wrongWith(type, finding, true), `${type}: all together`);
    if (await found(none)) wrong.push(...await wrongWith(type, missing, false), `${type}: any of what does not find it`);
  }
  expect(wrong).toEqual([]);
}, 120_000);

it('none of R4 is left out', () => {
  const missing = searchDefinitions().parameters.flatMap(({ code, base }) => base.filter((type) => resourceTypes.includes(type) && !searchParametersOf(type).some((known) => known.code === code)).map(() => code));
  expect(new Set(missing)).toEqual(new Set());
});
