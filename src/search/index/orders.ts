/** How the entries of each kind are told apart and ordered. */
import type { IndexEntries } from '../entries.js';
import type { ValueKind } from '../plan.js';
import type { Order } from './marks.js';

export type EntryOf<K extends ValueKind> = NonNullable<IndexEntries[K]>[number];

const compare = <T extends string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

const byText = <E>(key: (entry: E) => string, sortedBy: (entry: E) => string = key): Order<E> => {
  const order = (a: E, b: E): number => compare(sortedBy(a), sortedBy(b));
  return { key, least: order, greatest: order };
};
const byInterval = <E extends { readonly lo: number; readonly hi: number }>(key: (entry: E) => string): Order<E> => ({
  key, least: (a, b) => compare(a.lo, b.lo), greatest: (a, b) => compare(a.hi, b.hi),
});
const intervalText = ({ lo, hi }: { readonly lo: number; readonly hi: number }): string => `${lo} ${hi}`;

function referenceText(entry: EntryOf<'reference'>): string {
  switch (entry.form) {
    case 'local': return `${entry.type}/${entry.id}${entry.version === undefined ? '' : `/${entry.version}`}`;
    case 'contained': return `#${entry.id}`;
    case 'absolute': return entry.url;
    case 'canonical': return `canonical ${entry.url}|${entry.version ?? ''}#${entry.fragment ?? ''}`;
    case 'logical': return `logical ${entry.type ?? ''} ${entry.system}|${entry.value}`;
  }
}

export const orders: { readonly [K in ValueKind]: Order<EntryOf<K>> } = {
  token: byText(({ param, system, code }) => `${param} ${system} ${code}`, ({ code, system }) => `${code} ${system}`),
  reference: byText(referenceText),
  string: byText(({ param, exact, folded }) => `${param} ${folded} ${exact}`, ({ folded }) => folded),
  date: byInterval(intervalText),
  number: byInterval(intervalText),
  quantity: byInterval((entry) => `${entry.unit} ${intervalText(entry)}`),
  uri: byText(({ value }) => value),
  position: byText(({ latitude, longitude }) => `${latitude} ${longitude}`),
  composite: byText(({ system, code, second, third }) => `${system} ${code} ${JSON.stringify(second)} ${third?.lo ?? ''} ${third?.hi ?? ''}`),
};
