import fc from 'fast-check';
import { Failure } from '../../../src/fhir/failure';
import { decimal, sameJson, type Json, type JsonObject } from '../../../src/fhir/json';
import { readResource } from '../../../src/fhir/resource';
import { validate } from '../../../src/fhir/validate';
import { writeFhirXml } from '../../../src/fhir/xml/codec';

const read = (xml: string): JsonObject => readResource(Buffer.from(xml), 'xml');
const inPatient = (xml: string): JsonObject => read(`<Patient xmlns="http://hl7.org/fhir">${xml}</Patient>`);

describe('FHIR XML', () => {
  it('reads what the standard shows (https://hl7.org/fhir/R4/json.html#primitive)', () => {
    expect(inPatient('<birthDate id="314159" value="1970-03-30"><extension url="http://example.org/fhir/StructureDefinition/text"><valueString value="Easter 1970"/></extension></birthDate>')).toEqual({
      resourceType: 'Patient', birthDate: '1970-03-30', _birthDate: { id: '314159', extension: [{ url: 'http://example.org/fhir/StructureDefinition/text', valueString: 'Easter 1970' }] },
    });
  });

  it('aligns values and extensions of a list with nulls', () => {
    const extension = [{ url: 'http://hl7.org/fhir/StructureDefinition/display', valueString: 'x' }];
    const xml = '<name><given value="A"/><given id="b"><extension url="http://hl7.org/fhir/StructureDefinition/display"><valueString value="x"/></extension></given><given value="C"/></name>';
    expect(inPatient(xml)).toEqual({ resourceType: 'Patient', name: [{ given: ['A', null, 'C'], _given: [null, { id: 'b', extension }, null] }] });
  });

  it('writes elements in the order of the standard, ids and urls as attributes', () => {
    const resource: JsonObject = {
      birthDate: '1970', name: [{ given: ['A', 'B'], family: 'C', id: 'n' }], active: true, resourceType: 'Patient', contained: [{ resourceType: 'Organization', id: 'o' }],
      text: { div: '<div xmlns="http://www.w3.org/1999/xhtml">é<br/></div>', status: 'generated' }, extension: [{ valueInteger: 1, url: 'http://example.org' }], id: 'p',
    };
    expect(writeFhirXml(resource)).toBe('<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir"><id value="p"/>'
      + '<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">é<br/></div></text><contained><Organization><id value="o"/></Organization></contained>'
      + '<extension url="http://example.org"><valueInteger value="1"/></extension><active value="true"/><name id="n"><family value="C"/><given value="A"/><given value="B"/></name>'
      + '<birthDate value="1970"/></Patient>');
  });

  it.each(['1.00', '1e-22', '-0', '0.1234567890123456789', '12345678901234567890', '1E+2', '0'])('keeps the number %s to the digit', (literal) => {
    const resource: JsonObject = { resourceType: 'Observation', valueQuantity: { value: decimal(literal) } };
    expect(writeFhirXml(resource)).toContain(`<value value="${literal}"/>`);
    expect(sameJson(read(writeFhirXml(resource)), resource)).toBe(true);
  });

  it.each<[string, string, string]>([
    ['a value that is no literal of its type', '<active value="yes"/>', 'Patient.active'],
    ['an integer in words', '<multipleBirthInteger value="two"/>', 'Patient.multipleBirth'],
    ['an element that FHIR does not know', '<shoeSize value="42"/>', 'Patient.shoeSize'],
    ['such an element deeper down', '<name><family value="X"/><nick value="y"/></name>', 'Patient.name[0].nick'],
    ['a value that stands twice', '<birthDate value="1970"/><active value="true"/><birthDate value="1971"/>', 'Patient.birthDate'],
    ['an object that stands twice', '<maritalStatus><text value="a"/></maritalStatus><maritalStatus><text value="b"/></maritalStatus>', 'Patient.maritalStatus'],
    ['a value that is empty', '<birthDate/>', 'Patient.birthDate'],
    ['an object that is empty', '<name/>', 'Patient.name[0]'],
    ['an empty attribute', '<birthDate value=""/>', 'Patient.birthDate'],
    ['a contained resource of no type', '<contained><Thing/></contained>', 'Patient.contained[0]'],
    ['two types of a choice', '<deceasedBoolean value="true"/><deceasedDateTime value="1970"/>', 'Patient.deceased'],
  ])('leaves %s for the validator to name', (_name, xml, place) => {
    expect(validate(inPatient(xml)).map(({ expression }) => expression)).toEqual([[place]]);
  });

  it('keeps a narrative to the letter', () => {
    const div = '<div xmlns="http://www.w3.org/1999/xhtml" class=\'a\'><!-- c --><p   id="x">1 &lt; 2 &#160;&amp;</p><br></br>\n<hr/></div>';
    expect((inPatient(`<text><status value="generated"/>${div}</text>`).text as JsonObject).div).toBe(div);
    const long = `<div xmlns="http://www.w3.org/1999/xhtml">${'é\u{1f600}\r\nx'.repeat(40_000)}</div>`;
    expect((inPatient(`<text>${long}</text>`).text as JsonObject).div).toBe(long.replaceAll('\r', ''));
  });

  it('writes a narrative anew that leans on prefixes from outside', () => {
    const text = (inPatient('<text><h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p title="a &quot; b" xml:lang="fr">1 &lt; 2</h:p><h:br/></h:div></text>').text as JsonObject).div;
    expect(text).toBe('<div xmlns="http://www.w3.org/1999/xhtml"><p title="a &quot; b" xml:lang="fr">1 &lt; 2</p><br/></div>');
    const prefixed = '<f:Patient xmlns:f="http://hl7.org/fhir" xmlns="http://www.w3.org/1999/xhtml"><f:text><f:status value="empty"/><div>a</div></f:text></f:Patient>';
    expect(read(prefixed)).toEqual({ resourceType: 'Patient', text: { status: 'empty', div: '<div xmlns="http://www.w3.org/1999/xhtml">a</div>' } });
  });

  it.each<[string, string, string]>([
    ['an attribute that FHIR does not know', '<name color="red"><family value="X"/></name>', 'Patient.name[0]'],
    ['an attribute on a value', '<birthDate value="1970" format="x"/>', 'Patient.birthDate'],
    ['text between elements', '<name>X</name>', 'Patient.name[0]'],
    ['an element of another namespace', '<name xmlns="urn:hl7-org:v3"/>', 'Patient.name[0]'],
    ['a narrative in the namespace of FHIR', '<text><div>a</div></text>', 'Patient.text.div'],
    ['two resources in one place', '<contained><Basic/><Basic/></contained>', 'Patient.contained[0]'],
    ['a resource with attributes', '<contained><Basic id="a"/></contained>', 'Patient.contained[0]'],
    ['a url as an element', '<extension><url value="http://a"/></extension>', 'Patient.extension[0]'],
    ['the name of something in JavaScript', '<constructor value="1"/>', 'Patient'],
    ['a resource type as an element', '<resourceType value="Basic"/>', 'Patient'],
    ['a key of JSON as an element', '<_birthDate/>', 'Patient'],
    ['a prototype', '<__proto__><active value="true"/></__proto__>', 'Patient'],
    ['an element as an attribute', '<name family="X"/>', 'Patient.name[0]'],
  ])('refuses %s and says where', (_name, xml, place) => {
    let failure: unknown;
    try {
      inPatient(xml);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).failure).toBe('bad-resource');
    expect((failure as Failure).issues[0]?.expression).toEqual([place]);
  });

  it.each([
    ['another namespace', '<Patient/>'], ['no resource', '<Thing xmlns="http://hl7.org/fhir"/>'], ['a datatype', '<HumanName xmlns="http://hl7.org/fhir"/>'],
  ])('refuses a root of %s', (_name, xml) => expect(() => read(xml)).toThrow(Failure));

  it('is never deeper than the JSON that is read', () => {
    const nested = (levels: number): string => (levels === 0 ? '' : `<item><linkId value="1"/>${nested(levels - 1)}</item>`);
    const questionnaire = (levels: number): string => `<Questionnaire xmlns="http://hl7.org/fhir">${nested(levels)}</Questionnaire>`;
    const deepest = read(questionnaire(49));
    expect(sameJson(readResource(Buffer.from(JSON.stringify(deepest)), 'json'), deepest)).toBe(true);
    expect(() => read(questionnaire(50))).toThrow(expect.objectContaining({ failure: 'too-deep' }) as Error);
  });

  it('never makes a valid resource of XML that it does not write back', () => {
    const name = fc.constantFrom('name', 'given', 'family', 'extension', 'valueString', 'contained', 'Basic', 'code', 'text', 'div', 'birthDate', 'url', 'id', 'link', 'other', 'thing');
    const attribute = fc.constantFrom('', 'value="1970"', 'id="a"', 'url="http://a.org"', 'value="x" id="b"', 'other="c"');
    const { element } = fc.letrec<{ element: string }>((tie) => ({
      element: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.tuple(name, attribute).map(([tag, values]) => `<${tag} ${values}/>`),
        fc.tuple(name, attribute, fc.array(tie('element'), { maxLength: 3 })).map(([tag, values, children]) => `<${tag} ${values}>${children.join('')}</${tag}>`),
      ),
    }));
    fc.assert(fc.property(fc.array(element, { maxLength: 3 }), (elements) => {
      let resource: JsonObject | undefined;
      try {
        resource = inPatient(elements.join(''));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
      if (resource && validate(resource).length === 0) expect(sameJson(read(writeFhirXml(resource)), resource)).toBe(true);
    }), { numRuns: 1000 });
  });

  it('gives back any text, list and extension that it is given', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((value) => validate({ resourceType: 'Patient', name: [{ family: value }] }).length === 0);
    const extension = fc.array(fc.record({ url: fc.constantFrom('http://a.org', 'urn:b'), valueString: text }), { minLength: 1, maxLength: 2 });
    const sibling = fc.oneof(fc.record({ id: fc.constantFrom('a', 'b'), extension }), fc.record({ extension }));
    const given = fc.array(fc.tuple(fc.option(text), fc.option(sibling)).filter(([value, other]) => value !== null || other !== null), { minLength: 1, maxLength: 4 }).map((pairs) => ({
      ...(pairs.some(([value]) => value !== null) ? { given: pairs.map(([value]) => value) } : {}),
      ...(pairs.some(([, other]) => other !== null) ? { _given: pairs.map(([, other]) => other) } : {}),
    }));
    fc.assert(fc.property(fc.array(given, { minLength: 1, maxLength: 3 }), extension, fc.boolean(), (name, extensions, active) => {
      const resource = { resourceType: 'Patient', extension: extensions, name, active } as Json as JsonObject;
      expect(validate(resource)).toEqual([]);
      expect(sameJson(read(writeFhirXml(resource)), resource)).toBe(true);
    }), { numRuns: 300 });
  });
});
