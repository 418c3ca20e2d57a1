import fc from 'fast-check';
import { disagreements, insAuthority, matriculeKey, parseMatricule } from '../../src/identity/ins';

describe('the key of a matricule', () => {
  // Worked values of the national rule.
  it.each([['2790351215189', '89'], ['185012A004001', '17'], ['185012B004001', '44'], ['2770763220829', '10'], ['2480392630010', '64']])('%s has key %s', (thirteen, key) =>
    expect(matriculeKey(thirteen)).toBe(key));

  it('is the same as the other published form: letter to 0, less one or two millions', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 0, max: 9999 }), fc.constantFrom('A', 'B'), fc.integer({ min: 0, max: 999_999 }), (sex, birth, letter, rest) => {
      const head = `${sex}${String(birth).padStart(4, '0')}`;
      const tail = String(rest).padStart(6, '0');
      const other = 97 - ((Number(`${head}20${tail}`) - (letter === 'A' ? 1_000_000 : 2_000_000)) % 97);
      expect(Number(matriculeKey(`${head}2${letter}${tail}`))).toBe(other);
    }));
  });

  it('is right for exactly one of the 97 keys', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 99_999_999 }), (month, rest) => {
      const thirteen = `185${String(month).padStart(2, '0')}${String(rest).padStart(8, '0')}`;
      const right = Array.from({ length: 97 }, (_, index) => String(index + 1).padStart(2, '0')).filter((key) => parseMatricule(thirteen + key)?.keyIsRight);
      expect(right).toHaveLength(1);
    }));
  });
});

describe('parseMatricule', () => {
  it.each([['279035121518989', 'female', 3], [' 1 85 01 2a 004 001 17', 'male', 1], ['185012B00400144', 'male', 1]])('reads %s', (written, sex, month) =>
    expect(parseMatricule(written)).toMatchObject({ sex, month, keyIsRight: true }));
  it.each(['', '27903512151898', '2790351215189890', '579035121518989', '279005121518989', '279135121518989', '279032C21518989', 'ABCDEFGHIJKLMNO'])('does not take %j', (written) =>
    expect(parseMatricule(written)).toBeUndefined());
  it.each(['123456789012244', '147720425367411', '276059205062865', '223042545611404'])('tells a wrong key of %s', (written) => expect(parseMatricule(written)?.keyIsRight).toBe(false));
});

describe('disagreements', () => {
  const of = (written: string, person: { gender?: string; birthDate?: string }) => {
    const matricule = parseMatricule(written);
    return matricule && disagreements(matricule, person);
  };
  it.each([
    ['279035121518989', { gender: 'female', birthDate: '1979-03-28' }, []],
    ['279035121518989', { gender: 'male', birthDate: '1979-03-28' }, ['sex']],
    ['279035121518989', { gender: 'unknown', birthDate: '1979' }, []],
    ['279035121518989', { birthDate: '1980-04' }, ['birth year', 'birth month']],
    ['279355121518989', { gender: 'female', birthDate: '1950-07-01' }, []],
    ['279995121518989', { birthDate: '1950-07-01' }, []],
    ['279455121518989', { birthDate: '1979-03-28' }, ['birth month']],
    ['779035121518989', { gender: 'male' }, []],
    ['879035121518989', { gender: 'male' }, ['sex']],
  ])('%s against %j: %j', (written, person, expected) => expect(of(written, person)).toEqual(expected));
});

describe('insAuthority', () => {
  it.each([['1.2.250.1.213.1.4.8', 'INS-NIR'], ['urn:oid:1.2.250.1.213.1.4.9', 'INS-NIA'], ['urn:oid:1.2.250.1.213.1.4.10', 'INS-NIR-TEST'], ['1.2.250.1.213.1.4.11', 'INS-NIR-DEMO']])('%s is %s', (oid, type) =>
    expect(insAuthority(oid)?.type).toBe(type));
  it.each(['1.2.250.1.213.1.4.2', '1.2.250.1.213.1.4.13', '1.2.250.1.213.1.4.14', '1.2.250.1.213.1.4', 'urn:oid:1.2.250.1.213.1.4.80', ''])('%s names nobody', (oid) => expect(insAuthority(oid)).toBeUndefined());
});
