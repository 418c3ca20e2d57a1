import { coding, loinc, observation, ucum, type Table } from './table';

const unit = (value: number, code: string): object => ({ value, system: ucum, code });
const pressure = (id: string, systolic: number, diastolic: number): object => observation(id, {
  code: coding(loinc, '85354-9'), component: [{ code: coding(loinc, '8480-6'), valueQuantity: unit(systolic, 'mm[Hg]') }, { code: coding(loinc, '8462-4'), valueQuantity: unit(diastolic, 'mm[Hg]') }],
});
const o = (query: string, ids: string) => ['Observation', query, ids] as const;
const m = (query: string, ids: string) => ['MolecularSequence', query, ids] as const;
const sequence = (id: string, chromosome: string, windows: readonly [number, number], variants: readonly (readonly [number, number])[]): object => ({
  resourceType: 'MolecularSequence', id, coordinateSystem: 0, referenceSeq: { chromosome: coding('chr', chromosome), referenceSeqId: coding('seq', `NC_${chromosome}`), windowStart: windows[0], windowEnd: windows[1] },
  variant: variants.map(([start, end]) => ({ start, end })),
});

export const composites: Table = {
  title: 'composite',
  resources: [
    pressure('high', 150, 90), pressure('low', 110, 70), pressure('odd', 90, 150),
    observation('glucose', { code: coding(loinc, '2345-7'), valueQuantity: unit(5.5, 'mmol/L'), effectiveDateTime: '2024-03-01' }), observation('blood', { code: coding(loinc, '883-9'), valueCodeableConcept: coding('abo', 'A') }), observation('text', { code: coding(loinc, '1'), valueString: 'Négatif' }), observation('when', { code: coding(loinc, '2'), valueDateTime: '2024-03-01' }),
    { resourceType: 'Group', id: 'women', type: 'person', actual: false, characteristic: [{ code: coding('g', 'gender'), valueCodeableConcept: coding('s', 'female'), exclude: false }, { code: coding('g', 'species'), valueCodeableConcept: coding('s', 'human'), exclude: false }] },
    { resourceType: 'DocumentReference', id: 'new', status: 'current', content: [{ attachment: {} }], relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/old' } }, { code: 'appends', target: { reference: 'DocumentReference/base' } }] },
    sequence('s1', '1', [100, 200], [[120, 130], [180, 190]]), sequence('s2', '2', [100, 200], [[120, 190]]),
  ],
  rows: [
    // Both parts of one repetition.
    o(`component-code-value-quantity=${loinc}|8480-6$gt140`, 'high'), o(`component-code-value-quantity=${loinc}|8480-6$gt140|${ucum}|mm[Hg]`, 'high'), o(`component-code-value-quantity=${loinc}|8462-4$gt140`, 'odd'), o('component-code-value-quantity=8480-6$150', 'high'), o('component-code-value-quantity=8480-6$lt100,8462-4$lt80', 'low odd'), o('component-code-value-quantity=8480-6$gt140&component-code-value-quantity=8462-4$90', 'high'), o('component-code-value-quantity=|8480-6$gt140', ''),
    o('component-code-value-quantity=8480-6$ge110||mm[Hg]', 'high low'), o('component-code-value-quantity=8480-6$ne150', 'low odd'), o(`component-code-value-quantity=8480-6$lt16|${ucum}|kPa`, 'low odd'),
    o('code-value-quantity=2345-7$5.5', 'glucose'), o(`code-value-quantity=2345-7$5500|${ucum}|umol/L`, 'glucose'), o('code-value-quantity=8480-6$150', ''), o('combo-code-value-quantity=8480-6$150', 'high'), o('combo-code-value-quantity=2345-7$5.5', 'glucose'),
    o('code-value-concept=883-9$A', 'blood'), o('code-value-concept=883-9$abo|A', 'blood'), o('code-value-concept=883-9$B', ''), o('combo-code-value-concept=883-9$abo|A', 'blood'), o('code-value-string=1$nega', 'text'), o('code-value-string=1$neg', 'text'), o('code-value-string=2$nega', ''), o('code-value-date=2$2024-03', 'when'), o('code-value-date=2$gt2024-02', 'when'), o('code-value-date=2$lt2024', ''),
    ['Group', 'characteristic-value=g|gender$s|female', 'women'], ['Group', 'characteristic-value=gender$human', ''], ['Group', 'characteristic-value=species$s|human', 'women'],
    ['DocumentReference', 'relationship=replaces$DocumentReference/old', 'new'], ['DocumentReference', 'relationship=appends$DocumentReference/old', ''], ['DocumentReference', 'relationship=appends$base', 'new'],
    // Three parts; the first one of these stands in another place of the resource.
    m('chromosome-window-coordinate=1$le150$ge150', 's1'), m('chromosome-window-coordinate=chr|2$100$200', 's2'), m('chromosome-window-coordinate=1$gt100$200', ''), m('referenceseqid-window-coordinate=NC_1$lt150$gt150', 's1'),
    m('chromosome-variant-coordinate=1$120$130', 's1'), m('chromosome-variant-coordinate=1$120$190', ''), m('chromosome-variant-coordinate=2$120$190', 's2'), m('chromosome-variant-coordinate=chr|1$ge170$le190', 's1'), m('chromosome-variant-coordinate=1$le125$ge125,2$le125$ge125', 's1 s2'), m('referenceseqid-variant-coordinate=seq|NC_2$lt125$gt125', 's2'),
  ],
  refused: [
    ['Observation', 'code-value-quantity=2345-7', /joined by \$/], ['Observation', 'code-value-quantity=2345-7$5$6', /joined by \$/], ['Observation', 'code-value-quantity=$5', /joined by \$/], ['Observation', 'code-value-quantity=2345-7$x', /number/], ['Observation', 'code-value-quantity:missing=true', /no modifier/], ['Observation', 'code-value-quantity:not=a$5', /no modifier/], ['MolecularSequence', 'chromosome-variant-coordinate=1$2', /joined by \$/],
  ],
};
