import { Failure } from '../../src/fhir/failure';
import { Decimal, type JsonObject } from '../../src/fhir/json';
import { readResource } from '../../src/fhir/resource';

const refusal = (bytes: Uint8Array, format: 'json' | 'xml', charset?: string): string => {
  try {
    readResource(bytes, format, charset);
  } catch (error) {
    if (error instanceof Failure) return error.failure;
    throw error;
  }
  return 'taken';
};

describe('readResource', () => {
  it('reads JSON and XML to the same', () => {
    const json = readResource(Buffer.from('{"resourceType":"Observation","valueQuantity":{"value":1.50}}'), 'json');
    const xml = readResource(Buffer.from('<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="1.50"/></valueQuantity></Observation>'), 'xml');
    expect(json).toEqual(xml);
    expect((json.valueQuantity as JsonObject).value).toEqual(new Decimal('1.50'));
  });

  it('reads XML in the character set that it says, or that the header says', () => {
    const patient = (declaration: string): string => `${declaration}<Patient xmlns="http://hl7.org/fhir"><name><family value="Hélène"/></name></Patient>`;
    const expected = { resourceType: 'Patient', name: [{ family: 'Hélène' }] };
    expect(readResource(Buffer.from(patient('<?xml version="1.0" encoding="ISO-8859-1"?>'), 'latin1'), 'xml')).toEqual(expected);
    expect(readResource(Buffer.from(patient(''), 'latin1'), 'xml', 'iso-8859-1')).toEqual(expected);
    expect(readResource(Buffer.from(patient('')), 'xml')).toEqual(expected);
  });

  it.each<[string, Uint8Array, 'json' | 'xml', string]>([
    ['JSON that is not UTF-8', Buffer.from('{"resourceType":"Patient","id":"é"}', 'latin1'), 'json', 'bad-charset'],
    ['JSON in UTF-16', Buffer.from('{"resourceType":"Patient"}', 'utf16le'), 'json', 'bad-json'],
    ['XML that is not UTF-8', Buffer.from('<Patient xmlns="http://hl7.org/fhir"><id value="é"/></Patient>', 'latin1'), 'xml', 'bad-charset'],
    ['nothing', Buffer.alloc(0), 'json', 'bad-json'],
    ['no XML', Buffer.alloc(0), 'xml', 'bad-xml'],
    ['a list', Buffer.from('[]'), 'json', 'bad-resource'],
    ['null', Buffer.from('null'), 'json', 'bad-resource'],
    ['an object without type', Buffer.from('{}'), 'json', 'bad-resource'],
    ['a type that is no string', Buffer.from('{"resourceType":1}'), 'json', 'bad-resource'],
    ['an unknown type', Buffer.from('{"resourceType":"Thing"}'), 'json', 'bad-resource'],
    ['an abstract type', Buffer.from('{"resourceType":"DomainResource"}'), 'json', 'bad-resource'],
    ['a prototype', Buffer.from('{"resourceType":"Patient","__proto__":{}}'), 'json', 'json-forbidden-key'],
    ['a key twice', Buffer.from('{"resourceType":"Patient","resourceType":"Basic"}'), 'json', 'json-duplicate-key'],
    ['XML with a DTD', Buffer.from('<!DOCTYPE a [<!ENTITY b "c">]><Patient xmlns="http://hl7.org/fhir"><id value="&b;"/></Patient>'), 'xml', 'xml-dtd'],
    ['a CDA', Buffer.from('<ClinicalDocument xmlns="urn:hl7-org:v3"/>'), 'xml', 'bad-resource'],
  ])('refuses %s', (_name, bytes, format, code) => expect(refusal(bytes, format)).toBe(code));

  it('takes a byte order mark', () => {
    expect(readResource(Buffer.from('\ufeff{"resourceType":"Basic"}'), 'json')).toEqual({ resourceType: 'Basic' });
  });
});
