/** The sections of a Composition, by french-interop 6.9 and 6.10: each has a text, whatever it holds. */
import { body, section } from './body';

describe('a section without text', () => {
  // cmp-1: a section holds text, entries or sections.
  it.each([['with a title', section('')], ['with nothing', '<component><section/></component>'], ['around another one', section(section(''))]])('%s says that there is none', (_, sections) => {
    const mapped = body(sections);
    expect(mapped.faults).toEqual([]);
    expect(mapped.composition.section).toHaveLength(1);
    expect(mapped.composition.section[0].text.status).toBe('empty');
  });

  it('keeps its narrative where it has one', () => {
    expect(body(section('', { text: '<paragraph>Rien</paragraph>' })).composition.section[0].text).toEqual({ status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>Rien</p></div>' });
  });
});
