/** A page of the history of a type or of the whole system, read in one snapshot. */
import { defaultBudget, longestPage } from '../../history/budget.js';
import { choose } from '../../history/choose.js';
import { atInstant, readStart, writeStart } from '../../history/position.js';
import type { HistoryPage, HistoryQuery, HistoryScope, StoredVersion } from '../../port.js';
import type { Connection } from '../connection.js';
import { grantFromWire, type GrantWire } from '../grant-wire.js';
import type { Names } from '../names.js';
import { readSnapshot } from '../search/cursor.js';
import { currentColumns, pastColumns, VersionReader } from '../versions.js';
import { storedReach } from '../visibility.js';
import { sourcesOf, windowOf, type Version } from './sources.js';

/** A history as it goes to a thread. */
export interface HistoryRequest {
  readonly grant: GrantWire;
  readonly scope: Pick<HistoryScope, 'type'>;
  readonly history: HistoryQuery;
}

const current = `SELECT ${currentColumns('r', 'b')} FROM res r LEFT JOIN body b ON b.rid = r.rid WHERE r.rid = ? AND r.version = ?`;
const past = `SELECT ${pastColumns('r', 'v')} FROM past v CROSS JOIN res r ON r.rid = v.rid WHERE v.rid = ? AND v.version = ?`;

/** As many as there is room for. */
function versionsOf(connection: Connection, names: Names, page: readonly Version[]): StoredVersion[] {
  const reader = new VersionReader(connection, names);
  const versions: StoredVersion[] = [];
  let length = 0;
  for (const { key, version, past: isPast } of page) {
    const row = connection.prepare(isPast ? past : current).get(key, version);
    if (row === undefined) throw new TypeError('A version that was found is not here');
    const found = reader.version(row);
    length += found.text.length;
    if (length > longestPage && versions.length > 0) break;
    versions.push(found);
  }
  return versions;
}

/**
 * @param connection in a snapshot
 * @throws Failure `too-costly`, `bad-cursor`
 */
export async function historyPage(connection: Connection, names: Names, { grant, scope, history }: HistoryRequest): Promise<HistoryPage> {
  const { count, at, budget = defaultBudget } = history;
  const clock = connection.prepare("SELECT value FROM meta WHERE key = 'clock'").get()?.[0] as number;
  const asOf = readSnapshot(history.asOf) ?? clock;
  const type = scope.type === undefined ? undefined : names.id(scope.type) ?? -1;
  const window = windowOf(storedReach(connection, names, grantFromWire(grant)), history);
  const top = atInstant(Math.min(asOf, (at?.hi ?? Infinity) - 1));
  const { page, more, total } = await choose(sourcesOf(connection, window, type), top, readStart(history.after), count, budget);
  const versions = versionsOf(connection, names, page);
  const last = page[versions.length - 1];
  const goesOn = more || versions.length < page.length;
  return {
    versions, asOf: String(asOf), lastUpdated: asOf, ...(total === undefined ? {} : { total }),
    ...(goesOn && last !== undefined ? { next: writeStart(last, total === undefined) } : {}),
  };
}
