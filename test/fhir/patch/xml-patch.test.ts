import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson, writeJson, type JsonObject } from '../../../src/fhir/json';
import { readOperations, readXmlPatch, runOperations } from '../../../src/fhir/patch/xml-patch';
import { readEditable, type EditableElement, type EditableNode } from '../../../src/fhir/xml/editable';
import { filesBelow, samples } from '../../support/samples';

const bytes = (text: string): Buffer => Buffer.from(text);
const elementsOf = (element: EditableElement | undefined): EditableElement[] => (element?.children ?? []).filter((child) => child.kind === 'element');
const named = (element: EditableElement, name: string): EditableElement | undefined => elementsOf(element).find((child) => child.name === name);
/** What a tree says, blanks between elements left out. */
const said = (node: EditableNode): unknown => (node.kind !== 'element' ? { [node.kind]: node.text } : {
  name: `{${node.ns}}${node.name}`, attributes: { ...node.attributes }, declarations: { ...node.declarations },
  children: node.children.filter((child) => child.kind !== 'text' || /\S/.test(child.text)).map(said),
});

const folder = samples('fhir-test-cases');
const cases = filesBelow(folder, 'xml-patch-tests.xml').flatMap((name) => elementsOf(readEditable(readFileSync(join(folder as string, name)))));
describe('the published cases of XML Patch', () => {
  if (cases.length === 0) it.skip('are not here', () => undefined);
  else {
    it.each(cases.map((one) => [one.attributes.name, one] as const))('%s', (_, one) => {
      const [target] = elementsOf(named(one, 'target'));
      const work = (): EditableElement => runOperations(readOperations(named(one, 'patch') as EditableElement), target ?? readEditable(bytes('')), 1000);
      const [patched] = elementsOf(named(one, 'patched'));
      if (patched) expect(said(work())).toEqual(said(patched));
      else expect(work).toThrow(expect.objectContaining({ name: 'Failure' }));
    });
  }
});

const diff = (operations: string, more = 'xmlns="http://hl7.org/fhir" xmlns:f="http://hl7.org/fhir"'): string => `<diff ${more}>${operations}</diff>`;
const apply = (resource: string, patch: string): string => writeJson(readXmlPatch(bytes(patch)).apply(parseJson(resource) as JsonObject, resource.length));
const patient = '{"resourceType":"Patient","active":true,"name":[{"use":"official","family":"Durand","given":["Anne","Marie"]},{"use":"usual","given":["Nana"]}],"birthDate":"1970-01-01"}';

