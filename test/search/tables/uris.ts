import { type Table } from './table';

const valueSet = (id: string, url: string): object => ({ resourceType: 'ValueSet', id, status: 'active', url });
const q = (query: string, ids: string) => ['ValueSet', query, ids] as const;

export const uris: Table = {
  title: 'uri',
  resources: [
    valueSet('fhir', 'http://acme.org/fhir'), valueSet('slash', 'http://acme.org/fhir/'), valueSet('vs', 'http://acme.org/fhir/ValueSet'), valueSet('v123', 'http://acme.org/fhir/ValueSet/123'), valueSet('v1234', 'http://acme.org/fhir/ValueSet/1234'), valueSet('deep', 'http://acme.org/fhir/ValueSet/123/history/5'), valueSet('case', 'http://acme.org/fhir/valueset/123'), valueSet('oid', 'urn:oid:1.2.3'), valueSet('oid4', 'urn:oid:1.2.3.4'), valueSet('host', 'http://acme.organisation/fhir'), valueSet('https', 'https://acme.org/fhir/ValueSet/123'),
    { resourceType: 'Observation', id: 'profiled', status: 'final', code: { text: 'x' }, meta: { profile: ['http://acme.org/fhir/StructureDefinition/o|2.0'], source: 'http://acme.org/app#1' } },
  ],
  rows: [
    // The whole of it, as it is written.
    q('url=http://acme.org/fhir/ValueSet/123', 'v123'), q('url=http://acme.org/fhir/valueset/123', 'case'), q('url=http://acme.org/fhir', 'fhir'), q('url=http://acme.org/fhir/', 'slash'), q('url=http://acme.org/fhir/ValueSet', 'vs'), q('url=http://acme.org', ''), q('url=urn:oid:1.2.3', 'oid'), q('url=urn:oid:1.2', ''), q('url=http://acme.org/fhir/ValueSet/123,urn:oid:1.2.3', 'v123 oid'), q('url=https://acme.org/fhir/ValueSet/123', 'https'),
    // By its path: what is below, what is above. A URN has no path.
    q('url:below=http://acme.org/fhir/', 'slash vs v123 v1234 deep case'), q('url:below=http://acme.org/fhir', 'fhir slash vs v123 v1234 deep case'), q('url:below=http://acme.org/fhir/ValueSet/123', 'v123 deep'), q('url:below=http://acme.org/fhir/ValueSet/12', ''), q('url:below=http://acme.org', 'fhir slash vs v123 v1234 deep case'), q('url:below=urn:oid:1.2.3', 'oid'),
    q('url:above=http://acme.org/fhir/ValueSet/123/history/5', 'fhir slash vs v123 deep'), q('url:above=http://acme.org/fhir/ValueSet/123', 'fhir slash vs v123'), q('url:above=http://acme.org/fhir/ValueSet/1234', 'fhir slash vs v1234'), q('url:above=urn:oid:1.2.3.4', 'oid4'), q('url:above=http://acme.org/other', ''),
    q('url:missing=true', ''), q('url:missing=false', 'fhir slash vs v123 v1234 deep case oid oid4 host https'),
    ['Observation', '_profile=http://acme.org/fhir/StructureDefinition/o', 'profiled'], ['Observation', '_profile=http://acme.org/fhir/StructureDefinition/o|2.0', 'profiled'], ['Observation', '_profile=http://acme.org/fhir/StructureDefinition/o|1.0', ''], ['Observation', '_profile:below=http://acme.org/fhir', 'profiled'], ['Observation', '_source=http://acme.org/app#1'.replace('#', '%23'), 'profiled'], ['Observation', '_source=http://acme.org/app', ''], ['Observation', '_source:below=http://acme.org', 'profiled'],
  ],
  refused: [['ValueSet', 'url:contains=acme', /:missing, :above, :below/], ['ValueSet', 'url:exact=x', /:above/], ['ValueSet', 'url=', /value/]],
};
