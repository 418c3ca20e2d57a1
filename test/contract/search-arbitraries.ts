/** Random small worlds and random plans over them, dense enough that most plans find something and leave something. */
import fc from 'fast-check';
import type { AccessFacts, ConsentRule } from '../../src/access/facts';
import type { Reach } from '../../src/access/grant';
import type {
  CompositeEntry, DateEntry, IndexEntries, NumberEntry, QuantityEntry, ReferenceEntry, StringEntry, TokenEntry, UriEntry,
} from '../../src/search/entries';
import type { Clause, Comparison, CompositeSecond, Include, Leaf, ReferenceTarget, SearchPlan, SortKey, ValueKind } from '../../src/search/plan';
import { noMainDate, type Draft } from './search-support';

const patients = ['p1', 'p2', 'p3'];
const observations = ['o1', 'o2', 'o3', 'o4', 'o5', 'o6', 'o7', 'o8'];
const practitioners = ['d1', 'd2', 'd3'];
const documents = ['r1', 'r2', 'r3'];
const idsByType: Readonly<Record<string, readonly string[]>> = { Patient: patients, Observation: observations, Practitioner: practitioners, DocumentReference: documents };
export const types = Object.keys(idsByType);

const systems = ['', 'urn:a', 'urn:b'];
const codes = ['x', 'y', 'z'];
const texts = ['anne', 'annie', 'benoit', 'bea', 'an'];
const units = ['kg', 'ucum:g'];
const urls = ['http://a.test', 'http://a.test/v', 'http://a.test/v/', 'http://a.test/v/1', 'http://a.test/w', 'urn:oid:1.2', 'http://b.test/v/1'];
const keys = ['professional|1', 'professional|2', 'Organization/s'];
const structures = ['s1', 's2'];
const mark = { mark: 3 } as const;

const moment = fc.integer({ min: 0, max: 9 });
const interval = fc.tuple(moment, fc.integer({ min: 1, max: 4 })).map(([lo, width]) => ({ lo, hi: lo + width }));
const openInterval = fc.oneof({ weight: 6, arbitrary: interval }, { weight: 1, arbitrary: interval.map(({ hi }) => ({ lo: -Infinity, hi })) }, { weight: 1, arbitrary: interval.map(({ lo }) => ({ lo, hi: Infinity })) });
const comparison: fc.Arbitrary<Comparison> = fc.record({ prefix: fc.constantFrom('eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'), interval }).map(({ prefix, interval: { lo, hi } }) => ({ prefix, lo, hi }));
const some = <T>(arbitrary: fc.Arbitrary<T>, maxLength = 2): fc.Arbitrary<T[]> => fc.array(arbitrary, { maxLength });

/** Marks the least and the greatest entry, as the indexer does. */
function marked<E extends object>(entries: readonly E[], compare: (one: E, other: E) => number): E[] {
  const own = entries.filter((entry) => !('contained' in entry));
  const order = [...own].sort(compare);
  const [least, greatest] = [order[0], order.at(-1)];
  return entries.map((entry) => {
    if (entry === least && entry === greatest) return { ...entry, mark: 3 };
    return entry === least ? { ...entry, mark: 1 } : entry === greatest ? { ...entry, mark: 2 } : entry;
  });
}
const byText = <E>(of: (entry: E) => string) => (one: E, other: E) => (of(one) < of(other) ? -1 : of(one) > of(other) ? 1 : 0);
const unique = <E>(entries: readonly E[], by: (entry: E) => unknown): E[] => [...new Map(entries.map((entry) => [by(entry), entry])).values()];

const token = fc.record({ system: fc.constantFrom(...systems), code: fc.constantFrom(...codes, '') }).filter(({ system, code }) => system !== '' || code !== '');
const anyTarget = fc.constantFrom(...types).chain((type) => fc.constantFrom(...(idsByType[type] ?? []), 'gone').map((id) => ({ type, id })));

const tokensOf = (param: string): fc.Arbitrary<TokenEntry[]> => some(token).map((list) => marked(list.map((entry) => ({ ...entry, param })), byText((entry: TokenEntry) => entry.code + entry.system)));
const stringsOf = (param: string): fc.Arbitrary<StringEntry[]> => some(fc.constantFrom(...texts)).map((list) =>
  marked(unique(list, (text) => text).map((text) => ({ param, folded: text, exact: text.toUpperCase() })), byText((entry: StringEntry) => entry.folded)));
