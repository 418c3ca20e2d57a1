import { base, observation, type Table } from './table';

const about = (id: string, subject: object | undefined, more: object = {}): object => observation(id, { subject, ...more });
const o = (query: string, ids: string) => ['Observation', query, ids] as const;
const qr = (query: string, ids: string) => ['QuestionnaireResponse', query, ids] as const;
const response = (id: string, questionnaire: string, more: object = {}): object => ({ resourceType: 'QuestionnaireResponse', id, status: 'completed', questionnaire, ...more });
const definition = 'http://example.org/Questionnaire/q';

export const references: Table = {
  title: 'reference',
  resources: [
    { resourceType: 'Patient', id: 'p', name: [{ family: 'Noir' }] }, { resourceType: 'Group', id: 'p', type: 'person', actual: true },
    about('local', { reference: 'Patient/p', display: 'Noir, Paul' }), about('absolute', { reference: `${base}/Patient/p` }), about('versioned', { reference: 'Patient/p/_history/2' }), about('group', { reference: 'Group/p' }),
    about('foreign', { reference: 'https://elsewhere.example/Patient/p' }), about('urn', { reference: 'urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8' }), about('logical', { identifier: { system: 'urn:x', value: '7' }, type: 'Patient' }), about('bareId', { identifier: { value: '7' } }), about('words', { display: 'Un inconnu' }), about('gone', { reference: 'Patient/gone' }),
    about('inside', { reference: '#x' }, { contained: [{ resourceType: 'Patient', id: 'x', name: [{ family: 'Blanc' }] }] }), about('nobody', undefined), about('both', { reference: 'Patient/p', identifier: { system: 'urn:x', value: '7' } }),
    response('r', definition), response('r1', `${definition}|1`), response('r12', `${definition}|1.2`), response('r123', `${definition}|1.2.3`), response('r13', `${definition}|1.30`), response('r2', `${definition}|2#item`),
  ],
  rows: [
    o('subject=Patient/p', 'local absolute versioned both'), o('subject=p', 'local absolute versioned group both'), o(`subject=${base}/Patient/p`, 'local absolute versioned both'), o('subject:Patient=p', 'local absolute versioned both'), o('subject:Group=p', 'group'), o('subject:Patient=Patient/p', 'local absolute versioned both'), o('patient=p', 'local absolute versioned both'), o('patient=Patient/p', 'local absolute versioned both'),
    o('subject=Patient/p/_history/2', 'versioned'), o('subject=Patient/p/_history/1', ''), o('subject=https://elsewhere.example/Patient/p', 'foreign'), o('subject=https://elsewhere.example/Patient/q', ''), o('subject=urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'urn'), o('subject=Patient/gone', 'gone'), o('subject=Patient/zz', ''), o('subject=Patient/p,Group/p', 'local absolute versioned group both'), o('subject=Patient/p&subject=Group/p', ''),
    o('subject:identifier=urn:x|7', 'logical both'), o('subject:identifier=7', 'logical bareId both'), o('subject:identifier=|7', 'bareId'), o('subject:identifier=urn:x|', 'logical both'), o('patient:identifier=urn:x|7', 'logical both'), o('subject:identifier=urn:x|8', ''),
    o('subject:text=noir', 'local'), o('subject:text=un inc', 'words'), o('subject:text=paul', ''), o('subject:missing=true', 'nobody'), o('subject:missing=false&subject:missing=false&patient:missing=true', 'group urn'),
    qr(`questionnaire=${definition}`, 'r r1 r12 r123 r13 r2'), qr(`questionnaire=${definition}|1`, 'r1'), qr(`questionnaire=${definition}|1.2`, 'r12'), qr(`questionnaire=${definition}|2`, 'r2'), qr(`questionnaire=${definition}|9`, ''),
    // Versions are a hierarchy.
    qr(`questionnaire:below=${definition}`, 'r r1 r12 r123 r13 r2'), qr(`questionnaire:below=${definition}|1`, 'r1 r12 r123 r13'), qr(`questionnaire:below=${definition}|1.2`, 'r12 r123'), qr(`questionnaire:below=${definition}|1.3`, ''), qr(`questionnaire:above=${definition}|1.2.3`, 'r r1 r12 r123'), qr(`questionnaire:above=${definition}|1`, 'r r1'), qr(`questionnaire:above=${definition}`, 'r'),
  ],
  refused: [
    ['Observation', 'subject=Patient/', /id, Type\/id or a URL/], ['Observation', 'subject:Practitioner=x', /:missing, :identifier, :text, :above, :below, :\[type\]/], ['Observation', 'subject:below=Patient/p', /no hierarchy/], ['Observation', 'subject:exact=x', /:missing/], ['Observation', 'subject=a b', /id, Type\/id/], ['Observation', 'subject:Patient=Group/p', /of a Patient/],
  ],
};
