import { documentIdentifierOfCda, normalDocumentIdentifier } from '../../src/access/document-identifier';

const uris = 'urn:ietf:rfc:3986';
const uuid = '6f2a1c1e-0d5b-4b5f-9a39-0c3a2b1d4e5f';

describe('a document is told apart by one form of its identifier', () => {
  it.each([
    [{ system: uris, value: `urn:uuid:${uuid}` }, { system: uris, value: `urn:uuid:${uuid}` }],
    [{ system: uris, value: `urn:uuid:${uuid.toUpperCase()}` }, { system: uris, value: `urn:uuid:${uuid}` }],
    [{ system: uris, value: `URN:UUID:${uuid.toUpperCase()}` }, { system: uris, value: `urn:uuid:${uuid}` }],
    [{ system: uris, value: uuid }, { system: uris, value: `urn:uuid:${uuid}` }],
    [{ system: '', value: `urn:uuid:${uuid}` }, { system: uris, value: `urn:uuid:${uuid}` }],
    [{ system: uris, value: 'urn:oid:1.2.250.1.4' }, { system: uris, value: 'urn:oid:1.2.250.1.4' }],
    [{ system: '', value: '1.2.250.1.4' }, { system: uris, value: 'urn:oid:1.2.250.1.4' }],
    [{ system: 'urn:oid:1.2.250.1', value: 'Doc-A' }, { system: 'urn:oid:1.2.250.1', value: 'Doc-A' }],
    [{ system: 'urn:oid:1.2.250.1', value: uuid.toUpperCase() }, { system: 'urn:oid:1.2.250.1', value: uuid.toUpperCase() }],
    [{ system: uris, value: 'https://x.example/Doc' }, { system: uris, value: 'https://x.example/Doc' }],
    [{ system: '', value: 'Doc' }, { system: '', value: 'Doc' }],
  ])('%j', (written, normal) => expect(normalDocumentIdentifier(written)).toEqual(normal));

  it.each([
    [uuid.toUpperCase(), undefined, { system: uris, value: `urn:uuid:${uuid}` }],
    ['1.2.250.1.4', undefined, { system: uris, value: 'urn:oid:1.2.250.1.4' }],
    ['1.2.250.1.4', '', { system: uris, value: 'urn:oid:1.2.250.1.4' }],
    ['1.2.250.1.4', 'Doc-A', { system: 'urn:oid:1.2.250.1.4', value: 'Doc-A' }],
  ])('CDA id %s %s', (root, extension, normal) => expect(documentIdentifierOfCda(root, extension)).toEqual(normal));
});
