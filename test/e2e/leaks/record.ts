/** What is hidden in the leak matrix, and what stays in sight beside it: a person's record, written through HTTP. */
import { documentText } from '../../support/cast';
import type { Call, Reply, TestServer } from '../../support/http-server';

export type Caller = 'operator' | 'laboratory' | 'clinic' | 'professional' | 'person' | 'other';
/** What stands for the names of the templates. */
export type Names = Readonly<Record<string, string>>;
/** A way of hiding; its answer is that of the Consent made, or of the change of the document. */
export type Hide = (world: World) => Promise<Reply>;
export interface Row {
  readonly caller: Exclude<Caller, 'operator'>;
  /** Whether the person goes with it, or their other documents stay. */
  readonly hides: 'record' | 'document';
  /** The version of the document that the hiding names, of a chain of two. */
  readonly version?: 'earlier' | 'later';
  /** By name, one after another; undefined: it never was in sight of the caller. */
  readonly ways: Readonly<Record<string, Hide | undefined>>;
}

export interface World {
  readonly names: Names;
  /** What no answer may hold: words and ids that the caller is nowhere told. */
  readonly secrets: readonly string[];
  readonly hidden: readonly string[];
  /** The document that a mask or a label names. */
  readonly named: string;
  as(caller: Caller, path: string, call?: Call): Promise<Reply>;
}

export const laboratory = '690099933';
export const clinic = '350099911';
export const doctor = { rpps: '10099900022', structure: '290099922' };
const biology = documentText('biology-oeuvrard-v1');

let people = 0;
/** A woman born in August 1977, as the document says. */
function newIns(): string {
  const thirteen = `27708693${String(10_000 + ++people)}`;
  return thirteen + String(97 - (Number(thirteen) % 97)).padStart(2, '0');
}

