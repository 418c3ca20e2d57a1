/** Parameters that say how the result is given: `_sort`, `_count`, `_include` … (https://hl7.org/fhir/R4/search.html#return). */
import { searchDefinitions } from '../definitions.js';
import { searchParametersOf, type SearchParameter } from '../parameters.js';
import type { Include, SearchPlan, SortKey } from '../plan.js';
import { badParameter, unknownParameter, type Asking } from './asking.js';
import { namedBy } from './canonicals.js';

export const summaries = ['true', 'text', 'data', 'count', 'false'] as const;
export type Summary = (typeof summaries)[number];
const totals = ['none', 'estimate', 'accurate'] as const;

export interface ResultWishes {
  sort: SortKey[];
  includes: Include[];
  count?: number;
  /** Of `_maxresults`: matches of all pages together. */
  most?: number;
  total?: SearchPlan['total'];
  contained?: 'false' | 'true' | 'both';
  containedType?: 'container' | 'contained';
  summary?: Summary;
  elements?: readonly string[];
}

type Reader = (types: readonly string[], value: string, wishes: ResultWishes, asking: Asking, name: string) => void;

const oneOf = <T extends string>(name: string, value: string, allowed: readonly T[]): T => {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw badParameter(name, `its value is one of ${allowed.join(', ')}`);
  return found;
};

const notOf = (type: string, types: readonly string[]): string => (types.length === 1 ? 'this type does not have' : `${type} does not have: sort by what every type searched has, or name fewer in _type`);

/** Stands for the relevance of what is found until every criterion was read. Best first, with a minus sign before it or not. */
export const byRelevance: SortKey = { by: { score: [] }, descending: true };

function sortKey(types: readonly string[], text: string, asking: Asking): SortKey {
  const descending = text.startsWith('-');
  const code = descending ? text.slice(1) : text;
  if (code === '_score') return byRelevance;
  if (code === '_lastUpdated' || code === '_id') return { by: code, descending };
  const [parameter, ...further] = types.map((type) => {
    const known = asking.parameter(type, code);
    if (!known) throw badParameter('_sort', `it names a parameter that ${notOf(type, types)}`);
    return known;
  });
  if (!parameter || parameter.kind === 'composite' || parameter.kind === 'position') throw badParameter('_sort', `there is no order by ${code}`);
  if (parameter.parts) throw badParameter('_sort', `there is no order by ${code}; sort by ${parameter.parts.map((part) => part.code).join(' or ')}`);
  if (further.some(({ kind }) => kind !== parameter.kind)) throw badParameter('_sort', `${code} is not of one kind on the types searched`);
  return { by: { param: parameter.param, valueKind: parameter.kind, ...(further.length > 0 ? { further: further.map(({ param }) => param) } : {}) }, descending };
}

const includeForms: Readonly<Record<Include['direction'], string>> = {
  include: 'its form is Type:parameter, Type:parameter:TargetType, Type:* or *',
  revinclude: 'its form is Type:parameter, Type:parameter:TargetType, Type:* or *',
};

/** @param parameters those that are followed; absent: any of any type */
function includeBy(include: Include, parameters: readonly SearchParameter[] | undefined): Include {
  const definitions = namedBy(parameters, include.targetType);
  return definitions.length === 0 ? include : { ...include, definitions };
}

function includeOf(direction: Include['direction'], types: readonly string[], value: string, iterate: boolean, name: string, asking: Asking): Include {
  const every = (type: string) => (type === '*' ? undefined : searchParametersOf(type, asking.options.index));
  if (value === '*') {
    const sourceType = direction === 'include' && types.length === 1 && !iterate ? types[0] as string : '*';
    return includeBy({ direction, sourceType, param: '*', iterate }, every(sourceType));
  }
  const [sourceType = '', code, targetType, ...more] = value.split(':');
  const { resourceTypes } = searchDefinitions();
  if (!resourceTypes.includes(sourceType) || code === undefined || more.length > 0) throw badParameter(name, includeForms[direction]);
  if (targetType !== undefined && !resourceTypes.includes(targetType)) throw badParameter(name, includeForms[direction]);
  const target = targetType === undefined ? {} : { targetType };
  if (code === '*') return includeBy({ direction, sourceType, param: '*', ...target, iterate }, every(sourceType));
  const parameter = asking.parameter(sourceType, code);
  if (parameter?.kind !== 'reference') throw badParameter(name, 'it names a parameter that is not a reference of that type');
  return includeBy({ direction, sourceType, param: parameter.param, ...target, iterate }, [parameter]);
}

function include(direction: Include['direction'], iterate: boolean): Reader {
  return (types, value, wishes, asking, name) => {
    wishes.includes.push(includeOf(direction, types, value, iterate, name, asking));
    asking.check('includes', wishes.includes.length);
  };
}

/** Accepted, and answered for elsewhere or without an effect on the plan. */
const accepted: Reader = () => undefined;

/** Every result parameter that is offered. `once`: refused when it is given twice. */
export const resultParameters: ReadonlyMap<string, { readonly read: Reader; readonly once: boolean }> = new Map<string, { read: Reader; once: boolean }>([
  ['_sort', {
    once: true,
    read(types, value, wishes, asking) {
      for (const key of value.split(',').filter((part) => part !== '')) wishes.sort.push(sortKey(types, key, asking));
      asking.check('sortKeys', wishes.sort.length);
    },
  }],
  ['_count', {
    once: true,
    read(_, value, wishes) {
      if (!/^\d{1,9}$/.test(value)) throw badParameter('_count', 'its value is a whole number');
      wishes.count = Number(value);
    },
  }],
  ['_total', { once: true, read: (_, value, wishes) => void (wishes.total = oneOf('_total', value, totals)) }],
  ['_summary', { once: true, read: (_, value, wishes) => void (wishes.summary = oneOf('_summary', value, summaries)) }],
  ['_elements', {
    once: true,
    read(_, value, wishes) {
      const names = value.split(',').map((part) => part.trim()).filter((part) => part !== '');
      if (names.some((name) => !/^[A-Za-z][\w.]{0,127}$/.test(name))) throw badParameter('_elements', 'its value is a list of element names');
      wishes.elements = names;
    },
  }],
  ['_contained', { once: true, read: (_, value, wishes) => void (wishes.contained = oneOf('_contained', value, ['false', 'true', 'both'])) }],
  ['_containedType', { once: true, read: (_, value, wishes) => void (wishes.containedType = oneOf('_containedType', value, ['container', 'contained'])) }],
  ['_include', { once: false, read: include('include', false) }],
  ['_include:iterate', { once: false, read: include('include', true) }],
  ['_revinclude', { once: false, read: include('revinclude', false) }],
  ['_revinclude:iterate', { once: false, read: include('revinclude', true) }],
  // Which types are searched is read first: see types.ts.
  ['_type', { once: true, read: accepted }],
  ['_maxresults', {
    once: true,
    read(_, value, wishes) {
      if (!/^[1-9]\d{0,8}$/.test(value)) throw badParameter('_maxresults', 'its value is a whole number from 1');
      wishes.most = Number(value);
    },
  }],
  ['_format', { once: true, read: accepted }],
  ['_pretty', { once: true, read: accepted }],
]);

const controlNames = new Set([...resultParameters.keys()].map((name) => name.split(':', 1)[0] as string));

/** A result parameter with a modifier that it does not have is refused, not taken for a criterion. */
export function refuseUnknownControl(name: string, type: string): void {
  const [code = ''] = name.split(/[.:]/, 1);
  if (controlNames.has(code)) throw code === name ? unknownParameter(name, type) : badParameter(name, 'the modifier is not offered for it');
}
