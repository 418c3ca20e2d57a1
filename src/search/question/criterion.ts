/** A criterion of a search as a clause of the plan: plain parameters, modifiers, chains, `_has`. */
import { Failure } from '../../fhir/failure.js';
import { isId } from '../../fhir/id.js';
import { isPhonetic, rowParameters, searchParameter, type SearchParameter } from '../parameters.js';
import { searchDefinitions } from '../definitions.js';
import type { Clause, ValueKind } from '../plan.js';
import { badParameter, unknownParameter, type Asking } from './asking.js';
import { splitEscaped, tellableName, unescaped } from './form.js';
import { operatorOf } from './operators.js';
import { referredByCanonical, throughCanonical } from './canonicals.js';
import { inLeaf, isCoded, subsumedLeaf } from './concepts.js';
import { withFollowed } from './followed-labels.js';
import { hasHierarchy, hierarchyLeaf } from './hierarchies.js';
import { nearLeaf } from './places.js';
import { anyOf, compositeLeaf, dateLeaf, logicalLeaf, numberLeaf, ofTypeLeaf, overlapLeaf, phoneticLeaf, quantityLeaf, referenceLeaf, stringLeaf, textLeaf, tokenLeaf, uriLeaf, type Asked } from './leaves.js';
import { dateComparison } from './ordered.js';

/** People: what identifies them stands in no link of ours. */
const people: ReadonlySet<string> = new Set(['Patient', 'Person', 'RelatedPerson']);

/** What a test of `_filter` compares: {@link readCriterion} reads it where a criterion has its value. */
export interface OperatorTest {
  readonly operator: string;
  /** As it is, without escapes. */
  readonly value: string;
  /** For each hop, what the resource there must satisfy too. */
  readonly inside: readonly (((target: string) => Clause) | undefined)[];
}
type Given = string | OperatorTest;

type ToLeaf = (asked: Asked, value: string) => Clause;

interface Modifier {
  readonly leaf: ToLeaf;
  /** Everything but what the leaves find. */
  readonly reversed?: true;
  /** Absent: for every parameter of the kind. */
  readonly offered?: (parameter: SearchParameter) => boolean;
}
const plain = (leaf: ToLeaf): Modifier => ({ leaf });
const isWritten = (parameter: SearchParameter): boolean => !isPhonetic(parameter);
const identified = ({ valueTypes }: SearchParameter): boolean => valueTypes.has('Identifier');

/** Kind -> modifier ('' = none) -> the leaf of one value. `:missing` goes for all but composites, `:[type]` for references. */
const modifiers: Readonly<Record<ValueKind, Readonly<Record<string, Modifier | undefined>>>> = {
  token: {
    '': plain(tokenLeaf), not: { leaf: tokenLeaf, reversed: true }, text: plain(textLeaf), 'of-type': { leaf: ofTypeLeaf, offered: identified },
    in: { leaf: inLeaf, offered: isCoded }, 'not-in': { leaf: inLeaf, reversed: true, offered: isCoded },
    above: { leaf: subsumedLeaf('above'), offered: isCoded }, below: { leaf: subsumedLeaf('below'), offered: isCoded },
  },
  reference: {
    '': plain((asked, value) => referenceLeaf(asked, value)), identifier: plain(logicalLeaf), text: plain(textLeaf),
    above: { leaf: hierarchyLeaf('above'), offered: hasHierarchy }, below: { leaf: hierarchyLeaf('below'), offered: hasHierarchy },
  },
  string: {
    '': plain((asked, value) => (isPhonetic(asked.parameter) ? phoneticLeaf(asked, value) : stringLeaf(asked, value, 'starts'))),
    exact: { leaf: (asked, value) => stringLeaf(asked, value, 'exact'), offered: isWritten },
    contains: { leaf: (asked, value) => stringLeaf(asked, value, 'contains'), offered: isWritten },
  },
  uri: {
    '': plain((asked, value) => uriLeaf(asked, value, 'exact')),
    above: plain((asked, value) => uriLeaf(asked, value, 'above')),
    below: plain((asked, value) => uriLeaf(asked, value, 'below')),
  },
  date: { '': plain(dateLeaf) },
  number: { '': plain(numberLeaf) },
  quantity: { '': plain(quantityLeaf) },
  composite: { '': plain(compositeLeaf) },
  position: { '': plain(nearLeaf) },
};

/** What stands after the colon, for a failure that says what would be taken. */
function offeredOn(parameter: SearchParameter): string {
  const { kind, targets } = parameter;
  const own = Object.entries(modifiers[kind]).filter(([name, modifier]) => name !== '' && modifier?.offered?.(parameter) !== false).map(([name]) => `:${name}`);
  const all = [...(kind === 'composite' ? [] : [':missing']), ...own, ...(targets.length === 0 ? [] : [':[type]'])];
  return all.length === 0 ? 'it takes no modifier' : `it takes ${all.join(', ')}`;
}

