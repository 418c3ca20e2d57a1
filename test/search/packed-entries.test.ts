import { indexEntries } from '../../src/search/indexer';
import { packEntries, packedKinds, unpackPart } from '../../src/search/packed-entries';
import type { IndexEntries } from '../../src/search/entries';

const options = { bases: ['http://localhost/fhir'], timeZone: 'Europe/Paris' };
const observation = (components: number) => ({
  resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/p' }, performer: [{ reference: '#a' }], effectiveDateTime: '2026-01-02',
  contained: [{ resourceType: 'Practitioner', id: 'a', identifier: [{ system: 's', value: 'v' }] }],
  component: Array.from({ length: components }, (_, index) => ({ code: { coding: [{ system: 's', code: String(index) }] }, valueQuantity: { value: index, ...(index % 2 === 0 ? { comparator: '>' } : {}), unit: 'mg' } })),
});

describe('packed entries', () => {
  it('are all there, each as it was, those of contained resources and references as objects', () => {
    const all = indexEntries(observation(2000), options);
    const { entries, more = [] } = packEntries(all);
    expect([entries.reference, entries.mainDate]).toEqual([all.reference, all.mainDate]);
    expect(more.length).toBeGreaterThan(2);
    const parts = [entries, ...more.map((part) => unpackPart(part, all.mainDate))];
    const text = (entry: object): string => JSON.stringify(entry, (_, value: unknown) => (typeof value === 'number' ? String(value) : value));
    for (const kind of packedKinds) {
      const list = (some: IndexEntries): readonly object[] => some[kind];
      expect(parts.flatMap(list).map(text).sort()).toEqual([...list(all)].map(text).sort());
    }
    expect(packedKinds.flatMap((kind) => [...entries[kind]]).every(({ contained }) => contained === 'a')).toBe(true);
  });

  it('stay as they are where there are few', () => {
    const all = indexEntries(observation(3), options);
    expect(packEntries(all)).toEqual({ entries: all });
  });
});
