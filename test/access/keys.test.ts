import { luhn, professionalKey, professionalKind, structureKey, structureKind } from '../../src/access/keys';

describe('professionalKey', () => {
  it.each([
    ['https://rpps.esante.gouv.fr', '10099900011', '810099900011'], ['urn:oid:1.2.250.1.71.4.2.1', '810099900011', '810099900011'], ['1.2.250.1.71.4.2.1', '10099900011', '810099900011'],
    ['urn:oid:1.2.250.1.71.4.2.1', '0019999999', '0019999999'], ['urn:oid:1.2.250.1.71.4.2.1', '3350099911/abc', '3350099911/ABC'],
    ['https://rpps.esante.gouv.fr', '123', undefined], ['urn:oid:1.2.3', '810099900011', undefined], ['urn:oid:1.2.250.1.213.1.4.10', '279035121518989', undefined],
  ])('%s|%s is %s', (system, value, key) => expect(professionalKey(system, value)).toBe(key));
});

describe('structureKey', () => {
  it.each([
    ['https://finess.esante.gouv.fr', '350099911', '1350099911'], ['urn:oid:1.2.250.1.71.4.2.2', '1350099911', '1350099911'], ['1.2.250.1.71.4.2.2', '350099911', '1350099911'],
    ['https://sirene.fr', '732829320', '2732829320'], ['https://sirene.fr', '73282932000074', '373282932000074'], ['1.2.250.1.71.4.2.2', '73282932000074', '373282932000074'],
    ['https://finess.esante.gouv.fr', '12', undefined], ['urn:oid:1.2.3', '1350099911', undefined],
  ])('%s|%s is %s', (system, value, key) => expect(structureKey(system, value)).toBe(key));
});

it('luhn knows a right last digit', () => expect([luhn('73282932000074'), luhn('73282932000075'), luhn('732829320')]).toEqual([true, false, true]));

it('the kind of a number is told by its prefix', () => {
  expect(['810099900011', '0019999999', '3350099911/ABC'].map(professionalKind)).toEqual(['8', '0', '3']);
  // A number without a known prefix is of a kind of its own, whatever it begins with.
  expect(['0019999999', '1350099911', '2732829320', '373282932000074', '410099900011', '135', 'ABC'].map(structureKind)).toEqual(['0', '1', '2', '3', '4', '', '']);
});