interface Needles {
  readonly code: string;
  readonly secret: string;
  readonly text: string;
  readonly family: string;
}
let documents = 0;
const newOid = (): string => `1.2.250.1.999.88.${process.pid}.${++documents}`;
/** The report of a laboratory about somebody; with needles in its title, text, codes and values. */
function report(id: string, ins: string, { needles, replaces }: { readonly needles?: Needles; readonly replaces?: string } = {}): string {
  const text = biology.replace(/<id root="B753D57A[^/]*\/>/, `<id root="${id}"/>`).replace(/<setId [^/]*\/><versionNumber [^/]*\/>/, '').replaceAll('277086938205150', ins).replaceAll('ŒUVRARD', needles?.family ?? 'OEUVRARD')
    .replace('<documentationOf>', `${replaces === undefined ? '' : `<relatedDocument typeCode="RPLC"><parentDocument><id root="${replaces}"/></parentDocument></relatedDocument>`}<documentationOf>`);
  if (needles === undefined) return text;
  return text.replaceAll('718-7', needles.code).replaceAll('Hémoglobine', `${needles.text} ${needles.secret}`).replace('<title>Compte rendu', `<title>${needles.secret}`);
}

const ofType = (references: readonly string[], type: string): string => references.find((reference) => reference.startsWith(`${type}/`))?.split('/')[1] ?? '';

/** Writes a record of its own for a row; the caller sees all of it that the row does not say otherwise. */
export async function newWorld(server: TestServer, row: Row, at: number): Promise<World> {
  const [ownerIns, otherIns] = [newIns(), newIns()];
  const ins = row.hides === 'record' ? otherIns : ownerIns;
  const needles: Needles = { code: `needle-${at}-code`, secret: `SECRET${at}WORD`, text: `needle-${at}-text`, family: row.hides === 'record' ? `SECRET${at}NAME` : 'OEUVRARD' };
  const tokens: Record<Caller, string> = {
    operator: await server.token({ as: 'operator' }), laboratory: await server.token({ as: 'system', structure: laboratory }), clinic: await server.token({ as: 'system', structure: clinic }),
    professional: await server.token({ as: 'professional', ...doctor }), person: await server.token({ as: 'patient', ins: `1.2.250.1.213.1.4.10|${ins}` }), other: await server.token({ as: 'patient', ins: `1.2.250.1.213.1.4.10|${ownerIns}` }),
  };
  const as = (caller: Caller, path: string, call: Call = {}): Promise<Reply> => server.call(path, { token: tokens[caller], ...call, headers: { 'Accept-Encoding': 'identity', ...call.headers } });
  const taken = (reply: Reply): Reply => {
    if (reply.status >= 300) throw new Error(`${reply.status} ${reply.text}`);
    return reply;
  };
  const push = async (text: string): Promise<string[]> => {
    const { body } = taken(await as('laboratory', 'DocumentReference/$submit-document', { headers: { 'Content-Type': 'text/xml' }, body: text }));
    return (body.parameter as { valueReference?: { reference: string } }[]).flatMap(({ valueReference }) => valueReference?.reference ?? []);
  };
  const writer = row.caller === 'clinic' ? 'clinic' : 'laboratory';
  const put = async (resource: { readonly resourceType: string; readonly id: string; readonly [element: string]: unknown }, by: Caller = writer): Promise<void> => {
    taken(await as(by, `${resource.resourceType}/${resource.id}`, { method: 'PUT', body: resource }));
  };
  await put({ resourceType: 'Practitioner', id: 'the-doctor', identifier: [{ system: 'https://rpps.esante.gouv.fr', value: doctor.rpps }] }, 'operator');
  const start = new Date().toISOString();

  const shown = await push(report(newOid(), ownerIns));
  const owner = ofType(shown, 'Patient');
  const [earlierId, laterId] = [newOid(), newOid()];
  const xml = report(row.version === 'earlier' ? laterId : earlierId, ins, { needles, ...(row.version === 'earlier' ? { replaces: earlierId } : {}) });
  const earlier = row.version === 'earlier' ? await push(report(earlierId, ins, { needles })) : [];
  const hidden = await push(xml);
  const later = row.version === 'later' ? await push(report(laterId, ins, { needles, replaces: earlierId })) : [];
  const drawn = later.length > 0 ? later : hidden;
  const id = (type: string): string => ofType(drawn, type);
  const document = ofType(hidden, 'DocumentReference');
  const patient = row.hides === 'record' ? id('Patient') : owner;
  const only = async (query: string): Promise<string> => (await as('operator', query)).body.entry[0].resource.id as string;
  taken(await as('operator', `DocumentReference/${document}/$meta-add`, { body: { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'urn:x', code: `needle-${at}-code`, display: needles.secret }] } }] } }));

  // What stays in sight and points at what does not.
  const subject = { reference: `Patient/${owner}` };
  const identifier = [{ system: 'urn:several', value: `several-${at}` }];
  const [pointer, open, letter] = [`pointer-${at}`, `open-${at}`, `letter-${at}`];
  const observation = { resourceType: 'Observation', status: 'final', subject, code: { text: 'seen' }, identifier, effectiveDateTime: '2026-04-20' };
  await put({ resourceType: 'Encounter', id: open, status: 'finished', class: { code: 'IMP' }, subject });
  await put({ ...observation, id: pointer, encounter: { reference: `Encounter/${id('Encounter')}` }, specimen: { reference: `Specimen/${id('Specimen')}` }, derivedFrom: [{ reference: `Observation/${id('Observation')}` }] });
  await put({ ...observation, id: `${pointer}-2`, encounter: { reference: `Encounter/${open}` } });
  await put({
    resourceType: 'Composition', id: letter, status: 'final', type: { text: 'letter' }, date: '2026-04-20', title: 'A letter', subject, author: [{ display: 'x' }], encounter: { reference: `Encounter/${open}` },
    section: [{ title: 'x', entry: [{ reference: `Observation/${pointer}` }, { reference: `Observation/${id('Observation')}` }] }],
  });
  if (row.hides === 'record') await put({ ...observation, id: `more-${at}`, subject: { reference: `Patient/${patient}` }, meta: { tag: [{ code: needles.code }] }, identifier: [{ value: needles.secret }], derivedFrom: [{ reference: `Observation/${pointer}` }], encounter: { reference: `Encounter/${open}` }, code: { coding: [{ code: needles.code, display: needles.secret }] } }, 'laboratory');

  const shared = ['Patient', 'Practitioner', 'PractitionerRole', 'Organization'];
  const gone = [...new Set([...earlier, ...hidden, ...later, ...(row.hides === 'record' ? [`Observation/more-${at}`] : [])])].filter((name) => row.hides === 'record' ? !shared.slice(1).includes(name.split('/')[0] ?? '') : !shared.includes(name.split('/')[0] ?? ''));
  const pointed = ['Encounter', 'Specimen', 'Observation'].map(id);
  const names = {
    owner, pointer, open, letter, start, xml: JSON.stringify(xml).slice(1, -1), ins: `urn:oid:1.2.250.1.213.1.4.10|${ins}`, needle: needles.code, text: needles.text, name: needles.family, several: `urn:several|several-${at}`,
    master: `urn:oid:${row.version === 'earlier' ? laterId : earlierId}`, document, binary: ofType(hidden, 'Binary'), provenance: ofType(hidden, 'Provenance'), practitioner: await only('Practitioner?identifier=10099900033'), organization: await only('Organization?identifier=1690099933'),
    patient, composition: id('Composition'), encounter: id('Encounter'), report: id('DiagnosticReport'), observation: id('Observation'), specimen: id('Specimen'),
  };
  return {
    names, as, hidden: gone, secrets: [needles.secret, ...(row.hides === 'record' ? [needles.family] : []), ...gone.map((name) => name.split('/')[1] ?? '').filter((one) => !pointed.includes(one))],
    named: ofType(row.version === 'earlier' ? earlier : row.version === 'later' ? later : hidden, 'DocumentReference'),
  };
}
