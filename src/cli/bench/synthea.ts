/** Generated records (Synthea), where somebody put some: loaded as they are, and what is asked of them. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CommandError } from '../command-error.js';
import type { Shot } from './load.js';

/** A family of searches, and how many a CPU-second of server and database is to serve. */
export interface Family {
  readonly name: string;
  readonly shot: Shot;
  readonly perCpuSecond?: number;
}

const longest = 256 * 1024 * 1024;
const unpacked = async (file: string): Promise<string> =>
  (file.endsWith('.bz2') ? (await promisify(execFile)('bzip2', ['-dc', file], { maxBuffer: longest, encoding: 'utf8' })).stdout : readFile(file, 'utf8'));

/** Hospitals first: the records refer to them. @returns undefined where there is no such folder */
export function syntheaFiles(folder: string): readonly string[] | undefined {
  if (!existsSync(folder)) return undefined;
  const names = readdirSync(folder).filter((name) => /\.json(\.bz2)?$/.test(name));
  const rank = (name: string): number => (name.includes('Information') ? 0 : 1);
  return names.sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1)).map((name) => join(folder, name));
}

/** Practitioners that the records name by an identifier and that are not among the files. */
function practitionersIn(texts: readonly string[]): string {
  const named = new Set(texts.flatMap((text) => [...text.matchAll(/"Practitioner\?identifier=([^"|]+\|[^"]+)"/g)].map(([, identifier]) => identifier)));
  const entry = [...named].map((identifier = '') => {
    const [system, value] = identifier.split('|');
    return { resource: { resourceType: 'Practitioner', identifier: [{ system, value }] }, request: { method: 'POST', url: 'Practitioner' } };
  });
  return JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
}

/** @returns ids of the people */
export async function loadSynthea(base: string, token: string, files: readonly string[]): Promise<readonly string[]> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json', Prefer: 'return=minimal' };
  const texts: string[] = [];
  for (const file of files) texts.push(await unpacked(file));
  for (const body of [practitionersIn(texts), ...texts]) {
    const response = await fetch(base, { method: 'POST', headers, body });
    const text = await response.text();
    if (!response.ok) throw new CommandError(`The records for the bench could not be loaded: ${text.slice(0, 500)}`);
  }
  const found = await fetch(`${base}/Patient?_count=1000&_elements=id`, { headers }).then((response) => response.json()) as { readonly entry?: readonly { readonly resource: { readonly id: string } }[] };
  return (found.entry ?? []).map(({ resource: { id } }) => id);
}

const page = '_count=20';
const loinc = 'http://loinc.org|';

/** Paths after the FHIR base: some for all, or one for each person. */
const asked: readonly (readonly [name: string, paths: readonly string[] | ((patient: string) => string), perCpuSecond?: number])[] = [
  ['string', [`Patient?family=b&${page}`, `Patient?name=a&${page}`]],
  ['date', [`Observation?date=ge2015&${page}`, `Encounter?date=2018&${page}`, `Patient?birthdate=lt1970&${page}`]],
  ['token', [`Observation?code=${loinc}8302-2&${page}`, `Condition?clinical-status=active&${page}`]],
  ['quantity', [`Observation?value-quantity=gt150&${page}`, `Observation?value-quantity=lt60|http://unitsofmeasure.org|kg&${page}`]],
  ['composite', [`Observation?code-value-quantity=${loinc}8302-2$gt150&${page}`, `Observation?component-code-value-quantity=${loinc}8480-6$gt120&${page}`]],
  ['reference', (patient) => `Observation?patient=Patient/${patient}&${page}`],
  ['chain', [`Observation?patient.family=b&${page}`, `Condition?patient.gender=female&${page}`, `Encounter?subject.birthdate=lt1970&${page}`]],
  ['_has', [`Patient?_has:Condition:patient:code=http://snomed.info/sct|444814009&${page}`, `Patient?_has:Observation:patient:code=${loinc}8302-2&${page}`]],
  ['_include', (patient) => `Observation?patient=Patient/${patient}&_include=Observation:patient&_include=Observation:encounter&${page}`],
  ['_revinclude', (patient) => `Encounter?patient=Patient/${patient}&_revinclude=Observation:encounter&_count=5`],
  ['sort', [`Observation?code=${loinc}8302-2&_sort=-date&${page}`, `Patient?_sort=family&${page}`, `Condition?_sort=code&${page}`]],
  ['$everything', (patient) => `Patient/${patient}/$everything?_count=100`, 11],
];
const mix = 'search mix';

export function families(patients: readonly string[], token: string): readonly Family[] {
  const headers = { Authorization: `Bearer ${token}` };
  const shotOf = (paths: readonly string[]): Shot => {
    let next = 0;
    return { headers, next: () => ({ method: 'GET', path: `/fhir/${paths[next++ % paths.length] ?? ''}` }) };
  };
  const all = asked.map(([name, paths, perCpuSecond]) => ({ name, paths: typeof paths === 'function' ? patients.map(paths) : paths, perCpuSecond }));
  const mixed = patients.flatMap((_, at) => all.filter(({ name }) => name !== '$everything').map(({ paths }) => paths[at % paths.length] ?? ''));
  return [...all, { name: mix, paths: mixed, perCpuSecond: 213 }].map(({ name, paths, perCpuSecond }) => ({ name, shot: shotOf(paths), ...(perCpuSecond === undefined ? {} : { perCpuSecond }) }));
}