const urisOf = (param: string): fc.Arbitrary<UriEntry[]> => some(fc.constantFrom(...urls)).map((list) =>
  marked(unique(list, (url) => url).map((value) => ({ param, value })), byText((entry: UriEntry) => entry.value)));
const datesOf = (param: string): fc.Arbitrary<DateEntry[]> => some(openInterval).map((list) =>
  marked(unique(list, ({ lo, hi }) => `${lo} ${hi}`).map((entry) => ({ ...entry, param })), (one, other) => compareLow(one, other)));
const numbersOf = (param: string): fc.Arbitrary<NumberEntry[]> => some(interval).map((list) => marked(unique(list, ({ lo }) => lo).map((entry) => ({ ...entry, param })), compareLow));
const quantitiesOf = (param: string): fc.Arbitrary<QuantityEntry[]> => some(fc.tuple(interval, fc.constantFrom(...units))).map((list) =>
  marked(unique(list, ([{ lo }]) => lo).map(([entry, unit]) => ({ ...entry, unit, param })), compareLow));
function compareLow(one: { readonly lo: number; readonly hi: number }, other: { readonly lo: number; readonly hi: number }): number {
  return one.lo === other.lo ? one.hi - other.hi : one.lo < other.lo ? -1 : 1;
}

/** The main date: one entry at most, and the date that keys go by. */
const mainDate = (param: string | undefined): fc.Arbitrary<{ readonly date: DateEntry[]; readonly mainDate: number }> => fc.option(openInterval, { nil: undefined }).map((found) =>
  found && param !== undefined ? { date: [{ param, ...found, ...mark }], mainDate: Number.isFinite(found.lo) ? found.lo : found.hi } : { date: [], mainDate: noMainDate });

function referenceOf(param: string, contained?: string): fc.Arbitrary<ReferenceEntry> {
  const base = contained === undefined ? { param } : { param, contained };
  return fc.oneof(
    { weight: 6, arbitrary: anyTarget.map((target): ReferenceEntry => ({ ...base, form: 'local', ...target })) },
    { weight: 1, arbitrary: anyTarget.map((target): ReferenceEntry => ({ ...base, form: 'local', ...target, version: '2' })) },
    { weight: contained === undefined ? 3 : 0, arbitrary: fc.constantFrom('c1', 'c2').map((id): ReferenceEntry => ({ ...base, form: 'contained', id })) },
    { weight: 1, arbitrary: fc.constantFrom(...urls).map((url): ReferenceEntry => ({ ...base, form: 'absolute', url })) },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...urls), fc.constantFrom(undefined, undefined, '1', '2', '1.1', '1.10', '11')).map(([url, version]): ReferenceEntry => ({ ...base, form: 'canonical', url, ...(version === undefined ? {} : { version }) })) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...systems), fc.constantFrom(...codes)).map(([system, value]): ReferenceEntry => ({ ...base, form: 'logical', system, value })) },
  );
}
/** Close to each other, across the date line, at a pole. */
const place = fc.constantFrom([48.85, 2.35], [48.86, 2.36], [48.9, 2.2], [-16.5, 179.99], [-16.5, -179.99], [89.99, 10], [89.99, -170]).map(([latitude = 0, longitude = 0]) => ({ latitude, longitude }));
const referencesOf = (param: string, contained?: string): fc.Arbitrary<ReferenceEntry[]> => some(referenceOf(param, contained), 3).map((list) => {
  const locals = list.filter((entry) => entry.form === 'local');
  return [...list.filter(({ form }) => form !== 'local'), ...marked<ReferenceEntry>(locals, byText((entry) => (entry.form === 'local' ? `${entry.type}/${entry.id}/${entry.version ?? ''}` : '')))];
});

