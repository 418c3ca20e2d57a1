/** Copies of JSON values. */
import { isObject, type Json, type JsonObject } from './json.js';

/** @param spend is told what each value costs: one, and a part of the length of a text */
export function copyOf(value: Json, spend: (steps: number) => void = () => undefined): Json {
  spend(typeof value === 'string' ? 1 + value.length / 16 : 1);
  if (Array.isArray(value)) return value.map((item) => copyOf(item, spend));
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const key in value) copy[key] = copyOf(value[key] as Json, spend);
  return copy;
}
