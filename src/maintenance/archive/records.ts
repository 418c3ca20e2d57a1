/** Records of a dump as lines of JSON and back. Bytes are base64; an infinite side of an interval, or of the time of a rule, is null. */
import type { AccessFacts, ConsentRule } from '../../access/facts.js';
import type { IndexEntries } from '../../search/entries.js';
import type { ArchiveRecord } from '../../store/upkeep.js';
import { ArchiveRefused } from './format.js';

export function recordLine(record: ArchiveRecord): string {
  if (record.kind === 'chunk') return JSON.stringify({ ...record, bytes: Buffer.from(record.bytes).toString('base64') });
  if (record.kind === 'secret') return JSON.stringify({ ...record, key: Buffer.from(record.key).toString('base64') });
  return JSON.stringify(record);
}

type Interval = { readonly lo: number | null; readonly hi: number | null };
const open = <T extends object>(entry: T): T => {
  const { lo, hi } = entry as T & Interval;
  return lo === null || hi === null ? { ...entry, lo: lo ?? Number.NEGATIVE_INFINITY, hi: hi ?? Number.POSITIVE_INFINITY } : entry;
};

function entriesOf(entries: IndexEntries): IndexEntries {
  const { date, number, quantity, composite } = entries;
  return {
    ...entries, date: date.map(open), number: number.map(open), quantity: quantity.map(open),
    composite: composite.map((entry) => ({ ...entry, second: open(entry.second), ...(entry.third ? { third: open(entry.third) } : {}) })),
  };
}

type Time = { readonly from: number | null; readonly until: number | null };
function always(rule: ConsentRule): ConsentRule {
  const { from, until } = rule as Time;
  return { ...rule, from: from ?? Number.NEGATIVE_INFINITY, until: until ?? Number.POSITIVE_INFINITY };
}
const accessOf = (access: AccessFacts): AccessFacts => (access.rules === undefined ? access : { ...access, rules: access.rules.map(always) });

/** @throws ArchiveRefused when it is no record */
export function recordOf(line: string): ArchiveRecord {
  const record = parsed(line);
  switch (record.kind) {
    case 'chunk':
      return { ...record, bytes: Buffer.from(record.bytes as unknown as string, 'base64') };
    case 'secret':
      return { ...record, key: Buffer.from(record.key as unknown as string, 'base64') };
    case 'resource':
      return { ...record, access: accessOf(record.access), ...(record.entries ? { entries: entriesOf(record.entries) } : {}) };
    default:
      return record;
  }
}

function parsed(line: string): ArchiveRecord {
  try {
    return JSON.parse(line) as ArchiveRecord;
  } catch (error) {
    if (error instanceof SyntaxError) throw new ArchiveRefused('A record of the export cannot be read.');
    throw error;
  }
}
