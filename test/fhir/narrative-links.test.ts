import { rewriteLinks } from '../../src/fhir/narrative-links';

const targets: Readonly<Record<string, string>> = { 'urn:uuid:1': 'Patient/p', 'Patient?a=1&b="2"': 'Patient/q' };
const change = (address: string): string => targets[address] ?? address;

describe('links of a narrative', () => {
  it.each([
    ['<a href="urn:uuid:1">x</a>', '<a href="Patient/p">x</a>'], ["<a title='t' href = 'urn:uuid:1' class=\"c\">x</a>", "<a title='t' href = \"Patient/p\" class=\"c\">x</a>"], ['<img src="urn:uuid:1"/>', '<img src="Patient/p"/>'],
    ['<a\n  href="urn:uuid:1"\n>', '<a\n  href="Patient/p"\n>'], ['<a href="urn&#58;uuid&#x3a;1"/>', '<a href="Patient/p"/>'], ['<a href="Patient?a=1&amp;b=&quot;2&quot;"/>', '<a href="Patient/q"/>'],
  ])('are changed: %s', (div, expected) => expect(rewriteLinks(div, change)).toBe(expected));

  it.each([
    '<a href="urn:uuid:12">urn:uuid:1</a>', '<img href="urn:uuid:1" alt="urn:uuid:1"/>', '<a src="urn:uuid:1"/>', '<abbr href="urn:uuid:1"/>', '<area href="urn:uuid:1"/>', '<p title="urn:uuid:1">&lt;a href="urn:uuid:1"></p>',
    '<a title=\' href="urn:uuid:1"\'>x</a>', '<a data-href="urn:uuid:1"/>', '<a name="a"/>', '<a href="#part">&#99999999;</a>',
  ])('and nothing else: %s', (div) => expect(rewriteLinks(div, change)).toBe(div));

  it('are found in time that grows with the text, whatever it says', () => {
    const texts = ['<a href="'.repeat(40_000), `<a ${' '.repeat(300_000)}`, `<a ${'x="y" '.repeat(60_000)}`, '<a x="'.repeat(50_000), `<a ${"='".repeat(100_000)}`];
    for (const text of texts) expect(rewriteLinks(text, change)).toBe(text);
  });
});
