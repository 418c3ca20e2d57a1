/** The fictitious people and documents that the demonstration, the bench and the tests load. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Person {
  readonly id: string;
  /** `OID|matricule` */
  readonly ins: string;
  readonly family: string;
  readonly given: readonly string[];
}
export interface Cast {
  readonly people: readonly Person[];
  readonly professionals: readonly { readonly rpps: string; readonly given: string; readonly family: string; readonly structure: string }[];
  readonly structures: readonly { readonly id: string; readonly name: string }[];
  /** File names, a version after the one that it replaces. */
  readonly documents: readonly string[];
}

const folder = join(__dirname, '..', '..', 'fixtures');

export const readCast = (): Cast => JSON.parse(readFileSync(join(folder, 'cast.json'), 'utf8')) as Cast;
export const documentPath = (name: string): string => join(folder, 'documents', name);
export const readDocument = (name: string): Buffer => readFileSync(documentPath(name));
