/** The extractor of one parameter: its paths compiled, its duplicates dropped, its sort keys marked. */
import { dropTwins, markEnds } from './marks.js';
import { compileSteps } from '../compile.js';
import type { Component, SearchParameter } from '../parameters.js';
import type { ValueKind } from '../plan.js';
import type { CompositeEntry } from '../entries.js';
import { dateVisits } from './dates.js';
import { numberVisits, quantityVisits } from './quantities.js';
import { referenceVisits } from './references.js';
import { named, type Run, type Visit } from './run.js';
import { stringVisits } from './strings.js';
import { tokenVisits } from './tokens.js';
import { uriVisits } from './uris.js';

type Visits = Readonly<Record<string, Visit | undefined>>;
type Paths = Component['paths'];

const visitsOf: Readonly<Record<Exclude<ValueKind, 'composite'>, (param: string, targets: readonly string[], leaf: string) => Visits>> = {
  token: (param) => tokenVisits(param),
  reference: (param, targets) => referenceVisits(param, targets),
  string: (param, _, leaf) => stringVisits(param, leaf),
  date: (param) => dateVisits(param),
  number: (param) => numberVisits(param),
  quantity: (param) => quantityVisits(param),
  uri: (param) => uriVisits(param),
};

const leafName = (steps: Paths[number]): string => {
  const last = steps.findLast((step) => step.kind === 'child');
  return last?.kind === 'child' ? last.name : '';
};