/** What is left of a parameter name, under a type. */
interface Place {
  readonly type: string;
  readonly name: string;
  /** Hops made so far. */
  readonly hops: number;
}

/**
 * @param whole the parameter name as the caller wrote it
 * @throws Failure unknown-parameter, bad-parameter, too-costly
 */
export function readCriterion(type: string, whole: string, value: Given, asking: Asking): Clause {
  asking.spendCriterion();
  return read({ type, name: whole, hops: 0 }, whole, value, asking);
}

function read(place: Place, whole: string, value: Given, asking: Asking): Clause {
  if (place.name.startsWith('_has:')) return readHas(place, whole, value, asking);
  const dot = place.name.indexOf('.');
  const [code = '', modifier, ...more] = (dot < 0 ? place.name : place.name.slice(0, dot)).split(':');
  const parameter = asking.parameter(place.type, code);
  if (!parameter) throw unknownParameter(whole, place.type);
  if (more.length > 0) throw badParameter(whole, 'it has more than one modifier');
  if (dot >= 0) return readChain(parameter, modifier, { ...place, name: place.name.slice(dot + 1) }, whole, value, asking);
  return typeof value === 'string' ? readValues(parameter, modifier, whole, value, asking) : readTest(parameter, modifier, whole, value, asking);
}

function readChain(parameter: SearchParameter, modifier: string | undefined, place: Place, whole: string, value: Given, asking: Asking): Clause {
  const { param, kind, targets } = parameter;
  if (kind !== 'reference') throw badParameter(whole, `${parameter.code} is not a reference, so nothing can be chained to it`);
  if (modifier !== undefined && !targets.includes(modifier)) throw badParameter(whole, `${parameter.code} does not refer to such a type`);
  const hops = place.hops + 1;
  asking.check('hops', hops);
  const known = (modifier === undefined ? targets : [modifier]).filter((target) => startsWell(target, place.name, asking));
  if (known.length === 0) throw unknownParameter(whole, modifier ?? place.type);
  asking.check('chainTargets', known.length);
  const found = known.flatMap((target): Clause[] => {
    const open = asking.open;
    const where = tryRead(() => readTarget({ type: target, name: place.name, hops }, whole, value, asking));
    if (!where) return [];
    const canonical = throughCanonical(parameter, target, { where, waits: asking.open > open }, whole, asking);
    return [{ kind: 'chain', param, targets: [target], where }, ...(canonical ? [canonical] : [])];
  });
  if (found.length === 0) throw unknownParameter(whole, modifier ?? place.type);
  return anyOf(found);
}

/** Whether the first name of the rest of a chain is one of the type. */
function startsWell(type: string, name: string, asking: Asking): boolean {
  return name.startsWith('_has:') || searchParameter(type, name.split(/[.:]/, 1)[0] ?? '', asking.options.index) !== undefined;
}

/** What is asked of the resource that a hop leads to: the rest of the chain, and what stands in brackets behind its name. */
function readTarget(place: Place, whole: string, value: Given, asking: Asking): Clause {
  const inside = typeof value === 'string' ? undefined : value.inside[place.hops - 1];
  const rest = read(place, whole, value, asking);
  return inside ? { kind: 'and', of: [inside(place.type), rest] } : rest;
}

/** Of the types that a hop may lead to, those that do not know the rest are passed over. */
function tryRead(reading: () => Clause): Clause | undefined {
  try {
    return reading();
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.failure === 'unknown-parameter') return undefined;
    throw thrown;
  }
}

/** `_has:Observation:patient:code`. */
function readHas(place: Place, whole: string, value: Given, asking: Asking): Clause {
  const [, type = '', code = '', ...rest] = place.name.split(':');
  if (!searchDefinitions().resourceTypes.includes(type) || code === '' || rest.length === 0) {
    throw badParameter(whole, 'its form is _has:Type:reference parameter:parameter');
  }
  const parameter = asking.parameter(type, code);
  if (!parameter) throw unknownParameter(whole, type);
  if (parameter.kind !== 'reference' || !parameter.targets.includes(place.type)) throw badParameter(whole, `${type}.${code} does not refer to a ${place.type}`);
  const hops = place.hops + 1;
  asking.check('hops', hops);
  const open = asking.open;
  const where = read({ type, name: rest.join(':'), hops }, whole, value, asking);
  const canonical = referredByCanonical(parameter, place.type, { where, waits: asking.open > open }, whole, asking);
  const has: Clause = { kind: 'has', type, param: parameter.param, where };
  return canonical ? anyOf([has, canonical]) : has;
}

const valuesOf = (value: string): readonly string[] => splitEscaped(value, ',').filter((part) => part !== '');

