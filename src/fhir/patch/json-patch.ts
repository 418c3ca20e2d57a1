/** JSON Patch (RFC 6902) on JSON that keeps its number literals: untouched elements keep theirs, `test` compares what they mean. */
import { copyOf } from '../copy.js';
import { fail } from '../failure.js';
import { equalNumbers, isNumber } from '../fhirpath/compare.js';
import { isObject, type Json, type JsonObject } from '../json.js';
import { child, containerAt, indexIn, isBelow, parsePointer, valueAt, type Pointer } from './json-pointer.js';
import { badPatch, Budget, patchFailed, requireFew, type Patch } from './patch.js';

/** Deepest nesting that `parseJson` takes, and so the deepest that a patch may make. */
const maxDepth = 100;
/** Items of a list that are shifted in one step. */
const shifted = 64;
/** Keys that would reach into the prototype of a JavaScript object: `parseJson` takes none of them either. */
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

interface Operation {
  readonly name: Name;
  readonly path: Pointer;
  readonly from?: Pointer;
  readonly value?: Json;
  /** `operation 3 (move)`, counted from 1. */
  readonly place: string;
}

interface Work {
  document: Json;
  readonly budget: Budget;
}

type Name = 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';

interface Kind {
  readonly needs?: 'value' | 'from';
  readonly run: (work: Work, operation: Operation) => void;
}

const kinds: Readonly<Record<Name, Kind>> = {
  add: { needs: 'value', run: (work, { path, value, place }) => add(work, path, copyOf(value as Json), place) },
  remove: { run: (work, { path, place }) => void take(work, path, place) },
  replace: { needs: 'value', run: (work, { path, value, place }) => replace(work, path, copyOf(value as Json), place) },
  move: { needs: 'from', run: move },
  copy: {
    needs: 'from',
    run: (work, { from, path, place }) => add(work, path, copyOf(valueAt(work.document, from as Pointer, `the "from" of ${place}`), work.budget.spend), place),
  },
  test: {
    needs: 'value',
    run: ({ document }, { path, value, place }) => {
      if (!equalJson(valueAt(document, path, `the "path" of ${place}`), value as Json)) throw patchFailed(`${place} does not hold`);
    },
  },
};

/** Numbers by their value, all digits counted; keys in any order (RFC 6902 4.6). */
function equalJson(one: Json, other: Json): boolean {
  if (one === other) return true;
  if (isNumber(one) || isNumber(other)) return isNumber(one) && isNumber(other) && equalNumbers(one, other);
  if (Array.isArray(one)) return Array.isArray(other) && one.length === other.length && one.every((item, index) => equalJson(item, other[index] as Json));
  if (!isObject(one) || !isObject(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && equalJson(one[key] as Json, other[key] as Json));
}

function move(work: Work, { from, path, place }: Operation): void {
  const source = from as Pointer;
  // Onto itself: nothing changes, but it must be there.
  if (source.length === path.length && source.every((token, index) => token === path[index])) return void valueAt(work.document, source, `the "from" of ${place}`);
  add(work, path, take(work, source, place), place);
}

/** @throws Failure json-forbidden-key, patch-failed when the document would become too deep */
function requireFit(path: Pointer, value: Json, place: string): void {
  const key = path.at(-1);
  if (key !== undefined && forbiddenKeys.has(key)) throw fail('json-forbidden-key', { key });
  if (path.length + depthOf(value) > maxDepth) throw patchFailed(`${place} would nest the resource deeper than ${maxDepth} levels`);
}

function add(work: Work, path: Pointer, value: Json, place: string): void {
  requireFit(path, value, place);
  const key = path.at(-1);
  if (key === undefined) {
    work.document = value;
    return;
  }
  const container = containerAt(work.document, path, `the "path" of ${place}`);
  if (!Array.isArray(container)) {
    container[key] = value;
    return;
  }
  const index = key === '-' ? container.length : indexIn(key, container.length);
  if (index === undefined) throw patchFailed(`the "path" of ${place} is no place of the list`);
  work.budget.spend((container.length - index) / shifted);
  container.splice(index, 0, value);
}

function replace(work: Work, path: Pointer, value: Json, place: string): void {
  requireFit(path, value, place);
  valueAt(work.document, path, `the "path" of ${place}`);
  const key = path.at(-1);
  if (key === undefined) {
    work.document = value;
    return;
  }
  const container = containerAt(work.document, path, place);
  if (Array.isArray(container)) container[Number(key)] = value;
  else container[key] = value;
}

/** Takes a value out of the document. */
function take(work: Work, path: Pointer, place: string): Json {
  const key = path.at(-1);
  if (key === undefined) throw patchFailed(`${place} would leave nothing of the resource`);
  const container = containerAt(work.document, path, `what ${place} takes away: the path`);
  const value = child(container, key);
  if (value === undefined) throw patchFailed(`what ${place} takes away is not there`);
  if (Array.isArray(container)) {
    work.budget.spend((container.length - Number(key)) / shifted);
    container.splice(Number(key), 1);
  } else delete container[key];
  return value;
}

function depthOf(value: Json): number {
  if (!Array.isArray(value) && !isObject(value)) return 0;
  let deepest = 0;
  for (const key in value) deepest = Math.max(deepest, depthOf((value as JsonObject)[key] as Json));
  return deepest + 1;
}

function readOperation(written: Json, index: number): Operation {
  const place = `operation ${index + 1}`;
  if (!isObject(written)) throw badPatch(`${place} is not an object`);
  const { op, path, from, value } = written;
  if (typeof op !== 'string' || !Object.hasOwn(kinds, op)) throw badPatch(`the "op" of ${place} is none of ${Object.keys(kinds).join(', ')}`);
  const name = op as Name;
  const named = `${place} (${name})`;
  if (typeof path !== 'string') throw badPatch(`${named} has no "path"`);
  const { needs } = kinds[name];
  if (needs === 'value' && value === undefined) throw badPatch(`${named} has no "value"`);
  if (needs !== 'from') return { name, path: parsePointer(path, `the "path" of ${named}`), place: named, ...(needs === 'value' ? { value: value as Json } : {}) };
  if (typeof from !== 'string') throw badPatch(`${named} has no "from"`);
  const operation = { name, path: parsePointer(path, `the "path" of ${named}`), from: parsePointer(from, `the "from" of ${named}`), place: named };
  if (name === 'move' && isBelow(operation.path, operation.from)) throw badPatch(`${named} would put a value into itself`);
  return operation;
}

/**
 * Changes a document, which must not be used by anybody else.
 * @param document any JSON
 * @throws Failure patch-failed, too-costly, json-forbidden-key
 */
function run(operations: readonly Operation[], document: Json, size: number): Json {
  const work: Work = { document, budget: new Budget(size, operations.length) };
  for (const operation of operations) kinds[operation.name].run(work, operation);
  return work.document;
}

/**
 * @param written the parsed patch: a list of operations; members that the standard does not know are ignored
 * @returns `run` for any document, and the patch of a resource
 * @throws Failure bad-patch, too-costly
 */
export function readJsonPatch(written: Json): Patch & { run(document: Json, size?: number): Json } {
  if (!Array.isArray(written)) throw badPatch('a JSON Patch is a list of operations');
  requireFew(written.length);
  const operations = written.map(readOperation);
  return {
    values: operations.flatMap(({ name, value }) => (value === undefined || name === 'test' ? [] : [value])),
    run: (document, size = 0) => run(operations, document, size),
    apply(resource, size) {
      const patched = run(operations, resource, size);
      if (!isObject(patched)) throw patchFailed('what it makes of the resource is not an object');
      return patched;
    },
  };
}
