/** FHIRPath Patch: a Parameters resource with an operation in each parameter, https://hl7.org/fhir/R4/fhirpatch.html */
import { object, objects, textOf } from '../elements.js';
import { evaluatePath } from '../fhirpath/evaluate.js';
import { PathError } from '../fhirpath/lexer.js';
import { holderOf, itemsAt, setItems, type Item, type PathNode, type Place } from '../fhirpath/nodes.js';
import { parsePath, type Expression } from '../fhirpath/parser.js';
import { EvaluationError } from '../fhirpath/singleton.js';
import type { Json, JsonObject } from '../json.js';
import { membersOf, type Member } from '../xml/members.js';
import { addTo, contentsOf, itemFor, memberFor, readValue, type PatchValue } from './patch-value.js';
import { badPatch, Budget, patchFailed, requireFew, type Patch } from './patch.js';

interface Operation {
  readonly type: Type;
  readonly path: Expression;
  readonly name?: string;
  readonly value?: PatchValue;
  readonly numbers: Readonly<Record<'index' | 'source' | 'destination', number | undefined>>;
  /** `operation 3 (move)`, counted from 1. */
  readonly place: string;
}

interface Work {
  readonly resource: JsonObject;
  readonly budget: Budget;
}

type Type = 'add' | 'insert' | 'delete' | 'replace' | 'move';
type Part = 'name' | 'value' | 'index' | 'source' | 'destination';

const kinds: Readonly<Record<Type, { readonly needs: readonly Part[]; readonly run: (work: Work, operation: Operation) => void }>> = {
  add: { needs: ['name', 'value'], run: add },
  insert: { needs: ['value', 'index'], run: insert },
  delete: { needs: [], run: remove },
  replace: { needs: ['value'], run: replace },
  move: { needs: ['source', 'destination'], run: move },
};

/** @throws Failure patch-failed, too-costly */
function found({ resource, budget }: Work, path: Expression, place: string): readonly PathNode[] {
  try {
    return evaluatePath(path, resource, budget.spend);
  } catch (error) {
    if (error instanceof EvaluationError) throw patchFailed(`the path of ${place} ${error.message}`);
    throw error;
  }
}

/** @throws Failure patch-failed for none and for several */
function one(work: Work, path: Expression, place: string): PathNode {
  const [node, ...more] = found(work, path, place);
  if (!node) throw patchFailed(`the path of ${place} finds nothing`);
  if (more.length > 0) throw patchFailed(`the path of ${place} finds several elements`);
  return node;
}

/** @throws Failure patch-failed for the resource itself and for what was computed */
function placeOf({ place: at }: PathNode, place: string): Place {
  if (!at) throw patchFailed(`the path of ${place} finds no element of the resource`);
  return at;
}

/** The object that takes child elements; a primitive gets one for its extensions. @throws Failure patch-failed */
function openHolder(node: PathNode, place: string): JsonObject {
  const holder = holderOf(node);
  if (holder) return holder;
  if (node.structure !== 'Element') throw patchFailed(`the path of ${place} finds what has no elements`);
  const { owner, key, member, index } = placeOf(node, place);
  const made: JsonObject = {};
  const around = openHolder(owner, place);
  setItems(around, key, member, itemsAt(around, key, member).map((item, at) => (at === index ? { ...item, sibling: made } : item)));
  return made;
}

function add(work: Work, { path, name, value, place }: Operation): void {
  const node = one(work, path, place);
  addTo(openHolder(node, place), node.structure, name as string, value as PatchValue, place, work.budget.spend);
}

interface List {
  readonly member: Member;
  readonly items: readonly Item[];
  set(items: readonly Item[]): void;
}

/** The list that a path ends with, whether anything is in it or not. @throws Failure patch-failed */
function listAt(work: Work, path: Expression, place: string): List {
  if (path.kind !== 'member') throw patchFailed(`the path of ${place} does not end with the name of a list`);
  const owner = one(work, path.of ?? { kind: 'this' }, place);
  const member = owner.structure === '' ? undefined : membersOf(owner.structure).get(path.name);
  if (!member?.element.list) throw patchFailed(`the path of ${place} does not end with the name of a list`);
  const holder = openHolder(owner, place);
  const items = itemsAt(holder, path.name, member);
  work.budget.spend(items.length);
  return { member, items, set: (changed) => setItems(holder, path.name, member, changed) };
}

function insert(work: Work, { path, value, numbers: { index = 0 }, place }: Operation): void {
  const { items, member, set } = listAt(work, path, place);
  if (index > items.length) throw patchFailed(`the index of ${place} is beyond the list`);
  set(items.toSpliced(index, 0, itemFor(member, value as PatchValue, place, work.budget.spend)));
}

function move(work: Work, { path, numbers: { source = 0, destination = 0 }, place }: Operation): void {
  const { items, set } = listAt(work, path, place);
  const item = items[source];
  if (!item || destination >= items.length) throw patchFailed(`an index of ${place} is beyond the list`);
  set(items.toSpliced(source, 1).toSpliced(destination, 0, item));
}

