import { Failure } from '../../../src/fhir/failure';
import { parseXml } from '../../../src/fhir/xml/door';

const refusalOf = (bytes: Buffer | string, charset?: string): string => {
  try {
    parseXml(Buffer.from(bytes as string), charset ? { charset } : {});
  } catch (error) {
    if (error instanceof Failure) return `${error.failure} ${error.status}`;
    throw error;
  }
  return 'taken';
};

describe('the XML door', () => {
  it('resolves namespaces, the prefix of xsi:type, and keeps mixed content in order', () => {
    const root = parseXml(Buffer.from('<a:r xmlns:a="urn:x" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:c="urn:hl7-org:v3" k="1">one<a:b i:type="c:PQ"/><![CDATA[<two>]]>&amp;</a:r>'));
    expect([root.ns, root.name, root.attributes.k]).toEqual(['urn:x', 'r', '1']);
    expect(root.children.map((child) => (typeof child === 'string' ? child : `${child.name}:${child.xsiType}`)).join('')).toBe('oneb:PQ<two>&');
  });

  it.each([
    ['a DTD', '<!DOCTYPE r SYSTEM "http://x/y.dtd"><r/>', 'xml-dtd 400'],
    ['an external entity', '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r>&e;</r>', 'xml-dtd 400'],
    ['an entity bomb', '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><r>&b;</r>', 'xml-dtd 400'],
    ['an undeclared entity', '<r>&nbsp;</r>', 'bad-xml 400'],
    ['200,000 nested elements', '<r>'.repeat(200_000), 'too-deep 400'],
    ['a truncated text', '<r><s>text', 'bad-xml 400'],
    ['crossed elements', '<r><s></r></s>', 'bad-xml 400'],
    ['an undeclared prefix', '<r><x:s/></r>', 'bad-xml 400'],
    ['two roots', '<r/><r/>', 'bad-xml 400'],
    ['a repeated attribute', '<r a="1" a="2"/>', 'bad-xml 400'],
    ['nothing', '', 'bad-xml 400'],
    ['JSON', '{"resourceType":"Patient"}', 'bad-xml 400'],
    ['an unknown character set', '<?xml version="1.0" encoding="utf-7"?><r/>', 'bad-charset 400'],
  ])('refuses %s', (_name, text, outcome) => expect(refusalOf(text)).toBe(outcome));

  it('refuses bytes that are not in the character set named, whoever names it', () => {
    const latin = Buffer.from('<r>é</r>', 'latin1');
    expect(refusalOf(latin)).toBe('bad-charset 400');
    expect(refusalOf(latin, 'us-ascii')).toBe('bad-charset 400');
    expect(refusalOf(latin, 'iso-8859-1')).toBe('taken');
  });

  it.each([
    ['a byte order mark', Buffer.from('\ufeff<?xml version="1.0" encoding="iso-8859-1"?><r>é</r>', 'utf8'), 'iso-8859-1'],
    ['a UTF-16 mark', Buffer.from('\ufeff<r>é</r>', 'utf16le'), undefined],
    ['the HTTP parameter', Buffer.from('<?xml version="1.0" encoding="utf-8"?><r>é</r>', 'latin1'), 'ISO-8859-1'],
    ['the declaration', Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><r>é</r>', 'latin1'), undefined],
  ])('believes %s first', (_name, bytes, charset) => {
    expect(parseXml(bytes, charset ? { charset } : {}).children).toEqual(['é']);
  });

  it('reads what windows-1252 has in place of control characters, and refuses what it has not', () => {
    // The bytes of the code page as Unicode publishes it (MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT).
    const text = (...bytes: number[]): Buffer => Buffer.concat([Buffer.from('<?xml version="1.0" encoding="Windows-1252"?><r>'), Buffer.from(bytes), Buffer.from('</r>')]);
    expect(parseXml(text(0x80, 0x85, 0x8c, 0x91, 0x92, 0x93, 0x94, 0x96, 0x97, 0x99, 0x9c, 0x9f, 0xe9)).children).toEqual(['€…Œ‘’“”–—™œŸé']);
    for (const byte of [0x81, 0x8d, 0x8f, 0x90, 0x9d]) expect(refusalOf(text(byte))).toBe('bad-charset 400');
  });

  it('tells the line and the column of what is wrong', () => {
    expect(() => parseXml(Buffer.from('<r>\n\n <s></t></r>'))).toThrow(/line 3, column [2-9]/);
    expect(() => parseXml(Buffer.from(`<r>${'\n'.repeat(3_000_000)}</s>`))).toThrow(/line 3000001, column [1-5]\)/);
  });

  it('does not quote the document in its refusal', () => {
    expect(() => parseXml(Buffer.from('<r><secret-name></r>'))).not.toThrow(/secret/);
    expect(() => parseXml(Buffer.from('<r><secret-name></r>'))).toThrow(/line 1/);
  });
});
