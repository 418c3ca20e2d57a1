/** One value of a criterion as a leaf of the plan, by kind and modifier. */
import { parseReference } from '../../fhir/reference.js';
import { isId } from '../../fhir/id.js';
import { fold } from '../fold.js';
import { phoneticKeys } from '../phonetic.js';
import { canonicalForm } from '../index/references.js';
import type { Component, SearchParameter } from '../parameters.js';
import type { Clause, Comparison, CompositeSecond, Leaf, ReferenceTarget, StringMatch } from '../plan.js';
import { badParameter, type Asking } from './asking.js';
import { splitEscaped, unescaped } from './form.js';
import { dateComparison, numberComparison, numberForm, quantityQuestions } from './ordered.js';

export interface Asked {
  /** As the caller wrote it, for failures. */
  readonly name: string;
  readonly parameter: SearchParameter;
  readonly asking: Asking;
}

export const anyOf = (of: readonly Clause[]): Clause => (of.length === 1 ? (of[0] as Clause) : { kind: 'or', of });

interface Token { readonly system?: string; readonly code?: string }

/** `code`, `system|code`, `|code`, `system|`. @throws Failure bad-parameter */
export function tokenOf(name: string, value: string): Token {
  const [first = '', second, ...rest] = splitEscaped(value, '|').map(unescaped);
  if (rest.length > 0) throw badParameter(name, 'its value is code, system|code, |code or system|');
  if (second === undefined) return { code: first };
  if (first === '' && second === '') throw badParameter(name, 'its value is empty');
  return { system: first, ...(second === '' ? {} : { code: second }) };
}

/** A code of a parameter whose elements are plain codes bears no system in the resource: the one of its binding is meant. */
function bound({ system, code }: Token, { impliedSystem }: Pick<SearchParameter, 'impliedSystem'>): Token {
  return system !== undefined && system !== '' && system === impliedSystem ? { ...(code === undefined ? {} : { code }), system: '' } : { ...(system === undefined ? {} : { system }), ...(code === undefined ? {} : { code }) };
}

export function tokenLeaf({ name, parameter }: Asked, value: string): Clause {
  const token = bound(tokenOf(name, value), parameter);
  if (token.code === undefined && token.system === '') return { kind: 'missing', param: parameter.param, valueKind: 'token', missing: false };
  const leaf: Leaf = { kind: 'token', param: parameter.param, ...token };
  // Addresses of mail stand in small letters in the index; everything else as it is written.
  const small = parameter.valueTypes.has('ContactPoint') ? token.code?.toLowerCase() : undefined;
  return small === undefined || small === token.code ? leaf : anyOf([leaf, { ...leaf, code: small }]);
}

/** `system|code|value`: an identifier by the code of its type. */
export function ofTypeLeaf({ name, parameter }: Asked, value: string): Leaf {
  const parts = splitEscaped(value, '|').map(unescaped);
  const [system = '', code = '', given = ''] = parts;
  if (parts.length !== 3 || code === '' || given === '') throw badParameter(name, 'its value is system|code|value, where system and code are those of Identifier.type');
  return { kind: 'token', param: `${parameter.param}:of-type`, system, code: `${code}|${given}` };
}

export const textLeaf = ({ parameter }: Asked, value: string): Leaf => ({ kind: 'string', param: `${parameter.param}:text`, match: 'starts', text: fold(unescaped(value)) });

export function stringLeaf({ parameter }: Asked, value: string, match: StringMatch): Leaf {
  const text = unescaped(value);
  return { kind: 'string', param: parameter.param, match, text: match === 'exact' ? text : fold(text) };
}

/** Every word of it is said as one of the name. @throws Failure bad-parameter */
export function phoneticLeaf({ name, parameter: { param } }: Asked, value: string): Clause {
  const keys = phoneticKeys(unescaped(value));
  const [first, ...more] = keys.map((text): Clause => ({ kind: 'string', param, match: 'equals', text }));
  if (!first) throw badParameter(name, 'its value is a name');
  return more.length === 0 ? first : { kind: 'and', of: [first, ...more] };
}

export const uriLeaf = ({ parameter }: Asked, value: string, match: 'exact' | 'above' | 'below'): Leaf => ({ kind: 'uri', param: parameter.param, match, value: unescaped(value) });

export const dateLeaf = ({ name, parameter, asking }: Asked, value: string): Leaf => ({ kind: 'date', param: parameter.param, compare: dateComparison(name, unescaped(value), asking.options) });

/** Periods that have an instant in common. */
export const overlapLeaf = ({ name, parameter, asking }: Asked, value: string): Leaf => ({ kind: 'date', param: parameter.param, compare: { ...dateComparison(name, unescaped(value), asking.options), prefix: 'ap' } });

/** @throws Failure bad-parameter */
function numberOf(name: string, value: string): Comparison {
  const compare = numberComparison(unescaped(value));
  if (!compare) throw badParameter(name, numberForm);
  return compare;
}
export const numberLeaf = ({ name, parameter }: Asked, value: string): Leaf => ({ kind: 'number', param: parameter.param, compare: numberOf(name, value) });