/** "Path of the element to delete (if found)": nothing there is nothing to do. */
function remove(work: Work, { path, place }: Operation): void {
  const [node, ...more] = found(work, path, place);
  if (!node) return;
  if (more.length > 0) throw patchFailed(`the path of ${place} finds several elements`);
  take(placeOf(node, place), work);
}

/** What is empty afterwards goes too: FHIR has no empty elements. */
function take({ owner, key, member, index }: Place, work: Work): void {
  const holder = holderOf(owner);
  if (!holder) return;
  const items = itemsAt(holder, key, member);
  work.budget.spend(items.length);
  setItems(holder, key, member, items.toSpliced(index, 1));
  if (Object.keys(holder).length > 0 || !owner.place) return;
  if (owner.structure !== 'Element' || owner.value === undefined) return take(owner.place, work);
  const { owner: outer, key: outerKey, member: outerMember, index: at } = owner.place;
  const around = holderOf(outer);
  // Of a primitive with a value only the extensions go.
  if (around) setItems(around, outerKey, outerMember, itemsAt(around, outerKey, outerMember).map((item, position) => (position === at ? { ...(item.value === undefined ? {} : { value: item.value }) } : item)));
}

function replace(work: Work, { path, value, place }: Operation): void {
  const { owner, key, member, index } = placeOf(one(work, path, place), place);
  const holder = openHolder(owner, place);
  // A choice may become one of another type, and stands under another key then.
  const name = member.element.choice ? member.element.name : key;
  const [newKey, newMember] = memberFor(owner.structure, name, value as PatchValue, place);
  const item = itemFor(newMember, value as PatchValue, place, work.budget.spend);
  const items = itemsAt(holder, key, member);
  work.budget.spend(items.length);
  if (newKey !== key) setItems(holder, key, member, []);
  setItems(holder, newKey, newMember, newKey === key ? items.with(index, item) : [item]);
}

const expected = "a FHIRPath Patch is a Parameters resource whose parameters are named 'operation'";
const wholeNumber = ['valueInteger', 'valueUnsignedInt', 'valuePositiveInt'] as const;

function numberOf(part: JsonObject | undefined, place: string): number | undefined {
  if (!part) return undefined;
  const value: Json | undefined = wholeNumber.map((key) => part[key]).find((one) => one !== undefined);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw badPatch(`an index of ${place} is not a whole number from 0`);
  return value;
}

function pathOf(text: string | undefined, place: string): Expression {
  if (text === undefined) throw badPatch(`${place} has no path`);
  try {
    return parsePath(text);
  } catch (error) {
    if (error instanceof PathError) throw badPatch(`the path of ${place} cannot be read: ${error.message}`);
    throw error;
  }
}

function readOperation(parameter: JsonObject, number: number): Operation {
  if (textOf(parameter.name) !== 'operation') throw badPatch(expected);
  const parts = new Map<string, JsonObject>();
  for (const part of objects(parameter.part)) {
    const name = textOf(part.name) ?? '';
    if (parts.has(name)) throw badPatch(`operation ${number} says twice what there is one of`);
    parts.set(name, part);
  }
  const type = textOf(parts.get('type')?.valueCode ?? parts.get('type')?.valueString);
  if (type === undefined || !Object.hasOwn(kinds, type)) throw badPatch(`the type of operation ${number} is none of ${Object.keys(kinds).join(', ')}`);
  const place = `operation ${number} (${type})`;
  const missing = kinds[type as Type].needs.find((name) => !parts.has(name));
  if (missing !== undefined) throw badPatch(`${place} has no ${missing}`);
  const name = textOf(parts.get('name')?.valueString);
  if (parts.has('name') && name === undefined) throw badPatch(`the name of ${place} is not a string`);
  const value = parts.get('value');
  return {
    type: type as Type, place, path: pathOf(textOf(parts.get('path')?.valueString), place),
    numbers: { index: numberOf(parts.get('index'), place), source: numberOf(parts.get('source'), place), destination: numberOf(parts.get('destination'), place) },
    ...(name === undefined ? {} : { name }), ...(value ? { value: readValue(value, `the value of ${place}`) } : {}),
  };
}

/**
 * @param parameters the parsed patch
 * @throws Failure bad-patch, too-costly
 */
export function readFhirPathPatch(parameters: Json): Patch {
  const { resourceType, parameter = [] } = object(parameters) ?? {};
  if (resourceType !== 'Parameters' || !Array.isArray(parameter)) throw badPatch(expected);
  requireFew(parameter.length);
  const operations = parameter.map((one, index) => readOperation(object(one) ?? {}, index + 1));
  return {
    values: operations.flatMap(({ value }) => (value ? contentsOf(value) : [])),
    apply(resource, size) {
      const work: Work = { resource, budget: new Budget(size, operations.length) };
      for (const operation of operations) kinds[operation.type].run(work, operation);
      return resource;
    },
  };
}