describe('an XML Patch of a resource', () => {
  it.each([
    ['replaces a value', '<replace sel="/f:Patient/f:birthDate/@value">1971-01-01</replace>', patient.replace('1970', '1971')],
    ['counts from 1', '<replace sel="f:Patient/f:name[1]/f:given[2]/@value">Maria</replace>', patient.replace('Marie', 'Maria')],
    ['finds by a value below', `<replace sel="f:Patient/f:name[f:use/@value='usual']/f:given/@value">Nanette</replace>`, patient.replace('Nana', 'Nanette')],
    ['finds by two conditions', `<replace sel='f:Patient/f:name[f:use/@value="official" and not(f:text)]/f:family/@value'>Martin</replace>`, patient.replace('Durand', 'Martin')],
    ['finds by either of two conditions', `<replace sel="f:Patient/f:name[f:use/@value='old' or f:family]/f:family/@value">Martin</replace>`, patient.replace('Durand', 'Martin')],
    ['finds the last', '<remove sel="f:Patient/f:name[last()]"/>', patient.replace(',{"use":"usual","given":["Nana"]}', '')],
    ['finds at any depth', `<replace sel="//f:given[@value='Nana']/@value">Nini</replace>`, patient.replace('Nana', 'Nini')],
    ['finds by what is anywhere below', `<remove sel="f:Patient/f:name[.//@value='Nana']"/>`, patient.replace(',{"use":"usual","given":["Nana"]}', '')],
    ['finds by what is not', `<replace sel="f:Patient/f:name[f:use/@value!='official']/f:given/@value">Nini</replace>`, patient.replace('Nana', 'Nini')],
    ['finds by position', '<replace sel="f:Patient/f:name[position()=2]/f:given/@value">Nini</replace>', patient.replace('Nana', 'Nini')],
    ['goes through any element', '<replace sel="f:Patient/*/f:family/@value">Martin</replace>', patient.replace('Durand', 'Martin')],
    ['reads names without a prefix in the default namespace', '<remove sel="Patient/active"/>', patient.replace('"active":true,', '')],
    ['removes an element', '<remove sel="f:Patient/f:active"/>', patient.replace('"active":true,', '')],
    ['adds at the end', '<add sel="f:Patient/f:name[2]"><given value="Nini"/></add>', patient.replace('["Nana"]', '["Nana","Nini"]')],
    ['adds before a sibling', '<add sel="f:Patient/f:name[1]/f:given[1]" pos="before"><given value="Zoé"/></add>', patient.replace('["Anne"', '["Zoé","Anne"')],
    ['adds after a sibling', '<add sel="f:Patient/f:name[1]/f:given[1]" pos="after"><given value="Zoé"/></add>', patient.replace('["Anne"', '["Anne","Zoé"')],
    ['adds at the beginning', '<add sel="f:Patient" pos="prepend"><name><text value="t"/></name></add>', patient.replace('"name":[', '"name":[{"text":"t"},')],
    ['adds an attribute', '<add sel="f:Patient/f:name[2]" type="@id">n2</add>', patient.replace('{"use":"usual"', '{"id":"n2","use":"usual"')],
    ['does one operation after the other', '<add sel="f:Patient/f:name[2]"><text value="a"/></add><replace sel="f:Patient/f:name[2]/f:text/@value">b</replace>', patient.replace('["Nana"]', '["Nana"],"text":"b"')],
  ])('%s', (_, operations, expected) => expect(JSON.parse(apply(patient, diff(operations)))).toEqual(JSON.parse(expected)));

  it('keeps the digits, the narrative and the extensions of primitives that it leaves alone', () => {
    const resource = '{"resourceType":"Observation","text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">a &amp;  b<br/>\\n<b  title=\'q\'>c</b></div>"},"status":"final","_status":{"extension":[{"url":"http://t.example","valueDecimal":1.00}]},"component":[{"valueQuantity":{"value":-0.0}},{"valueQuantity":{"value":1e3}}]}';
    expect(apply(resource, diff('<replace sel="f:Observation/f:component[2]/f:valueQuantity/f:value/@value">2.50</replace>'))).toBe(resource.replace('1e3', '2.50'));
  });

  it('changes a narrative', () => {
    const resource = '{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><p>a</p></div>"}}';
    expect(JSON.parse(apply(resource, diff('<replace sel="f:Patient/f:text/h:div/h:p/text()">b</replace>', 'xmlns:h="http://www.w3.org/1999/xhtml"')))).toMatchObject({ text: { div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>b</p></div>' } });
  });

  it('can be applied again: what it adds is not shared', () => {
    const patch = readXmlPatch(bytes(diff('<add sel="f:Patient"><name/></add><add sel="f:Patient/f:name"><text value="t"/></add>')));
    const once = (): string => writeJson(patch.apply({ resourceType: 'Patient' }, 0));
    expect([once(), once()]).toEqual(Array(2).fill('{"resourceType":"Patient","name":[{"text":"t"}]}'));
  });

  it.each([
    ['nothing', '<remove sel="f:Patient/f:gender"/>'], ['several', '<remove sel="f:Patient/f:name"/>'], ['another namespace', '<remove xmlns:o="urn:o" sel="o:Patient/o:active"/>'], ['the resource itself', '<remove sel="f:Patient"/>'],
    ['an attribute that is there', '<add sel="f:Patient/f:active" type="@value">x</add>'], ['two elements in place of one', '<replace sel="f:Patient/f:active"><active/><active/></replace>'], ['a text in place of an element', '<replace sel="f:Patient/f:active">true</replace>'],
    ['blanks that are not there', '<remove sel="f:Patient/f:active" ws="both"/>'], ['a place beside the resource', '<add sel="f:Patient" pos="after"><Patient/></add>'], ['text where FHIR has none', '<add sel="f:Patient">text</add>'],
    ['an element of no namespace', '<add sel="f:Patient"><gender xmlns="" value="male"/></add>'], ['an attribute that FHIR does not know', '<add sel="f:Patient/f:name[1]" type="@x">y</add>'],
  ])('cannot be applied: %s', (_, operations) => expect(() => apply(patient, diff(operations))).toThrow(expect.objectContaining({ status: 422, failure: 'patch-failed' })));

  it.each([
    ['no operation', diff('')], ['an unknown operation', diff('<move sel="f:Patient"/>')], ['an operation of every object', diff('<toString sel="f:Patient"/>')], ['no selector', diff('<remove/>')], ['text beside operations', diff('x<remove sel="f:Patient"/>')],
    ['an unknown attribute', diff('<remove sel="f:Patient/f:active" pos="before"/>')], ['a pos that there is not', diff('<add sel="f:Patient" pos="first"><active/></add>')], ['content of a removal', diff('<remove sel="f:Patient/f:active"><active/></remove>')],
    ...['', 'f:Patient/', 'o:Patient', 'f:Patient[', 'f:Patient[1', 'f:Patient[f:active=1]', 'f:Patient/processing-instruction()', 'f:Patient | f:Patient', 'f:Patient[/f:Patient]', 'count(f:Patient)', `f:Patient${'[f:active]'.repeat(100)}`, 'f:a/'.repeat(1000)]
      .map((sel): [string, string] => [`the selector ${sel.slice(0, 40)}`, diff(`<remove sel="${sel}"/>`)]),
  ])('cannot be read: %s', (_, patch) => expect(() => readXmlPatch(bytes(patch))).toThrow(expect.objectContaining({ status: 400, failure: 'bad-patch' })));

  it.each([['no XML', '<diff'], ['a DTD', '<!DOCTYPE diff><diff/>'], ['nothing', '']])('cannot be read: %s', (_, patch) => expect(() => readXmlPatch(bytes(patch))).toThrow(expect.objectContaining({ status: 400 })));

  it('has at most 1,000 operations', () => {
    const operation = '<replace sel="f:Patient/f:name[1]/f:family/@value">x</replace>';
    expect(apply(patient, diff(operation.repeat(1000)))).toContain('"family":"x"');
    expect(() => apply(patient, diff(operation.repeat(1001)))).toThrow(expect.objectContaining({ failure: 'too-costly' }));
  });

  it('that looks at too much is refused', () => {
    const wide = JSON.stringify({ resourceType: 'Patient', name: Array.from({ length: 2000 }, () => ({ text: 't' })) });
    expect(() => apply(wide, diff('<replace sel="//f:name[1999]/f:text/@value">x</replace>'.repeat(100)))).toThrow(expect.objectContaining({ status: 422, failure: 'too-costly' }));
  });

  it('cannot nest a resource without end', () => {
    const deeper = `<add sel="f:Patient/f:text/h:div${'/h:b'.repeat(200)}"><h:b>${'<h:b>'.repeat(100)}${'</h:b>'.repeat(100)}</h:b></add>`;
    const narrative = `<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">${'<b>'.repeat(200)}x${'</b>'.repeat(200)}</div></text>`;
    expect(() => apply('{"resourceType":"Patient"}', diff(`<add sel="f:Patient">${narrative}</add>${deeper}`, 'xmlns="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"'))).toThrow(expect.objectContaining({ status: 422, failure: 'patch-failed' }));
  });
});
