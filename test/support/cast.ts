/** The people and documents of the fixtures, as tests name them. */
import { readCast, readDocument } from '../../src/cli/fixtures';

const cast = readCast();

/** `OID|matricule` */
export const insOf = (id: string): string => {
  const person = cast.people.find((one) => one.id === id);
  if (!person) throw new Error(`No person ${id} in the fixtures`);
  return person.ins;
};
/** As a search value: `urn:oid:OID|matricule`, percent-encoded. */
export const identifierOf = (id: string): string => encodeURIComponent(`urn:oid:${insOf(id)}`);
export const matriculeOf = (id: string): string => insOf(id).split('|')[1] as string;
export const documentText = (name: string): string => readDocument(`${name}.xml`).toString('utf8');
export const professionals = cast.professionals;
export const structures = cast.structures;
export const documentNames = cast.documents;