const second: fc.Arbitrary<CompositeEntry['second']> = fc.oneof(
  fc.tuple(interval, fc.constantFrom(...units)).map(([{ lo, hi }, unit]) => ({ kind: 'quantity' as const, unit, lo, hi })),
  interval.map(({ lo, hi }) => ({ kind: 'date' as const, lo, hi })),
  token.map((entry) => ({ kind: 'token' as const, ...entry })),
  fc.constantFrom(...texts).map((folded) => ({ kind: 'string' as const, folded })),
);
/** One parameter for each kind of second component, as in FHIR. */
const compositesOf = (type: string): fc.Arbitrary<CompositeEntry[]> => some(fc.tuple(token, second, fc.option(moment.map((lo) => ({ lo, hi: lo + 1 })), { nil: undefined }))).map((list) =>
  list.map(([entry, other, third]) => ({ param: `${type}.composite-${other.kind}`, ...entry, second: other, ...(third === undefined ? {} : { third }) })));

/** What is contained: `c1` is a Practitioner, `c2` an Observation. */
const inner: fc.Arbitrary<Pick<IndexEntries, 'token' | 'string' | 'reference'>> = fc.record({
  token: tokensOf('Practitioner.code').map((list) => list.map(({ param, system, code }) => ({ param, system, code, contained: 'c1' }))),
  string: stringsOf('Observation.name').map((list) => list.map(({ param, folded, exact }) => ({ param, folded, exact, contained: 'c2' }))),
  reference: referencesOf('Practitioner.link', 'c1').map((list) => list.map((entry): ReferenceEntry => ({ ...entry, mark: undefined }))),
});

const entriesOfType = (type: string): fc.Arbitrary<IndexEntries> => fc.record({
  token: tokensOf(`${type}.code`), reference: referencesOf(`${type}.link`), other: referencesOf(`${type}.other`), string: stringsOf(`${type}.name`),
  main: mainDate(mainDateCodes[type] && `${type}.${mainDateCodes[type]}`), date: datesOf(`${type}.when`), number: numbersOf(`${type}.number`), quantity: quantitiesOf(`${type}.quantity`),
  position: some(place).map((list) => unique(list, ({ latitude, longitude }) => `${latitude} ${longitude}`).map((entry) => ({ ...entry, param: `${type}.near` }))),
  uri: urisOf(`${type}.uri`), url: urisOf(`${type}.url`), version: some(fc.constantFrom('1', '1', '2', '1.1')), composite: compositesOf(type), inner,
}).map(({ main, other, inner: inside, url, version, ...own }) => ({
  ...own, uri: [...own.uri, ...url], token: [...own.token, ...unique(version, (code) => code).map((code) => ({ param: `${type}.version`, code, system: '' })), ...inside.token], string: [...own.string, ...inside.string], reference: [...own.reference, ...other, ...inside.reference],
  date: [...own.date, ...main.date], mainDate: main.mainDate,
}));
const mainDateCodes: Readonly<Record<string, string>> = { Observation: 'date', Patient: 'birthdate', DocumentReference: 'date' };

const subset = (list: readonly string[], maxLength = list.length) => fc.subarray([...list], { maxLength });
const rule: fc.Arbitrary<ConsentRule> = fc.record({
  effect: fc.constantFrom('close' as const, 'block' as const, 'mask' as const), patient: fc.constantFrom(...patients), actors: fc.subarray(keys, { minLength: 1 }), everyone: fc.boolean(),
  document: fc.constantFrom(...documents), from: fc.constantFrom(0, 900, 1_500), until: fc.constantFrom(950, 2_000, 8_000_000),
}).map(({ effect, patient, actors, everyone, document, from, until }) => ({
  effect, patient, from, until, ...(effect === 'close' || (effect === 'mask' && everyone) ? {} : { actors }), ...(effect === 'mask' ? { document } : {}),
}));

