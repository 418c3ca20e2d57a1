import { Failure } from '../../../src/fhir/failure';
import { readTarget } from '../../../src/interactions/bundle/entry-request';

const bases = ['http://localhost:8080/fhir'];
const read = (method: string, url: string) => readTarget({ method, url }, bases);

describe('the request of an entry', () => {
  it.each([
    ['POST', 'Patient', 'create', ['Patient'], ''],
    ['POST', '/Patient', 'create', ['Patient'], ''],
    ['POST', 'http://localhost:8080/fhir/Patient', 'create', ['Patient'], ''],
    ['PUT', 'Patient/a.b-1', 'update', ['Patient', 'a.b-1'], ''],
    ['DELETE', 'Patient/1', 'delete', ['Patient', '1'], ''],
    ['GET', 'Patient/1', 'other', ['Patient', '1'], ''],
    ['GET', 'Patient?name=a%20b&x=?', 'other', ['Patient'], 'name=a%20b&x=?'],
    ['PATCH', 'Patient/1', 'patch', ['Patient', '1'], ''],
    ['PUT', 'Patient/1?_format=json', 'update', ['Patient', '1'], '_format=json'],
    ['PUT', 'Patient/1?identifier=1', 'other', ['Patient', '1'], 'identifier=1'],
    ['POST', 'Patient?identifier=1', 'other', ['Patient'], 'identifier=1'],
    ['GET', '?_type=Patient', 'other', [], '_type=Patient'],
    ['POST', '_search?_type=Patient', 'other', ['_search'], '_type=Patient'],
    ['POST', 'Patient/_search', 'other', ['Patient', '_search'], ''],
    ['POST', 'DocumentReference/$submit-document', 'other', ['DocumentReference', '$submit-document'], ''],
    ['POST', '$something', 'other', ['$something'], ''],
  ])('%s %s', (method, url, kind, path, query) => expect(read(method, url)).toEqual({ kind, method, path, query }));

  it.each([
    ['PUT', 'Patient?identifier=1', 'update', 'identifier=1'], ['PATCH', 'Patient?identifier=1&_pretty=true', 'patch', 'identifier=1'], ['DELETE', 'Patient?_format=json&identifier=1', 'delete', 'identifier=1'], ['DELETE', 'Patient', 'delete', ''],
  ])('%s %s has criteria', (method, url, kind, criteria) => expect(read(method, url)).toMatchObject({ kind, path: ['Patient'], criteria }));

  it.each([
    ['POST', 'Patiant', 'unknown-type'], ['PUT', 'Patient/a_b', 'bad-id'], ['POST', 'http://elsewhere.example/fhir/Patient', 'bad-request'],
    ['POST', 'http://localhost:8080/fhirish/Patient', 'bad-request'], ['GET', 'Patient/%ff', 'bad-request'], ['POST', '/', 'bad-request'], ['POST', '?_type=Patient', 'bad-request'],
  ])('refuses %s %s', (method, url, code) => {
    expect(() => read(method, url)).toThrow(Failure);
    expect(() => read(method, url)).toThrow(expect.objectContaining({ failure: code }) as Error);
  });
});
