import { isId, newId } from '../../src/fhir/id';
import { parseReference, rewriteReferences, walkReferences } from '../../src/fhir/reference';

describe('parseReference', () => {
  it.each([
    ['Patient/1', { form: 'local', type: 'Patient', id: '1' }],
    ['Patient/1/_history/2', { form: 'local', type: 'Patient', id: '1', version: '2' }],
    ['#a', { form: 'contained', id: 'a' }],
    ['urn:uuid:0', { form: 'urn', url: 'urn:uuid:0' }],
    ['http://here/fhir/Patient/1', { form: 'local', type: 'Patient', id: '1' }],
    ['http://here/fhir-other/Patient/1', { form: 'absolute', url: 'http://here/fhir-other/Patient/1' }],
    ['https://there/Patient/1', { form: 'absolute', url: 'https://there/Patient/1' }],
    ['Patient?identifier=a|b', { form: 'conditional', type: 'Patient', query: 'identifier=a|b' }],
    ['Patient', undefined], ['patient/1', undefined], ['Patient/', undefined], ['Patient/a b', undefined], ['Patient/1/extra', undefined],
  ])('%s', (text, expected) => expect(parseReference(text, ['http://here/fhir'])).toEqual(expected));
});

describe('references in a resource', () => {
  const resource = {
    resourceType: 'DocumentReference', subject: { reference: 'urn:uuid:1' }, content: [{ attachment: { url: 'urn:uuid:1' } }], author: [{ reference: 'urn:uuid:2#part' }],
    text: { div: '<div>urn:uuid:1</div>' }, description: 'urn:uuid:1', masterIdentifier: { system: 'urn:uuid:1', value: 'urn:uuid:1' },
    contained: [{ resourceType: 'Observation', subject: { reference: 'urn:uuid:1' }, note: [{ text: 'urn:uuid:1' }] }],
    extension: [{ url: 'urn:uuid:1', valueUri: 'urn:uuid:1' }, { url: 'http://x.example', valueString: 'urn:uuid:1' }], _status: { extension: [{ url: 'urn:uuid:1', valueReference: { reference: 'urn:uuid:1' } }] },
  };
  it('are all found, with their paths', () => {
    const found: string[] = [];
    walkReferences(resource, ({ reference }, path) => found.push(`${path}=${reference}`));
    expect(found).toEqual(['subject=urn:uuid:1', 'author[0]=urn:uuid:2#part', 'contained[0].subject=urn:uuid:1', '_status.extension[0].valueReference=urn:uuid:1']);
  });
  it('get their targets; identifiers and prose untouched, the original left as it was', () => {
    const rewritten = rewriteReferences(resource, new Map([['urn:uuid:1', 'Patient/p'], ['urn:uuid:2', 'List/l']]));
    expect(rewritten).toEqual({
      ...resource, subject: { reference: 'Patient/p' }, content: [{ attachment: { url: 'Patient/p' } }], author: [{ reference: 'List/l#part' }],
      contained: [{ resourceType: 'Observation', subject: { reference: 'Patient/p' }, note: [{ text: 'urn:uuid:1' }] }],
      extension: [{ url: 'urn:uuid:1', valueUri: 'Patient/p' }, { url: 'http://x.example', valueString: 'urn:uuid:1' }],
      _status: { extension: [{ url: 'urn:uuid:1', valueReference: { reference: 'Patient/p' } }] },
    });
    expect(resource.subject.reference).toBe('urn:uuid:1');
  });
  it('are replaced in links of narratives, also of sections and of what is contained', () => {
    const text = (address: string) => ({ status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${address}">urn:uuid:1</a><img src="${address}#x"/></div>` });
    const composition = (address: string) => ({ resourceType: 'Composition', text: text(address), section: [{ text: text(address), section: [{ text: text(address) }] }], contained: [{ resourceType: 'Patient', text: text(address) }] });
    expect(rewriteReferences(composition('urn:uuid:1'), new Map([['urn:uuid:1', 'Patient/p']]))).toEqual(composition('Patient/p'));
  });
  it('stay where the standard leaves them: canonicals, and what a Bundle holds', () => {
    const targets = new Map([['urn:uuid:1', 'Questionnaire/q']]);
    const answers = { resourceType: 'QuestionnaireResponse', questionnaire: 'urn:uuid:1', status: 'completed', meta: { profile: ['urn:uuid:1'] }, extension: [{ url: 'http://x.example', valueCanonical: 'urn:uuid:1' }] };
    expect(rewriteReferences(answers, targets)).toEqual(answers);
    const bundle = { resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: 'urn:uuid:1', resource: { resourceType: 'Basic', code: {}, subject: { reference: 'urn:uuid:1' } } }] };
    expect(rewriteReferences(bundle, targets)).toEqual(bundle);
    const found: string[] = [];
    walkReferences(bundle, ({ reference }) => found.push(reference));
    expect(found).toEqual([]);
  });
  it('keep the fragment behind an address of any kind', () => {
    expect(rewriteReferences({ resourceType: 'Basic', subject: { reference: 'http://x.example/Patient/1#a' } }, new Map([['http://x.example/Patient/1', 'Patient/p']]))).toEqual({ resourceType: 'Basic', subject: { reference: 'Patient/p#a' } });
  });
});

describe('newId', () => {
  it('makes UUIDs of version 7, each greater than the one before', () => {
    const ids = Array.from({ length: 10_000 }, newId);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every(isId)).toBe(true);
  });
});
