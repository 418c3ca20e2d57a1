/** The extractor of one parameter: its paths compiled, its duplicates dropped, its sort keys marked. */
import { compileSteps } from '../compile.js';
import { isPhonetic, type Component, type SearchParameter } from '../parameters.js';
import type { ValueKind } from '../plan.js';
import { compositeVisit } from './composites.js';
import { dateVisits } from './dates.js';
import { dropTwins, markEnds } from './marks.js';
import { orders, type EntryOf } from './orders.js';
import { positionVisits } from './positions.js';
import { numberVisits, quantityVisits } from './quantities.js';
import { referenceVisits } from './references.js';
import type { Run, Visit } from './run.js';
import { phoneticVisits, stringVisits } from './strings.js';
import { tokenVisits } from './tokens.js';
import { uriVisits } from './uris.js';

type SimpleKind = Exclude<ValueKind, 'composite'>;
type Visits = Readonly<Record<string, Visit | undefined>>;
type Paths = Component['paths'];

const visitsOf: Readonly<Record<SimpleKind, (param: string, targets: readonly string[], leaf: string) => Visits>> = {
  token: tokenVisits,
  reference: referenceVisits,
  string: (param, _, leaf) => stringVisits(param, leaf),
  date: dateVisits,
  number: numberVisits,
  quantity: quantityVisits,
  uri: uriVisits,
  position: positionVisits,
};

const leafName = (steps: Paths[number]): string => {
  const last = steps.findLast((step) => step.kind === 'child');
  return last?.kind === 'child' ? last.name : '';
};

/** All paths of a simple parameter, each as one visit of the element that it starts from. */
function compileSimple(root: string, kind: SimpleKind, param: string, targets: readonly string[], paths: Paths, phonetic = false): Visit[] {
  return paths.flatMap((steps) => {
    const visits = phonetic ? phoneticVisits(param) : visitsOf[kind](param, targets, leafName(steps));
    return compileSteps(root, steps, (type) => visits[type]) ?? [];
  });
}

/** @param base the resource type @param path of the element that the composite stands on */
function compileComponent(base: string, path: string, { kind, code, targets, paths, fromResource }: Component): Visit[] {
  if (kind === 'composite') return [];
  if (!fromResource) return compileSimple(path, kind, code, targets, paths);
  return compileSimple(base, kind, code, targets, paths).map((visit): Visit => (_, run) => visit(run.resource, run));
}

function compileComposite(base: string, param: string, paths: Paths, components: SearchParameter['components']): Visit[] {
  if (!components) return [];
  return paths.flatMap((steps) => compileSteps(base, steps, (path) => {
    const [first = [], second = [], third] = components.map((part) => compileComponent(base, path, part));
    return first.length > 0 && second.length > 0 && third?.length !== 0 ? compositeVisit(param, first, second, third) : undefined;
  }) ?? []);
}

/** A quantity is sorted by in canonical units where it has them, a token where it has a code or a system, a reference where it names something. */
function sortable(kind: ValueKind, added: readonly EntryOf<ValueKind>[]): readonly EntryOf<ValueKind>[] {
  if (kind === 'token') return (added as readonly EntryOf<'token'>[]).filter(({ code, system }) => code !== '' || system !== '');
  if (kind === 'reference') return (added as readonly EntryOf<'reference'>[]).filter((entry) => entry.form !== 'logical' || entry.value !== '' || entry.system !== '');
  if (kind !== 'quantity') return added;
  const canonical = (added as readonly EntryOf<'quantity'>[]).filter(({ unit }) => unit.startsWith('ucum:'));
  return canonical.length > 0 ? canonical : added;
}

function finish(kind: ValueKind, param: string, list: EntryOf<ValueKind>[], from: number, run: Run): void {
  const order = orders[kind] as (typeof orders)['composite'];
  dropTwins(list as EntryOf<'composite'>[], from, order.key);
  // A contained resource is never sorted by, and nothing is sorted by a composite or a place.
  if (kind === 'composite' || kind === 'position' || run.contained !== undefined) return;
  markEnds(sortable(kind, list.slice(from)) as EntryOf<'composite'>[], param, order);
}

function finishAside(run: Run): void {
  dropTwins(run.aside, 0, orders.string.key);
  for (const entry of run.aside) run.string.push(entry);
  run.aside.length = 0;
}

/** @returns undefined when no path of the parameter leads to a type that it can be searched by */
export function compileExtractor(parameter: SearchParameter): Visit | undefined {
  const { base, kind, param, targets, paths, components } = parameter;
  const visits = kind === 'composite' ? compileComposite(base, param, paths, components) : compileSimple(base, kind, param, targets, paths, isPhonetic(parameter));
  if (visits.length === 0) return undefined;
  return (resource, run) => {
    const list: EntryOf<ValueKind>[] = run[kind];
    const from = list.length;
    for (const visit of visits) visit(resource, run);
    run.requireRoom();
    if (list.length > from) finish(kind, param, list, from, run);
    if (run.aside.length > 0) finishAside(run);
  };
}
