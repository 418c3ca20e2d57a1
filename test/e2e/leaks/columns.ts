/**
 * The columns of the leak matrix: what is asked on each route, by templates. `{document}`, `{observation}` … are ids of what is hidden, `{needle}` a code that
 * only the hidden data bear; `{owner}`, `{pointer}`, `{practitioner}` … are what the caller goes on seeing.
 */
export interface Ask {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
export interface Column extends Ask {
  /**
   * Whose answer it has to have while the data are hidden; without it, its own once they have been erased for good.
   * `some`: one of these states; what it says is looked through for what is hidden.
   */
  readonly like?: Ask | { readonly some: readonly number[] };
  /** It tells nothing of any data, hidden or not. */
  readonly silent?: true;
  /** Not asked once the data are deleted: the condition finds nothing then, and it would write. */
  readonly conditional?: true;
}

const json = 'application/fhir+json';
const gets = (...paths: string[]): Column[] => paths.map((path) => ({ path }));
const posts = (...paths: string[]): Column[] => paths.map((path) => {
  const [place = '', criteria = ''] = path.split(/\?(.*)/s);
  return { path: place, method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: criteria };
});
const operations = (...paths: string[]): Column[] => paths.map((path) => ({ path, method: 'POST', headers: { 'Content-Type': json }, body: '{"resourceType":"Parameters"}' }));

const hiddenOnes = ['Patient/{patient}', 'DocumentReference/{document}', 'Binary/{binary}', 'Provenance/{provenance}', 'Composition/{composition}', 'Encounter/{encounter}', 'DiagnosticReport/{report}', 'Observation/{observation}', 'Specimen/{specimen}'];
const those = (suffix = ''): string[] => hiddenOnes.map((name) => name + suffix);

const searches = [
  'Observation?code={needle}', 'Observation?code={needle}&_total=accurate&_count=1', 'Observation?_id={observation}', 'Observation?_id={observation},{pointer}', 'Observation?code:text={text}',
  'Observation?code:not={needle}&_total=accurate', 'Observation?_summary=count', 'Observation?code={needle}&_count=0', 'Observation?_total=accurate&_count=2', 'Observation?_sort=-date&_count=3', 'Observation?_sort=code&_count=3', 'Observation?_sort=_lastUpdated&_count=3',
  'Observation?patient={patient}', 'Observation?subject=Patient/{patient}&_total=accurate', 'Observation?subject:Patient.family={name}', 'Composition?encounter={encounter}', 'Observation?encounter.class=AMB&_total=accurate', 'Observation?specimen={specimen}',
  'Observation?derived-from:Observation.code={needle}', 'Observation?derived-from:Observation.subject:Patient.family={name}', 'Observation?derived-from:Observation.code:not={needle}', 'Observation?derived-from:Observation._id={observation}',
  'Observation?_has:DiagnosticReport:result:_id={report}', 'Observation?_has:Provenance:target:_id={provenance}', 'Patient?_has:Observation:patient:code={needle}', 'Patient?_has:DocumentReference:patient:_id={document}', 'Patient?_has:DocumentReference:patient:_tag={needle}',
  'Practitioner?_has:DocumentReference:author:_tag={needle}', 'Organization?_has:DocumentReference:custodian:_tag={needle}', 'PractitionerRole?_has:DocumentReference:author:_tag={needle}', 'Observation?_has:Observation:derived-from:code={needle}',
  'Observation?_id={pointer}&_include=Observation:derived-from', 'Observation?_id={pointer}&_include=*', 'Observation?_id={pointer}&_include=*&_include:iterate=*', 'Observation?_id={pointer}&_include=Observation:encounter&_include:iterate=Encounter:subject',
  'Patient?_id={owner}&_revinclude=*', 'Patient?_id={owner}&_revinclude=Observation:subject&_revinclude=DocumentReference:subject', 'Organization?_id={organization}&_revinclude=DocumentReference:custodian', 'Organization?_id={organization}&_revinclude=*&_revinclude:iterate=*', 'Practitioner?_id={practitioner}&_revinclude=*', 'Patient?_id={patient}&_revinclude=*', 'Observation?_id={pointer}&_revinclude=Observation:derived-from',
  'Patient?family={name}', 'Patient?_id={patient}', 'Patient?identifier={ins}', 'Patient?_total=accurate&_count=1', 'Patient?name:contains={name}', 'Patient?_sort=family&_count=3',
  'DocumentReference?_total=accurate', 'DocumentReference?patient={patient}', 'DocumentReference?patient.identifier={ins}', 'DocumentReference?_tag={needle}', 'DocumentReference?_tag:not={needle}', 'DocumentReference?_tag:missing=false', 'DocumentReference?identifier={master}', 'DocumentReference?author=Practitioner/{practitioner}', 'DocumentReference?_lastUpdated=gt2020-01-01&_summary=count',
  'Provenance?target=DocumentReference/{document}', 'Provenance?target:DocumentReference._tag={needle}', 'Composition?patient={patient}&_include=*', 'Composition?_summary=count', 'Composition?entry:Observation.code={needle}', 'DiagnosticReport?result:missing=false&_total=accurate', 'Encounter?_total=accurate', 'Specimen?_total=accurate', 'Binary?_summary=count'
];
const systemSearches = ['?_type=Observation,DocumentReference&_total=accurate&_count=2', '?_id={observation}', '?_tag={needle}', '?_type=Patient,Observation&_sort=_lastUpdated&_count=3'];
const ofRecord = ['Observation', 'Observation?code={needle}&_total=accurate', 'DocumentReference?_summary=count'];
const compartments = [['Patient/{patient}', ...ofRecord], ['Patient/{owner}', ...ofRecord], ['Practitioner/{practitioner}', 'DocumentReference?_total=accurate'], ['Encounter/{encounter}', 'Observation', 'Composition?_count=0']];

const nobody = { 'If-Match': 'W/"99"' };
const observation = '{"resourceType":"Observation","status":"final","code":{"text":"x"}}';
const observationAs = (id: string): string => observation.replace('{', `{"id":"${id}",`);
const documentAs = '{"resourceType":"DocumentReference","id":"{document}","status":"current","content":[{"attachment":{"url":"http://example.org/x"}}]}';
const patch = { headers: { 'Content-Type': 'application/json-patch+json', ...nobody }, body: '[{"op":"test","path":"/id","value":"x"}]' };
const several = 'identifier={several}';
/** A PUT or DELETE of what is hidden is answered as a change of what never was: it neither creates nor says that there is nothing to delete. */
const notThere = (path: string, headers = {}): { readonly like: Ask } => ({ like: { path, method: 'PATCH', ...patch, headers: { ...patch.headers, ...headers } } });
const provenance = { 'X-Provenance': '{"resourceType":"Provenance","recorded":"2026-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}]}' };
const write = { headers: { 'Content-Type': json, ...nobody } };
const likeSeveral = (ask: Ask): Column => ({ ...ask, conditional: true, like: { ...ask, path: ask.path.replace(/\?.*/, `?${several}`), ...(ask.headers?.['If-None-Exist'] ? { headers: { ...ask.headers, 'If-None-Exist': several } } : {}) } });
const changedOnes = [['DocumentReference', 'document', documentAs], ['Observation', 'observation', observationAs('{observation}')]] as const;

const entry = (method: string, url: string, more = ''): string => `{"request":{"method":"${method}","url":"${url}"${more}}}`;
const bundle = (type: string, entries: readonly string[]): Ask => ({ path: '', method: 'POST', headers: { 'Content-Type': json }, body: `{"resourceType":"Bundle","type":"${type}","entry":[${entries.join(',')}]}` });
const failing = entry('PUT', 'Observation/{pointer}', ',"ifMatch":"W/\\"99\\""').replace('{"request"', `{"resource":${observationAs('{pointer}')},"request"`);
const reads = [...those(), ...those('/_history'), ...those('/_history/1'), ...searches, ...systemSearches.map((path) => path), 'Patient/{patient}/$everything', 'Encounter/{encounter}/$everything', 'Composition/{composition}/$document', 'Observation/$lastn?patient={patient}', 'Patient/{patient}/Observation', '_history?_count=5'];

/** By method and pattern of the route. */
export const columns: Readonly<Record<string, readonly Column[]>> = {
  'GET metadata': [{ path: 'metadata', silent: true }],
  'GET :type/:id': [
    ...gets(...those().filter((name) => !name.startsWith('Binary')), 'Observation/{observation}?_summary=true', 'DocumentReference/{document}?_format=xml'),
    ...those().map((path) => ({ path, method: 'HEAD' })),
    ...['W/"1"', 'W/"2"', '*'].map((tag) => ({ path: 'DocumentReference/{document}', headers: { 'If-None-Match': tag } })),
    { path: 'Observation/{observation}', headers: { 'If-None-Match': 'W/"1"' } }, { path: 'Observation/{observation}', headers: { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' } },
  ],
  'GET Binary/:id': [
    ...gets('Binary/{binary}'), { path: 'Binary/{binary}', headers: { Accept: json } }, { path: 'Binary/{binary}', headers: { Range: 'bytes=0-10' } }, { path: 'Binary/{binary}', headers: { 'If-None-Match': 'W/"1"' } }, { path: 'Binary/{binary}', headers: { Range: 'bytes=99999999-' } },
  ],
  'GET Binary/:id/_history/:version': [...gets('Binary/{binary}/_history/1'), { path: 'Binary/{binary}/_history/1', headers: { Accept: json } }],
  'GET :type/:id/_history/:version': [...gets(...those('/_history/1'), 'DocumentReference/{document}/_history/2'), { path: 'Observation/{observation}/_history/1', headers: { 'If-None-Match': 'W/"1"' } }, { path: 'DocumentReference/{document}/_history/1', method: 'HEAD' }],
  'GET :type/:id/_history': [...gets(...those('/_history'), 'DocumentReference/{document}/_history?_count=1'), { path: 'Observation/{observation}/_history', method: 'HEAD' }],
  'GET :type/_history': gets(...hiddenOnes.map((name) => `${name.split('/')[0]}/_history?_count=50&_since={start}`), 'Observation/_history?_count=1'),
  'GET _history': gets('_history?_since={start}&_count=100', '_history?_count=1'),
  'GET :type': [...gets(...searches), { path: 'Observation?code={needle}', headers: { Accept: 'application/fhir+xml' } }, { path: 'Observation?code={needle}', method: 'HEAD' },
    ...['Consent?_summary=count', 'Consent?patient={patient}', 'Consent?data=DocumentReference/{document}', 'Consent/_history'].map((path): Column => ({ path, silent: true })),
  ],
  'POST :type/_search': posts('Observation/_search?code={needle}', 'Patient/_search?identifier={ins}', 'DocumentReference/_search?patient.identifier={ins}&_total=accurate', 'Patient/_search?_id={owner}&_revinclude=*'),
  'GET ': gets(...systemSearches),
  'POST _search': posts('_search?_type=Observation,DocumentReference&_total=accurate', '_search?_id={observation},{document}'),
  'GET :type/:id/:type': gets(...compartments.flatMap(([owner, ...wanted]) => wanted.map((one) => `${owner}/${one}`))),
  'POST :type/:id/:type/_search': posts('Patient/{patient}/Observation/_search?code={needle}', 'Patient/{owner}/DocumentReference/_search?_total=accurate'),
  'GET :type/:id/*': gets('Patient/{patient}/*?_count=5', 'Patient/{owner}/*?_total=accurate&_count=3', 'Patient/{owner}/*?_type=Observation,Composition&_total=accurate', 'Encounter/{encounter}/*'),
  'POST :type/:id/*/_search': posts('Patient/{patient}/*/_search?_count=5', 'Patient/{owner}/*/_search?_type=Observation,Composition&_total=accurate'),
  'GET Patient/:id/$everything': gets('Patient/{patient}/$everything', 'Patient/{patient}/$everything?_count=0', 'Patient/{owner}/$everything', 'Patient/{owner}/$everything?_type=Observation&_count=3'),
  'POST Patient/:id/$everything': operations('Patient/{patient}/$everything', 'Patient/{owner}/$everything'),
  'GET Patient/$everything': gets('Patient/$everything'),
  'POST Patient/$everything': operations('Patient/$everything'),
  'GET Encounter/:id/$everything': gets('Encounter/{encounter}/$everything', 'Encounter/{open}/$everything'),
  'POST Encounter/:id/$everything': operations('Encounter/{encounter}/$everything'),
  'GET Observation/$lastn': gets('Observation/$lastn?patient={patient}', 'Observation/$lastn?patient={owner}&max=5', 'Observation/$lastn?patient={patient}&code={needle}'),
  'POST Observation/$lastn': [{ path: 'Observation/$lastn', method: 'POST', headers: { 'Content-Type': json }, body: '{"resourceType":"Parameters","parameter":[{"name":"patient","valueString":"{patient}"}]}' }],
  'GET DocumentReference/$docref': gets('DocumentReference/$docref?patient={patient}', 'DocumentReference/$docref?patient={owner}&start=2020-01-01'),
  'POST DocumentReference/$docref': [{ path: 'DocumentReference/$docref', method: 'POST', headers: { 'Content-Type': json }, body: '{"resourceType":"Parameters","parameter":[{"name":"patient","valueString":"{patient}"}]}' }],
  'GET Composition/:id/$document': gets('Composition/{composition}/$document', 'Composition/{letter}/$document'),
  'POST Composition/:id/$document': operations('Composition/{composition}/$document', 'Composition/{letter}/$document'),
  'GET Composition/$document': gets('Composition/$document?id={composition}', 'Composition/$document?id={letter}'),
  'POST Composition/$document': [{ path: 'Composition/$document', method: 'POST', headers: { 'Content-Type': json }, body: '{"resourceType":"Parameters","parameter":[{"name":"id","valueUri":"{composition}"}]}' }],
  'GET $meta': gets('$meta'),
  'POST $meta': operations('$meta'),
  'GET :type/$meta': gets('DocumentReference/$meta', 'Observation/$meta'),
  'POST :type/$meta': operations('DocumentReference/$meta'),
  'GET :type/:id/$meta': gets(...those('/$meta')),
  'POST :type/:id/$meta': operations('DocumentReference/{document}/$meta'),
  'GET :type/:id/_history/:version/$meta': gets(...those('/_history/1/$meta')),
  'POST :type/:id/_history/:version/$meta': operations('DocumentReference/{document}/_history/1/$meta'),
  ...Object.fromEntries(['add', 'delete'].map((change) => [`POST :type/:id/$meta-${change}`, changedOnes.map(([type, id]): Column => ({
    path: `${type}/{${id}}/$meta-${change}`, method: 'POST', ...write, body: '{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"x"}]}}]}',
  }))])),
  'POST :type': [
    likeSeveral({ path: 'Observation', method: 'POST', headers: { 'Content-Type': json, 'If-None-Exist': '_id={observation}' }, body: observation }),
    likeSeveral({ path: 'Observation', method: 'POST', headers: { 'Content-Type': json, 'If-None-Exist': 'code={needle}' }, body: observation }),
  ],
  'PUT :type': [likeSeveral({ path: 'Observation?_id={observation}', method: 'PUT', ...write, body: observation }), likeSeveral({ path: 'Observation?code={needle}', method: 'PUT', ...write, body: observation })],
  'PATCH :type': [{ path: 'Observation?_id={observation}', method: 'PATCH', ...patch }],
  'DELETE :type': ['_id={observation}', 'code={needle}'].map((criteria) => ({ path: `Observation?${criteria}`, method: 'DELETE', headers: nobody })),
  'PUT :type/:id': changedOnes.flatMap(([type, id, body]): Column[] => [
    { path: `${type}/{${id}}`, method: 'PUT', ...write, body, ...notThere(`${type}/{${id}}`) },
    { path: `${type}/{${id}}`, method: 'PUT', headers: { ...write.headers, ...provenance }, body, ...notThere(`${type}/{${id}}`, provenance) },
  ]),
  'PATCH :type/:id': changedOnes.map(([type, id]) => ({ path: `${type}/{${id}}`, method: 'PATCH', ...patch })),
  'DELETE :type/:id': changedOnes.map(([type, id]) => ({ path: `${type}/{${id}}`, method: 'DELETE', headers: nobody, ...notThere(`${type}/{${id}}`) })),
  'DELETE :type/:id/_history': [{ path: 'Observation/{observation}/_history', method: 'DELETE', silent: true }],
  'DELETE :type/:id/_history/:version': [{ path: 'Observation/{observation}/_history/1', method: 'DELETE', silent: true }],
  'GET $reindex': [{ path: '$reindex', silent: true }],
  'POST $reindex': [{ path: '$reindex', method: 'POST', silent: true }],
  'POST :type/:id/$erase': [{ path: 'Observation/{observation}/$erase', method: 'POST', silent: true }],
  'POST ': [
    bundle('batch', reads.map((url) => entry('GET', url))),
    bundle('batch', those().map((url) => entry('GET', url, ',"ifNoneMatch":"W/\\"1\\""'))),
    bundle('batch', ['PATCH', 'HEAD'].flatMap((method) => those().map((url) => entry(method, url)))),
    bundle('transaction', [...searches.filter((path) => !path.startsWith('Binary')), ...systemSearches].map((url) => entry('GET', url))),
    ...['derived-from', 'by id'].map((_, at) => bundle('transaction', [
      `{"resource":${observation.replace('"code"', `"derivedFrom":[{"reference":"Observation?${['code={needle}', '_id={observation}'][at]}"}],"code"`)},"request":{"method":"POST","url":"Observation"}}`, failing,
    ])),
    ...['code={needle}', '_id={observation}'].map((criteria): Column => ({
      ...bundle('transaction', [`{"resource":${observation},"request":{"method":"POST","url":"Observation","ifNoneExist":"${criteria}"}}`, failing]),
      conditional: true, like: bundle('transaction', [`{"resource":${observation},"request":{"method":"POST","url":"Observation","ifNoneExist":"${several}"}}`, failing]),
    })),
    ...(['batch', 'transaction'] as const).flatMap((type) => changedOnes.flatMap(([name, id, body]): Column[] => {
      const put = entry('PUT', `${name}/{${id}}`, ',"ifMatch":"W/\\"99\\""').replace('{"request"', `{"resource":${body},"request"`);
      const removed = entry('DELETE', `${name}/{${id}}`, ',"ifMatch":"W/\\"99\\""');
      return [put, removed].map((one) => ({ ...bundle(type, [one, failing]), like: { some: type === 'batch' ? [200, 403] : [403, 404, 412] } }));
    })),
  ],
  'POST DocumentReference/$submit-document': [{ path: 'DocumentReference/$submit-document', method: 'POST', headers: { 'Content-Type': 'text/xml' }, body: '{xml}', like: { some: [403, 409] } }],
};

/** First pages whose next ones are fetched when the data are hidden. */
export const paged = [
  'Observation?_count=1', 'Observation?_count=1&_sort=-date', 'Observation?_count=1&_sort=code', 'DocumentReference?_count=1&_total=accurate', 'Patient?_count=1&_revinclude=*', 'Observation?_count=1&_include=*', '?_type=Observation,DocumentReference&_count=1',
  'Patient/{patient}/$everything?_count=1', 'Patient/{patient}/Observation?_count=1', '_history?_count=1', 'Observation/_history?_count=1', 'DocumentReference/{document}/_history?_count=1', 'Encounter/{encounter}/$everything?_count=1', 'DocumentReference/$docref?patient={patient}&start=2020-01-01&_count=1',
];