function accessOf(type: string, id: string): fc.Arbitrary<AccessFacts> {
  const wrote = subset(structures);
  if (type === 'Practitioner') return wrote.map((list) => ({ exposure: 'public', owners: [], structures: list }));
  if (type === 'Patient') return wrote.map((list) => ({ exposure: 'owned', owners: [id], structures: list }));
  const owners = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...patients).map((one) => [one]) }, { weight: 1, arbitrary: fc.constant(['p1', 'p2']) });
  if (type === 'DocumentReference') {
    return fc.record({ owners, wrote, chain: fc.subarray(['k1', 'k2'], { minLength: 1 }), labels: fc.subarray(['MASQUE_PS' as const, 'INVISIBLE_PATIENT' as const], { maxLength: 1 }), authors: subset(keys, 1) })
      .map(({ owners: list, wrote: by, chain, labels, authors }) => ({ exposure: 'owned', owners: list, structures: by, documentFacts: { chainKeys: [...chain, `own ${id}`], labels, authors } }));
  }
  return fc.record({ owners, wrote, private: fc.integer({ min: 0, max: 9 }), document: fc.option(fc.constantFrom(...documents), { nil: undefined, freq: 2 }) })
    .map(({ owners: list, wrote: by, private: dice, document }) => (dice === 0 ? { exposure: 'private', owners: [], structures: by } : { exposure: 'owned', owners: list, structures: by, ...(document === undefined ? {} : { document }) }));
}
const draft = (type: string, id: string): fc.Arbitrary<Draft> => fc.record({ type: fc.constant(type), id: fc.constant(id), entries: entriesOfType(type), access: accessOf(type, id) });
const consent: fc.Arbitrary<Draft> = some(rule, 2).map((rules) => ({
  type: 'Consent', id: 'k', access: { exposure: 'subject', owners: ['p1'], structures: [], rules },
  entries: { token: [], reference: [], string: [], date: [], number: [], quantity: [], uri: [], composite: [], mainDate: noMainDate },
}));

/** Sets to be written one after another. Documents come first: what is drawn from one knows it. */
export const world: fc.Arbitrary<Draft[][]> = fc.record({
  documents: fc.tuple(...documents.map((id) => draft('DocumentReference', id))),
  others: fc.tuple(...types.filter((type) => type !== 'DocumentReference').flatMap((type) => (idsByType[type] ?? []).map((id) => draft(type, id)))),
  consent, cuts: fc.array(fc.integer({ min: 1, max: 13 }), { minLength: 1, maxLength: 4 }),
}).map(({ documents: first, others, consent: last, cuts }) => {
  const sets: Draft[][] = [[...first]];
  let rest: Draft[] = [...others];
  for (const cut of cuts) {
    sets.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...sets, rest, [last]];
});

export const reach: fc.Arbitrary<Reach> = fc.oneof(
  fc.constant<Reach>({ kind: 'everything' }),
  fc.constantFrom(...patients, undefined).map((patient): Reach => (patient === undefined ? { kind: 'patient' } : { kind: 'patient', patient })),
  fc.subarray(keys, { minLength: 1 }).map((list): Reach => ({ kind: 'professional', keys: list })),
  fc.constantFrom(...structures).map((structure): Reach => ({ kind: 'structure', structure, keys: ['Organization/s'] })),
);

const target: fc.Arbitrary<ReferenceTarget> = fc.oneof(
  fc.tuple(anyTarget, fc.boolean(), fc.constantFrom(undefined, '2')).map(([{ type, id }, typed, version]): ReferenceTarget => ({ form: 'local', id, ...(typed ? { type } : {}), ...(version === undefined ? {} : { version }) })),
  fc.constantFrom(...urls).map((url): ReferenceTarget => ({ form: 'absolute', url })),
  fc.tuple(fc.constantFrom(...urls), fc.constantFrom(undefined, '1', ''), fc.boolean()).map(([url, version, below]): ReferenceTarget => ({ form: 'canonical', url, ...(version === undefined ? {} : { version, ...(below && version !== '' ? { below: true as const } : {}) }) })),
  fc.constantFrom(...types).chain((type) => subset([...(idsByType[type] ?? []), 'gone']).map((ids): ReferenceTarget => ({ form: 'members', type, ids }))),
  fc.tuple(fc.constantFrom(undefined, ...systems), fc.constantFrom(undefined, ...codes)).map(([system, value]): ReferenceTarget => ({ form: 'logical', ...(system === undefined ? {} : { system }), ...(value === undefined ? {} : { value }) })),
);
const askedToken = fc.tuple(fc.constantFrom(undefined, ...systems), fc.constantFrom(undefined, ...codes)).map(([system, code]) => ({ ...(system === undefined ? {} : { system }), ...(code === undefined ? {} : { code }) }));
const askedSecond: fc.Arbitrary<CompositeSecond> = fc.oneof(
  fc.tuple(comparison, fc.constantFrom(undefined, ...units)).map(([compare, unit]): CompositeSecond => ({ kind: 'quantity', compare, ...(unit === undefined ? {} : { unit }) })),
  comparison.map((compare): CompositeSecond => ({ kind: 'date', compare })),
  askedToken.map((asked): CompositeSecond => ({ kind: 'token', ...asked })),
  fc.tuple(fc.constantFrom('starts' as const, 'exact' as const, 'contains' as const), fc.constantFrom(...texts)).map(([match, text]): CompositeSecond => ({ kind: 'string', match, text })),
);
const kinds: readonly (readonly [ValueKind, string])[] = [
  ['token', 'code'], ['reference', 'link'], ['string', 'name'], ['date', 'when'], ['number', 'number'], ['quantity', 'quantity'], ['uri', 'uri'], ['position', 'near'],
];

