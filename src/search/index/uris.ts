/** Uri entries (https://hl7.org/fhir/R4/search.html#uri): compared as they are written; a canonical with a version is found without it too. */
import type { Visit } from './run.js';

export function uriVisits(param: string): Readonly<Record<string, Visit>> {
  const plain: Visit = (value, run) => {
    if (typeof value !== 'string') return;
    run.uri.push({ param, contained: run.contained, value, mark: undefined });
  };
  const canonical: Visit = (value, run) => {
    plain(value, run);
    const bar = typeof value === 'string' ? value.indexOf('|') : -1;
    if (bar > 0) plain((value as string).slice(0, bar), run);
  };
  return { uri: plain, url: plain, oid: plain, uuid: plain, canonical };
}
