/** The sections of a Composition, by french-interop 6.9 and 6.10: each has a text, whatever it holds. */
import { body, cd, code, CRBIO, entry, french, relation, section, statement } from './body';

const problem = entry(statement('act', `<statusCode code="active"/>${relation('SUBJ', statement('observation', cd('cim10|J45.9'), { templates: french('37') }))}`, { templates: french('39') }));

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

describe('a section with entries and sections', () => {
  it('has its entries in a first section of their own', () => {
    const mapped = body(section(problem + section(problem), { text: 'Problèmes' }));
    const [outer] = mapped.composition.section;
    expect(outer).not.toHaveProperty('entry');
    expect(outer.text.div).toContain('Problèmes');
    expect(outer.section.map((inner: typeof outer) => inner.entry.length)).toEqual([1, 1]);
    expect(outer.section[0]).toMatchObject({ title: outer.title, code: outer.code, text: { status: 'empty' } });
    expect(mapped.faults).toEqual([]);
  });

  it('keeps entries in place where there are no sections', () => {
    expect(body(section(problem)).composition.section[0].entry).toHaveLength(1);
  });
});

describe('the narrative', () => {
  const divOf = (text: string): string => body(section('', { text })).composition.section[0].text.div;

  it('has each id once', () => {
    expect(divOf('<content ID="a">un</content><content ID="a">deux</content><content ID="b">trois</content>')).toBe('<div xmlns="http://www.w3.org/1999/xhtml"><span id="s1-a">un</span><span>deux</span><span id="s1-b">trois</span></div>');
  });

  it('never shares an id between sections', () => {
    const mapped = body(section('', { text: '<content ID="a">un</content>' }) + section('', { text: '<content ID="a">deux</content>' }));
    const ids = [...JSON.stringify(mapped.composition.section).matchAll(/id=\\"([^"\\]+)/g)].map(([, id]) => id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
  });

  it('marks what was struck out', () => {
    expect(divOf('Traitement <content revised="delete">arrêté</content> <content revised="insert">poursuivi</content>')).toBe(
      '<div xmlns="http://www.w3.org/1999/xhtml">Traitement <span style="text-decoration:line-through">[supprimé : <span>arrêté</span>]</span> <span>poursuivi</span></div>');
  });
});

describe('what is left out of a result is told with its code', () => {
  const result = (loinc: string, value: string, template = '80'): string => statement('observation', `${code(`loinc|${loinc}`)}<statusCode code="completed"/>${value}`, { templates: french(template) });

  it('in a battery of the laboratory', () => {
    const bad = '<value xsi:type="BL" value="x"/>';
    const battery = statement('organizer', code('loinc|58410-2') + ['718-7', '2345-7'].map((loinc) => `<component>${result(loinc, bad)}</component>`).join('') + `<component>${statement('observation', code('loinc|2571-8'), { templates: french('80'), mood: 'INT' })}</component>`, { templates: french('78') });
    const mapped = body(section(`<entry>${french('21')}${statement('act', code('loinc|18723-7') + relation('COMP', battery))}</entry>`, { code: '18723-7' }), { templates: CRBIO });
    const where = 'Section 18723-7: the entry 1.2.250.1.213.1.1.3.21 (act): left out: ';
    expect(mapped.issues).toEqual([
      `${where}a value that says nothing, in 718-7, in 58410-2.`, `${where}a value that says nothing, in 2345-7, in 58410-2.`, `${where}a part 1.2.250.1.213.1.1.3.80 (observation 2571-8, not an event), in 58410-2.`,
    ]);
  });

  it('alone, and never with a text in place of a code', () => {
    expect(body(section(entry(result('72166-2', '<value xsi:type="BL" value="x"/>', '48')))).issues.join()).toContain('a value that says nothing, in 72166-2.');
    const named = statement('observation', '<code code="Mme Durand 0612345678" codeSystem="1.2"/><value xsi:type="BL" value="x"/>', { templates: french('48') });
    expect(body(section(entry(named))).issues.join()).toContain('a value that says nothing.');
  });
});
