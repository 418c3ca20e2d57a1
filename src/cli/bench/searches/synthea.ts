/** Generated records (Synthea), where somebody put some: loaded as they are. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CommandError } from '../../command-error.js';

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