function leaf(type: string): fc.Arbitrary<Leaf> {
  return fc.oneof(
    { weight: 4, arbitrary: askedToken.map((asked): Leaf => ({ kind: 'token', param: `${type}.code`, ...asked })) },
    fc.array(fc.record({ system: fc.constantFrom(...systems), codes: fc.option(subset(codes), { nil: undefined }) }), { maxLength: 3 }).map((groups): Leaf => ({ kind: 'tokens', param: `${type}.code`, groups: groups.map(({ system, codes: list }) => (list === undefined ? { system } : { system, codes: list })) })),
    fc.subarray(['x', 'y', 'zz'], { minLength: 1 }).map((starts): Leaf => ({ kind: 'code-starts', param: `${type}.code`, starts })),
    fc.tuple(place, fc.constantFrom(0, 1_400, 2_000, 20_000, 5_000_000, 30_000_000)).map(([{ latitude, longitude }, metres]): Leaf => ({ kind: 'near', param: `${type}.near`, latitude, longitude, metres })),
    { weight: 4, arbitrary: target.map((asked): Leaf => ({ kind: 'reference', param: `${type}.link`, target: asked })) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom('starts' as const, 'contains' as const, 'equals' as const, 'ends' as const), fc.constantFrom('a', 'an', 'ne', 'be', 'anne', 'e')).map(([match, text]): Leaf => ({ kind: 'string', param: `${type}.name`, match, text })) },
    fc.constantFrom(...texts).map((text): Leaf => ({ kind: 'string', param: `${type}.name`, match: 'exact', text: text.toUpperCase() })),
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom('when', mainDateCodes[type] ?? 'when'), comparison).map(([code, compare]): Leaf => ({ kind: 'date', param: `${type}.${code}`, compare })) },
    comparison.map((compare): Leaf => ({ kind: 'number', param: `${type}.number`, compare })),
    fc.tuple(comparison, fc.constantFrom(undefined, ...units)).map(([compare, unit]): Leaf => ({ kind: 'quantity', param: `${type}.quantity`, compare, ...(unit === undefined ? {} : { unit }) })),
    fc.tuple(fc.constantFrom('exact' as const, 'above' as const, 'below' as const), fc.constantFrom(...urls)).map(([match, value]): Leaf => ({ kind: 'uri', param: `${type}.uri`, match, value })),
    fc.tuple(askedSecond, fc.constantFrom(...codes), fc.constantFrom(undefined, ...systems), fc.option(comparison, { nil: undefined, freq: 1 })).map(([asked, code, system, third]): Leaf => ({ kind: 'composite', param: `${type}.composite-${asked.kind}`, code, second: asked, ...(third === undefined ? {} : { third }), ...(system === undefined ? {} : { system }) })),
    fc.tuple(fc.constantFrom(...kinds), fc.boolean()).map(([[valueKind, code], missing]): Leaf => ({ kind: 'missing', param: `${type}.${code}`, valueKind, missing })),
    subset([...(idsByType[type] ?? []), 'gone']).map((ids): Leaf => ({ kind: 'ids', ids })),
    fc.constantFrom(...types).map((other): Leaf => ({ kind: 'of-type', type: other })),
    fc.constantFrom(...patients, 'gone').map((patient): Leaf => ({ kind: 'compartment', patient })),
    fc.constantFrom(...patients).map((patient): Leaf => ({ kind: 'shared-by', patient })),
    fc.constantFrom(...documents).map((document): Leaf => ({ kind: 'drawn-from', document })),
    fc.subarray(['MASQUE_PS', 'INVISIBLE_PATIENT'] as const, { minLength: 1 }).map((labels): Leaf => ({ kind: 'labelled', labels })),
    fc.constantFrom<Leaf>({ kind: 'all' }, { kind: 'none' }),
  );
}

