import { indexEntries } from '../../src/search/indexer';
import { parseSearch } from '../../src/search/query';
import { countWords, plainWords, stem } from '../../src/search/words';
import { fold } from '../../src/search/fold';

const stems = (words: string): readonly string[] => [...new Set(words.split(' ').map((word) => stem(fold(word))))];
const options = { bases: [], timeZone: 'Europe/Paris' };
const resource = { resourceType: 'Basic', id: 'a', text: { status: 'generated', div: '<div>toux</div>' }, code: { text: 'fièvre' } };
const wordsOf = (fullText?: 'off' | 'text' | 'content') =>
  indexEntries(resource, { ...options, ...(fullText ? { fullText } : {}) }).token.map(({ param, code }) => `${param} ${code}`).filter((text) => /_text|_content/.test(text)).sort();

describe('the light stemmer', () => {
  it.each([
    'fracture fractures fracturé fracturée fracturées', 'opérer opéré opérées opérait opéraient opérant opérez', 'hôpital hôpitaux', 'médical médicale médicaux médicales', 'infirmier infirmière infirmières', 'chirurgien chirurgienne', 'positif positive positives',
    'patient patiente patients', 'tumeur tumeurs', 'genou genoux', 'cancer cancers', 'sein seins',
  ])('takes %s for one word', (words) => expect(stems(words)).toHaveLength(1));
  it.each(['sein sain', 'coeur coeliaque', 'main maintien', 'foie foetus', 'rein dos', 'enfant enfer'])('tells %s apart', (words) => expect(stems(words)).toHaveLength(words.split(' ').length));
  it('leaves numbers, codes and other writings as they are', () => expect(['2019', 'b12s', 'os', 'σας'].map(stem)).toEqual(['2019', 'b12s', 'os', 'σας']));
});

describe('words', () => {
  it('end where letters and digits end', () => expect(plainWords("L'œdème, à 12,5 mg/j — re\u0301sorption; naïve")).toEqual(['l', 'oedeme', 'a', '12', '5', 'mg', 'j', 'resorption', 'naive']));
  it('are counted as they are indexed, without those that say nothing', () => {
    const counts = new Map<string, number>();
    countWords('La toux, les toux et LA Toux', counts);
    expect([...counts]).toEqual([[stem('toux'), 3]]);
  });
  it('are looked at for their first 64 characters, and long texts without end', () => {
    const counts = new Map<string, number>();
    countWords('a'.repeat(2_000_000), counts);
    expect([...counts.keys()].map(({ length }) => length)).toEqual([64]);
  });
});

describe('what is indexed', () => {
  it('is what FULL_TEXT says: the narrative when left out', () => {
    expect(wordsOf('off')).toEqual([]);
    expect(wordsOf()).toEqual([`Basic._text ${stem('toux')}`]);
    expect(wordsOf('content')).toEqual([`Basic._content ${stem('fievre')}`, ...['generated', 'toux'].map((word) => `Basic._content ${stem(word)}`), `Basic._text ${stem('toux')}`].sort());
  });
  it.each([['off', '_text'], ['off', '_content'], ['text', '_content']] as const)('and with FULL_TEXT=%s %s is refused by its name', (fullText, code) =>
    expect(() => parseSearch('Basic', `${code}=x`, { ...options, handling: 'lenient', now: 0, page: { default: 10, max: 10 }, fullText })).toThrow(/FULL_TEXT/));
});
