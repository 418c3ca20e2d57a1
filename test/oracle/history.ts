/** The history of a world, told plainly over the list of its writes: https://hl7.org/fhir/R4/http.html#history */
import type { AccessFacts } from '../../src/access/facts';
import type { Reach } from '../../src/access/grant';
import type { HistoryQuery, HistoryScope } from '../../src/store/port';
import { sees } from './visibility';
import { noEntries } from '../contract/support';
import type { World } from './world';

/** One write, as the store acknowledged it. */
export interface Written {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly lastUpdated: number;
  /** Absent for a deletion. */
  readonly access?: AccessFacts;
}

const keyOf = ({ type, id }: { readonly type: string; readonly id: string }): string => `${type}/${id}`;
const versionName = (one: Written): string => `${keyOf(one)}/${one.version}`;

/** Somebody who was none of the owners becomes one, or it is nobody's any more. */
const changesHands = (before: readonly string[], after: readonly string[]): boolean =>
  before.length > 0 && (after.length === 0 || after.some((owner) => !before.includes(owner)));

/** Versions of one resource, oldest first, with the first one that others than the operator may see. */
function seenFrom(versions: readonly Written[]): number {
  let [first, owners] = [1, [] as readonly string[]];
  for (const { version, access } of versions) {
    if (access === undefined) continue;
    if (changesHands(owners, access.owners)) first = version;
    owners = access.owners;
  }
  return first;
}

/** Names of the versions that a caller is told, in the order of time, newest first. */
export function historyOf(writes: readonly Written[], reach: Reach, moment: number, scope: HistoryScope, { since = 0, at }: Pick<HistoryQuery, 'since' | 'at'> = {}): { readonly name: string; readonly lastUpdated: number }[] {
  const byKey = new Map<string, Written[]>();
  for (const one of writes) byKey.set(keyOf(one), [...(byKey.get(keyOf(one)) ?? []), one]);
  // Structures are added to those that are known, and never removed.
  const accessOf = (versions: readonly Written[]): AccessFacts => ({
    exposure: 'private', owners: [], ...versions.findLast(({ access }) => access !== undefined)?.access, structures: versions.flatMap(({ access }) => access?.structures ?? []),
  });
  // A deleted document goes on ruling what was drawn from it; the rules of a deleted Consent are lifted.
  const world: World = {
    resources: [...byKey.values()].map((versions) => {
      const [last] = versions.slice(-1) as [Written];
      const { rules, ...access } = accessOf(versions);
      return { type: last.type, id: last.id, lastUpdated: last.lastUpdated, entries: noEntries, access: { ...access, ...(last.access !== undefined && rules !== undefined ? { rules } : {}) } };
    }),
  };
  return [...byKey.values()].flatMap((versions, index) => {
    const resource = world.resources[index];
    if (!resource || !sees(world, reach, moment, resource)) return [];
    const first = reach.kind === 'everything' ? 1 : seenFrom(versions);
    return versions.flatMap((one, place) => {
      const until = versions[place + 1]?.lastUpdated ?? Infinity;
      const asked = (scope.type ?? one.type) === one.type && (scope.id ?? one.id) === one.id && one.version >= first
        && one.lastUpdated >= since && (at === undefined || (one.lastUpdated < at.hi && until > at.lo));
      return asked ? [{ name: versionName(one), lastUpdated: one.lastUpdated }] : [];
    });
  }).sort((one, other) => other.lastUpdated - one.lastUpdated);
}