export function clause(type: string, depth: number): fc.Arbitrary<Clause> {
  if (depth === 0) return leaf(type);
  const inner_ = clause(type, depth - 1);
  return fc.oneof(
    { weight: 5, arbitrary: leaf(type) },
    { weight: 3, arbitrary: fc.array(inner_, { minLength: 1, maxLength: 3 }).map((of): Clause => ({ kind: 'and', of })) },
    { weight: 2, arbitrary: fc.array(inner_, { minLength: 1, maxLength: 3 }).map((of): Clause => ({ kind: 'or', of })) },
    { weight: 1, arbitrary: inner_.map((of): Clause => ({ kind: 'not', of })) },
    { weight: 3, arbitrary: fc.constantFrom(...types).chain((to) => clause(to, depth - 1).map((where): Clause => ({ kind: 'chain', param: `${type}.link`, targets: [to], where }))) },
    { weight: 2, arbitrary: fc.constantFrom(...types).chain((from) => clause(from, depth - 1).map((where): Clause => ({ kind: 'has', type: from, param: `${from}.link`, where }))) },
  );
}

const score = (type: string): fc.Arbitrary<Leaf> => fc.oneof(
  fc.tuple(fc.constantFrom(...systems), fc.constantFrom(...codes)).map(([system, code]): Leaf => ({ kind: 'token', param: `${type}.code`, system, code })),
  fc.subarray(['x', 'y', 'zz'], { minLength: 1 }).map((starts): Leaf => ({ kind: 'code-starts', param: `${type}.code`, starts })),
);
const sortKey = (type: string): fc.Arbitrary<SortKey> => fc.tuple(
  fc.oneof(
    fc.constantFrom<SortKey['by']>('_id', '_lastUpdated'),
    fc.constantFrom(...kinds.filter(([kind]) => kind !== 'position'), ['date', mainDateCodes[type] ?? 'when'] as const).map(([valueKind, code]): SortKey['by'] => ({ param: `${type}.${code}`, valueKind })),
    fc.array(score(type), { minLength: 1, maxLength: 3 }).map((leaves): SortKey['by'] => ({ score: leaves })),
  ), fc.boolean(),
).map(([by, descending]) => ({ by, descending }));

const include: fc.Arbitrary<Include> = fc.record({
  direction: fc.constantFrom('include' as const, 'revinclude' as const), sourceType: fc.constantFrom(...types), code: fc.constantFrom('link', 'other', '*'), targetType: fc.constantFrom(undefined, undefined, ...types), iterate: fc.boolean(),
  definitions: fc.option(fc.subarray(types, { minLength: 2 }), { nil: undefined, freq: 3 }),
}).map(({ direction, sourceType, code, targetType, iterate, definitions }) => ({
  direction, sourceType, iterate, param: code === '*' ? '*' : `${sourceType}.${code}`, ...(targetType === undefined ? {} : { targetType }),
  ...(definitions === undefined ? {} : { definitions: targetType === undefined ? definitions : [targetType] }),
}));

export const plan: fc.Arbitrary<SearchPlan> = fc.constantFrom(...types).chain((type) => fc.record({
  types: fc.oneof({ weight: 4, arbitrary: fc.constant([type]) }, { weight: 1, arbitrary: fc.shuffledSubarray(types, { minLength: 2 }) }),
  where: clause(type, 2), sort: fc.oneof(fc.constant([]), fc.array(sortKey(type), { minLength: 1, maxLength: 2 })), includes: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(include, { minLength: 1, maxLength: 2 }) }),
  page: fc.integer({ min: 1, max: 6 }).map((count) => ({ count })), total: fc.constantFrom('none' as const, 'estimate' as const, 'accurate' as const, 'if-cheap' as const),
}));
