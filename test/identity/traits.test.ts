import { contradictions, differences, foldName } from '../../src/identity/traits';

describe('foldName', () => {
  it.each([["D'ŒUVRARD-ÉLIE", 'DOEUVRARDELIE'], ['Læticia', 'LAETICIA'], ['de la Tour', 'DELATOUR'], ['Straße', 'STRASSE'], ['PAT-TROIS', 'PATTROIS'], ['  ', '']])('%s is compared as %s', (name, folded) =>
    expect(foldName(name)).toBe(folded));
});

describe('contradictions', () => {
  it.each([
    [{ birthName: 'Dupont' }, { birthName: 'DUPONT' }, []],
    [{ birthName: 'Le Goff' }, { birthName: 'LE-GOFF' }, []],
    [{ birthName: 'DUPONT' }, { birthName: 'DURAND' }, ['birth name']],
    [{ birthName: 'DUPONT' }, {}, []],
    [{ birthDate: '1979-03-28' }, { birthDate: '1979-03' }, []],
    [{ birthDate: '1979-03-28' }, { birthDate: '1979' }, []],
    [{ birthDate: '1979-03-28' }, { birthDate: '1979-04' }, ['birth date']],
    [{ gender: 'male' }, { gender: 'female' }, ['sex']],
    [{ gender: 'male' }, { gender: 'unknown' }, []],
    [{ gender: 'unknown' }, { gender: 'female' }, []],
    [{ birthName: 'A', birthDate: '1979', gender: 'male' }, { birthName: 'B', birthDate: '1980', gender: 'female' }, ['birth name', 'birth date', 'sex']],
    [{ firstGiven: 'ANNE' }, { firstGiven: 'JEANNE' }, []],
  ])('%j and %j: %j', (stored, sent, expected) => {
    expect(contradictions(stored, sent)).toEqual(expected);
    expect(contradictions(sent, stored)).toEqual(expected);
  });
});

describe('differences', () => {
  it('are the first given name and the place of birth', () => {
    expect(differences({ firstGiven: 'Zoé', birthPlace: '2a004' }, { firstGiven: 'ZOE', birthPlace: '2A004' })).toEqual([]);
    expect(differences({ firstGiven: 'Zoé', birthPlace: '35238' }, { firstGiven: 'Léa', birthPlace: '29019' })).toEqual(['first birth given name', 'place of birth']);
  });
});
