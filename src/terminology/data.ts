/** Reading of the terminology tables that the product ships (`terminology/*.json`, our own selection of codes). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One table by its file name without extension. Read once, by the module that owns it, when it is loaded. */
export function table<T>(name: string): T {
  return JSON.parse(readFileSync(join(__dirname, '..', '..', 'terminology', `${name}.json`), 'utf8')) as T;
}
