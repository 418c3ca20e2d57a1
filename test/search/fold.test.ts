import fc from 'fast-check';
import { fold, foldedParts } from '../../src/search/fold';

describe('fold', () => {
  it.each([
    ['DUPONT', 'dupont'], ['Éloïse', 'eloise'], ['Œdème', 'oedeme'], ['Lætitia', 'laetitia'], ['Straße', 'strasse'], ['ﬁn', 'fin'], ["O'Brien", 'obrien'],
    ['Jean-Pierre', 'jeanpierre'], ['  Jean   Pierre ', 'jeanpierre'], ['St. Étienne', 'stetienne'], ['12, rue Hugo', '12ruehugo'], ['ΟΔΟΣ', 'οδοσ'], ['Łódź', 'lodz'],
    ['I\u0307stanbul', 'istanbul'], ['', ''],
  ])('%j -> %j', (text, folded) => expect(fold(text)).toBe(folded));

  it('keeps the signs of a text without letters and digits, so that it does not start every other text', () => {
    expect(fold(' - ')).toBe('-');
    expect(fold('***')).toBe('***');
  });

  it('says the same of a text in capitals, decomposed or folded already', () => {
    const latin = fc.string({ unit: fc.constantFrom(...'abcéèêàçôïœæñ -\'’.AZ09') });
    fc.assert(fc.property(latin, (text) => {
      expect(fold(text.normalize('NFD'))).toBe(fold(text));
      expect(fold(text.toUpperCase())).toBe(fold(text));
      expect(fold(fold(text))).toBe(fold(text));
    }));
  });

  it('never makes something of nothing', () => fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
    expect(fold(text) === '').toBe(text.trim() === '');
  })));
});

describe('foldedParts', () => {
  it.each([
    ['Dupont', []], ['Dupont-Martin', ['martin']], ['De La Tour', ['latour', 'tour']], ["d'Auvergne", ['auvergne']], ['d’Auvergne', ['auvergne']], ['', []], ['-', []],
  ])('%j can be found from %j', (family, parts) => expect(foldedParts(family, () => undefined)).toEqual(parts));
});
