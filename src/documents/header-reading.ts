/** How what is left out of the header, or lacking in it, is told. */
import type { Issue } from '../fhir/failure.js';
import { plainReading, type Reading } from './cda/datatypes/reading.js';

export const information = (diagnostics: string): Issue => ({ severity: 'information', code: 'informational', diagnostics });
export const warning = (diagnostics: string): Issue => ({ severity: 'warning', code: 'incomplete', diagnostics });

/** A reading of the header that names what it leaves out, each once. */
export function headerReading(zone: string | undefined, timeZone: string, issues: Issue[]): Reading {
  const named = new Set<string>();
  return plainReading(zone, timeZone, (what) => {
    if (named.has(what)) return;
    named.add(what);
    issues.push(information(`Header: left out: ${what}.`));
  });
}
