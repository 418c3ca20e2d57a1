/** The history of a type or of the whole system, a page in one snapshot. */
import type { Grant } from '../../access/grant.js';
import { defaultBudget, longestPage } from '../history/budget.js';
import { choose } from '../history/choose.js';
import { atInstant, readStart, writeStart } from '../history/position.js';
import type { HistoryPage, HistoryQuery, StoredVersion } from '../port.js';
import { readOptions, times, type Connection, type Reading } from './connection.js';
import { cutOf, leftOut, readCut } from './cut.js';
import { sourcesOf, type Version } from './history-sources.js';
import { pastRow, versionFields, versionsNamed, versionsOf, type VersionRow } from './versions.js';
import { Sight } from './visibility.js';

/** Versions read at once. */
const pace = 20;

/** The rows of chosen versions, in their order. */
async function rowsOf(reading: Reading, chosen: readonly Version[]): Promise<VersionRow[]> {
  const { resources, past } = reading.collections;
  const options = readOptions(reading);
  const keys = [...new Set(chosen.map(({ k }) => k))];
  const current = new Map((await resources.find({ _id: { $in: keys } }, { ...options, projection: versionFields }).toArray()).map((row) => [row._id, row as VersionRow]));
  const wanted = chosen.filter((one) => one.past).map(({ k, version: v }) => ({ k, v }));
  const former = wanted.length === 0 ? [] : await past.find(versionsNamed(wanted), options).toArray();
  const byVersion = new Map(former.map((found) => [`${found._id.k} ${found._id.v}`, found]));
  return chosen.map(({ k, version, past: isPast }) => {
    const resource = current.get(k);
    const found = byVersion.get(`${k} ${version}`);
    if (resource === undefined || (isPast && found === undefined)) throw new TypeError('A version that was found is not here');
    return found === undefined ? resource : pastRow(resource, found);
  });
}

/** As many as there is room for. */
async function pageOf(reading: Reading, sight: Sight, chosen: readonly Version[]): Promise<StoredVersion[]> {
  const versions: StoredVersion[] = [];
  let length = 0;
  for (let at = 0; at < chosen.length; at += pace) {
    for (const found of await versionsOf(reading, sight, await rowsOf(reading, chosen.slice(at, at + pace)))) {
      length += found.text.length;
      if (length > longestPage && versions.length > 0) return versions;
      versions.push(found);
    }
  }
  return versions;
}

/** @throws Failure `too-costly`, `bad-cursor` */
export function readHistory(connection: Connection, grant: Grant, type: string | undefined, query: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage> {
  const { count, since, at, budget = defaultBudget } = query;
  return connection.inSnapshot(times.search, signal, async (reading) => {
    const { asOf, lastUpdated } = query.asOf === undefined ? await readCut(reading) : cutOf(query.asOf);
    const last = Number(asOf.split('.')[0]);
    const sight = new Sight(reading, grant);
    const window = { type, left: leftOut(asOf), ...(since === undefined ? {} : { since }), ...(at === undefined ? {} : { at }) };
    const top = atInstant(Math.min(last, (at?.hi ?? Infinity) - 1));
    const { page, more, total } = await choose(sourcesOf(reading, sight, grant, window), top, readStart(query.after), count, budget);
    const versions = await pageOf(reading, sight, page);
    const end = page[versions.length - 1];
    const goesOn = more || versions.length < page.length;
    return {
      versions, asOf, lastUpdated, ...(total === undefined ? {} : { total }),
      ...(goesOn && end !== undefined ? { next: writeStart(end, total === undefined) } : {}),
    };
  });
}