export const quantityLeaf = ({ name, parameter }: Asked, value: string): Clause =>
  anyOf(quantityQuestions(name, value).map((question) => ({ kind: 'quantity', param: parameter.param, ...question })));

/** Every form that the text of a reference may stand for in the index. @throws Failure bad-parameter */
export function referenceTargets(name: string, value: string, { bases, type, targets, canonical }: ReferenceForms): readonly ReferenceTarget[] {
  const text = unescaped(value);
  if (isId(text) && !canonical) {
    const only = type ?? (targets.length === 1 ? targets[0] : undefined);
    return [only === undefined ? { form: 'local', id: text } : { form: 'local', type: only, id: text }];
  }
  const parsed = parseReference(text, bases);
  const found: ReferenceTarget[] = [];
  if (parsed?.form === 'local' && (type === undefined || type === parsed.type)) found.push(parsed);
  if (parsed?.form === 'absolute' || parsed?.form === 'urn') found.push({ form: 'absolute', url: parsed.url });
  if (canonical && parsed?.form !== 'contained' && !/\s/.test(text)) {
    const { url, version } = canonicalForm(text);
    found.push({ form: 'canonical', url, ...(version === undefined ? {} : { version }) });
    if (isId(text)) found.push({ form: 'local', id: text });
  }
  if (found.length === 0) throw badParameter(name, `its value is an id, Type/id or a URL${type === undefined ? '' : ` of a ${type}`}`);
  return found;
}
interface ReferenceForms {
  readonly bases: readonly string[];
  /** The type modifier. */
  readonly type?: string;
  readonly targets: readonly string[];
  /** The elements may hold canonical URLs. */
  readonly canonical: boolean;
}

/** Its elements may hold canonical URLs. */
export const isCanonical = ({ valueTypes }: SearchParameter): boolean => valueTypes.has('canonical') || valueTypes.has('uri');

export function referenceLeaf({ name, parameter, asking }: Asked, value: string, type?: string): Clause {
  const { param, targets } = parameter;
  const forms = referenceTargets(name, value, { bases: asking.options.bases, targets, canonical: isCanonical(parameter), ...(type === undefined ? {} : { type }) });
  return anyOf(forms.map((target) => ({ kind: 'reference', param, target })));
}

/** `:identifier`: the business identifier that the reference bears. */
export function logicalLeaf({ name, parameter }: Asked, value: string): Leaf {
  const { system, code } = tokenOf(name, value);
  return { kind: 'reference', param: parameter.param, target: { form: 'logical', ...(system === undefined ? {} : { system }), ...(code === undefined ? {} : { value: code }) } };
}

/** `first$second`, `first$second$third`. @throws Failure bad-parameter */
export function compositeLeaf(asked: Asked, value: string): Clause {
  const { name, parameter } = asked;
  const parts = splitEscaped(value, '$');
  const [first, second, third] = parts;
  if (!parameter.components || parts.length !== parameter.components.length || !first || !second || third === '') throw badParameter(name, `its value is ${parameter.components?.length === 3 ? 'three' : 'two'} values joined by $`);
  const { system, code } = tokenOf(name, first);
  if (code === undefined) throw badParameter(name, 'the value before $ has a code');
  const seconds = secondsOf(asked, parameter.components[1], second);
  const number = third === undefined ? {} : { third: numberOf(name, third) };
  return anyOf(seconds.map((each) => ({ kind: 'composite', param: parameter.param, code, ...(system === undefined ? {} : { system }), second: each, ...number })));
}

function secondsOf({ name, asking }: Asked, { kind, targets }: Component, value: string): readonly CompositeSecond[] {
  switch (kind) {
    case 'quantity': return quantityQuestions(name, value).map((question) => ({ kind, ...question }));
    case 'date': return [{ kind, compare: dateComparison(name, unescaped(value), asking.options) }];
    case 'token': return [{ kind, ...tokenOf(name, value) }];
    case 'string': return [{ kind, match: 'starts', text: fold(unescaped(value)) }];
    case 'number': return [{ kind, compare: numberOf(name, value) }];
    case 'reference': return literalTokens(referenceTargets(name, value, { bases: asking.options.bases, targets, canonical: false }), targets);
    default: throw badParameter(name, `a component of kind ${kind} is not offered`);
  }
}

/** A reference inside a composite is indexed as its literal text. */
function literalTokens(found: readonly ReferenceTarget[], targets: readonly string[]): readonly CompositeSecond[] {
  return found.flatMap((target): CompositeSecond[] => {
    if (target.form === 'local') return (target.type === undefined ? targets : [target.type]).map((type) => ({ kind: 'token', code: `${type}/${target.id}` }));
    return target.form === 'absolute' ? [{ kind: 'token', code: target.url }] : [];
  });
}