/** All paths of a simple parameter as one visit of the element that they start from. */
function compileSimple(root: string, kind: Exclude<ValueKind, 'composite'>, param: string, targets: readonly string[], paths: Paths): Visit[] {
  return paths.flatMap((steps) => {
    const visits = visitsOf[kind](param, targets, leafName(steps));
    return compileSteps(root, steps, (type) => visits[type]) ?? [];
  });
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** After the visits of a parameter: duplicates and marks, by kind. `from` = lengths of the lists before. */
const finishers: Readonly<Record<ValueKind, (run: Run, param: string, from: Lengths) => void>> = {
  token(run, param, from) {
    dropTwins(run.token, from.token, (entry) => `${entry.param} ${entry.system} ${entry.code}`);
    dropTwins(run.string, from.string, ({ exact }) => exact);
    if (run.contained === undefined) markEnds(run.token, from.token, param, (a, b) => compareText(a.code, b.code) || compareText(a.system, b.system));
  },
  reference(run, param, from) {
    dropTwins(run.reference, from.reference, referenceText);
    if (run.contained === undefined) markEnds(run.reference, from.reference, param, (a, b) => compareText(referenceText(a), referenceText(b)));
  },
  string(run, param, from) {
    dropTwins(run.string, from.string, ({ exact }) => exact);
    if (run.contained === undefined) markEnds(run.string, from.string, param, (a, b) => compareText(a.folded, b.folded));
    for (const part of run.nameParts) run.string.push(part);
    run.nameParts.length = 0;
  },
  date(run, param, from) {
    dropTwins(run.date, from.date, intervalText);
    if (run.contained === undefined) markEnds(run.date, from.date, param, (a, b) => a.lo - b.lo, (a, b) => a.hi - b.hi);
  },
  number(run, param, from) {
    dropTwins(run.number, from.number, intervalText);
    if (run.contained === undefined) markEnds(run.number, from.number, param, (a, b) => a.lo - b.lo, (a, b) => a.hi - b.hi);
  },
  quantity(run, param, from) {
    dropTwins(run.quantity, from.quantity, (entry) => `${entry.unit} ${intervalText(entry)}`);
    if (run.contained === undefined) markQuantities(run, param, from.quantity);
  },
  uri(run, param, from) {
    dropTwins(run.uri, from.uri, ({ value }) => value);
    if (run.contained === undefined) markEnds(run.uri, from.uri, param, (a, b) => compareText(a.value, b.value));
  },
  composite(run, _, from) {
    dropTwins(run.composite, from.composite, (entry) => `${entry.system} ${entry.code} ${JSON.stringify(entry.second)}`);
  },
};

const intervalText = ({ lo, hi }: { readonly lo: number; readonly hi: number }): string => `${lo} ${hi}`;

function referenceText(entry: Run['reference'][number]): string {
  switch (entry.form) {
    case 'local': return `${entry.type}/${entry.id}/${entry.version ?? ''}`;
    case 'contained': return `#${entry.id}`;
    case 'absolute': return entry.url;
    case 'canonical': return `canonical ${entry.url}|${entry.version ?? ''}#${entry.fragment ?? ''}`;
    case 'logical': return `logical ${entry.type ?? ''} ${entry.system}|${entry.value}`;
  }
}

/** Canonical units are the ones to sort by; where there are none, the values as written. */
function markQuantities(run: Run, param: string, from: number): void {
  const added = run.quantity.slice(from);
  const canonical = added.filter(({ unit }) => unit.startsWith('ucum:'));
  markEnds(canonical.length > 0 ? canonical : added, 0, param, (a, b) => compareNumber(a.lo, b.lo), (a, b) => compareNumber(a.hi, b.hi));
}
const compareNumber = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

type Lengths = Readonly<Record<ValueKind, number>>;

/** @returns undefined when no path of the parameter leads to a type that it can be searched by */
export function compileExtractor(parameter: SearchParameter): Visit | undefined {
  const { base, kind, param, targets, paths, components } = parameter;
  const visits = kind === 'composite' ? compileComposite(base, param, paths, components) : compileSimple(base, kind, param, targets, paths);
  if (visits.length === 0) return undefined;
  const finish = finishers[kind];
  return (resource, run) => {
    const from: Lengths = {
      token: run.token.length, reference: run.reference.length, string: run.string.length, date: run.date.length,
      number: run.number.length, quantity: run.quantity.length, uri: run.uri.length, composite: run.composite.length,
    };
    for (const visit of visits) visit(resource, run);
    finish(run, param, from);
  };
}

function compileComposite(base: string, param: string, paths: Paths, components: SearchParameter['components']): Visit[] {
  if (!components) return [];
  return paths.flatMap((steps) => compileSteps(base, steps, (path) => {
    const [first, second] = components.map((part) => compileComponent(path, part));
    return first && second && first.length > 0 && second.length > 0 ? compositeVisit(param, first, second) : undefined;
  }) ?? []);
}
const compileComponent = (root: string, { kind, code, targets, paths }: Component): Visit[] =>
  kind === 'composite' ? [] : compileSimple(root, kind, code, targets, paths);

function compositeVisit(param: string, first: readonly Visit[], second: readonly Visit[]): Visit {
  return (element, run) => {
    const scratch = run.scratch();
    for (const visit of first) visit(element, scratch);
    if (scratch.token.length === 0) return;
    const tokens = scratch.token.slice();
    scratch.token.length = 0;
    scratch.string.length = 0;
    for (const visit of second) visit(element, scratch);
    const values = secondsOf(scratch);
    for (const { code, system } of tokens) for (const value of values) run.composite.push({ ...named(param, run), code, system, second: value });
  };
}

/** The values of the second component, whatever their kind; a reference is a token of its literal text. */
function secondsOf(scratch: Run): CompositeEntry['second'][] {
  if (scratch.token.length > 0) return scratch.token.map(({ code, system }) => ({ kind: 'token', code, system }));
  return [
    ...scratch.quantity.map(({ unit, lo, hi }) => ({ kind: 'quantity' as const, unit, lo, hi })),
    ...scratch.date.map(({ lo, hi }) => ({ kind: 'date' as const, lo, hi })),
    ...scratch.number.map(({ lo, hi }) => ({ kind: 'number' as const, lo, hi })),
    ...scratch.reference.flatMap((entry) => {
      if (entry.form === 'local') return [{ kind: 'token' as const, system: '', code: `${entry.type}/${entry.id}` }];
      return entry.form === 'absolute' ? [{ kind: 'token' as const, system: '', code: entry.url }] : [];
    }),
    ...scratch.string.map(({ folded }) => ({ kind: 'string' as const, folded })),
  ];
}