function readValues(parameter: SearchParameter, modifier: string | undefined, name: string, value: string, asking: Asking, further: Readonly<Record<string, Modifier | undefined>> = {}): Clause {
  const values = valuesOf(value);
  if (values.length === 0) throw badParameter(name, 'it has no value');
  for (let spent = 0; spent < values.length; spent++) asking.spendAlternative();
  if (rowParameters.has(parameter.code)) return readRow(parameter.code, modifier, name, values, asking);
  if (namesPerson(parameter, modifier)) asking.personal = true;
  const parts = parameter.parts ?? [parameter];
  if (modifier === 'missing' && parameter.kind !== 'composite') return parameter.code === '_security' ? withFollowed(readMissing(parts, name, value)) : readMissing(parts, name, value);
  const found = modifierOf(parameter, modifier, further);
  if (!found) throw badParameter(name, `the modifier is not offered for it; ${offeredOn(parameter)}`);
  const clause = anyOf(parts.flatMap((part) => values.map((each) => found.leaf({ name, parameter: part, asking }, each))));
  const whole = parameter.code === '_security' ? withFollowed(clause) : clause;
  return found.reversed ? { kind: 'not', of: whole } : whole;
}

/** What only a filter asks for. */
const filterModifiers: Readonly<Record<string, Modifier | undefined>> = {
  equals: plain((asked, value) => (isPhonetic(asked.parameter) ? phoneticLeaf(asked, value) : stringLeaf(asked, value, 'equals'))),
  ends: { leaf: (asked, value) => stringLeaf(asked, value, 'ends'), offered: isWritten },
  overlaps: plain(overlapLeaf),
};

/** Signs that separate values: in a filter they are signs like others, but for the bars and the $ that a token, a quantity or a composite is made of. */
const escaped = (value: string, kind: ValueKind): string => value.replace(kind === 'string' || kind === 'uri' ? /[\\,|$]/g : /(?<!\\),/g, '\\$&');

/** A test of `_filter`. @throws Failure bad-parameter that says which operators the parameter takes */
function readTest(parameter: SearchParameter, modifier: string | undefined, whole: string, { operator: name, value }: OperatorTest, asking: Asking): Clause {
  const path = tellableName(whole);
  if (modifier !== undefined) throw badParameter('_filter', `${path} has a modifier; an operator says how it is compared`);
  const operator = operatorOf(parameter.kind, name, path);
  const ask = (by: string | undefined, text: string): Clause => readValues(parameter, by, whole, text, asking, filterModifiers);
  if (operator.modifier === 'present') return ask('missing', value === 'true' ? 'false' : value === 'false' ? 'true' : value);
  const equal = ask(operator.modifier, `${operator.prefix ?? ''}${escaped(value, parameter.kind)}`);
  return operator.unequal ? { kind: 'and', of: [ask('missing', 'false'), { kind: 'not', of: equal }] } : equal;
}

function modifierOf(parameter: SearchParameter, name: string | undefined, further: Readonly<Record<string, Modifier | undefined>>): Modifier | undefined {
  if (name === undefined || !Object.hasOwn(further, name)) return standardModifierOf(parameter, name);
  return further[name]?.offered?.(parameter) === false ? undefined : further[name];
}
function standardModifierOf(parameter: SearchParameter, name = ''): Modifier | undefined {
  const { kind, targets } = parameter;
  const known = Object.hasOwn(modifiers[kind], name) ? modifiers[kind][name] : undefined;
  if (known) return known.offered?.(parameter) === false ? undefined : known;
  return kind === 'reference' && targets.includes(name) ? plain((asked, value) => referenceLeaf(asked, value, name)) : undefined;
}

function namesPerson({ base, code, targets }: SearchParameter, modifier: string | undefined): boolean {
  if (code === 'identifier') return people.has(base);
  return modifier === 'identifier' && targets.some((type) => people.has(type));
}

/** Missing is what has a value in none of the parts. */
function readMissing(parts: readonly SearchParameter[], whole: string, value: string): Clause {
  const missing = readTruth(whole, value);
  const of = parts.map(({ param, kind }): Clause => ({ kind: 'missing', param, valueKind: kind, missing }));
  return missing && of.length > 1 ? { kind: 'and', of } : anyOf(of);
}

/** `_id` and `_lastUpdated`, which every resource has. */
function readRow(code: string, modifier: string | undefined, whole: string, values: readonly string[], asking: Asking): Clause {
  if (modifier === 'missing') return { kind: readTruth(whole, values.join(',')) ? 'none' : 'all' };
  if (code === '_lastUpdated') {
    if (modifier !== undefined) throw badParameter(whole, 'the modifier is not offered for it; it takes :missing');
    return anyOf(values.map((value) => ({ kind: 'lastUpdated', compare: dateComparison(whole, unescaped(value), asking.options) })));
  }
  if (modifier !== undefined && modifier !== 'not') throw badParameter(whole, 'the modifier is not offered for it; it takes :missing, :not');
  const ids = values.map(unescaped).filter(isId);
  const clause: Clause = ids.length === 0 ? { kind: 'none' } : { kind: 'ids', ids };
  return modifier === 'not' ? { kind: 'not', of: clause } : clause;
}

/** @throws Failure bad-parameter */
function readTruth(whole: string, value: string): boolean {
  if (value !== 'true' && value !== 'false') throw badParameter(whole, 'its value is true or false');
  return value === 'true';
}
