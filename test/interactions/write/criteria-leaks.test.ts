/** What conditional criteria pass through is what the caller sees: an answer tells nothing of what they may not (rules 4.2, 4.4). */
import type { Actor } from '../../../src/access/actor';
import type { Reply } from '../../support/exchange';
import { expectStatus, operator, startServer, system, type TestServer } from '../../support/server';

let server: TestServer;
const [mine, theirs] = [system('1010000001'), system('1020000002')];
const ids: Record<string, string> = {};

async function made(actor: Actor, body: { resourceType: string }): Promise<string> {
  return expectStatus(await server.as(actor)('POST', body.resourceType, { body }), 201).resource<{ id: string }>().id;
}
const observation = (more: object = {}) => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...more });
const coded = (code: string) => ({ coding: [{ system: 'http://codes.example', code }] });

beforeAll(async () => {
  server = await startServer();
  ids.dr = await made(operator, { resourceType: 'Practitioner' });
  ids.person = await made(mine, { resourceType: 'Patient', name: [{ family: 'Lenoir' }], identifier: [{ system: 'http://p.example', value: 'p-1' }] } as { resourceType: string });
  const subject = { reference: `Patient/${ids.person}` };
  await made(mine, { resourceType: 'DocumentReference', status: 'current', subject, author: [{ reference: `Practitioner/${ids.dr}` }], content: [{ attachment: { title: 'x' } }] } as { resourceType: string });
  await made(mine, { resourceType: 'Condition', subject, code: coded('I10') } as { resourceType: string });
  // Of the caller's own, about a person whom they do not see.
  ids.whole = await made(mine, { resourceType: 'Encounter', status: 'finished', class: { code: 'AMB' }, subject } as { resourceType: string });
  ids.part = await made(mine, { resourceType: 'Encounter', status: 'finished', class: { code: 'AMB' }, subject, partOf: { reference: `Encounter/${ids.whole}` } } as { resourceType: string });
  ids.apart = await made(mine, { resourceType: 'Encounter', status: 'finished', class: { code: 'AMB' }, subject } as { resourceType: string });
  ids.own = await made(theirs, observation({ encounter: { reference: `Encounter/${ids.part}` }, subject, performer: [{ reference: `Practitioner/${ids.dr}` }] }));
  ids.list = await made(mine, { resourceType: 'List', status: 'current', mode: 'working', subject, entry: [{ item: { reference: `Observation/${ids.own}` } }] } as { resourceType: string });
  ids.empty = await made(mine, { resourceType: 'List', status: 'current', mode: 'working', subject } as { resourceType: string });
  await made(mine, observation({ subject, hasMember: [{ reference: `Observation/${ids.own}` }], method: coded('sum') }));
});
afterAll(() => server.close());

/** Criteria of the caller's own resource that are true of what is hidden, and the same that are not. */
const questions: readonly (readonly [name: string, yes: () => string, no: () => string])[] = [
  ['a chain', () => 'subject:Patient.family=Lenoir', () => 'subject:Patient.family=Legris'],
  ['a chain by identifier', () => 'patient.identifier=http://p.example|p-1', () => 'patient.identifier=http://p.example|p-2'],
  ['a chain to whatever is there', () => 'subject:Patient.gender:missing=true', () => 'subject:Patient.gender:missing=false'],
  ['a negated chain', () => 'subject:Patient.gender:not=male', () => 'subject:Patient.family=Legris'],
  ['_has', () => '_has:Observation:has-member:method=sum', () => '_has:Observation:has-member:method=difference'],
  ['_has within a chain', () => 'patient._has:Condition:patient:code=I10', () => 'patient._has:Condition:patient:code=J13'],
  ['_has through what everyone sees', () => 'performer:Practitioner._has:DocumentReference:author:patient._has:Condition:patient:code=I10', () => 'performer:Practitioner._has:DocumentReference:author:patient._has:Condition:patient:code=J13'],
  ['a hierarchy', () => `encounter:below=Encounter/${ids.whole}`, () => `encounter:below=Encounter/${ids.apart}`],
  ['_list', () => `_list=${ids.list}`, () => `_list=${ids.empty}`],
  ['a chain in _filter', () => `_filter=${encodeURIComponent('patient.family eq "Lenoir"')}`, () => `_filter=${encodeURIComponent('patient.family eq "Legris"')}`],
];

const json = 'application/json-patch+json';
const unchanged = '[{"op":"test","path":"/status","value":"final"}]';
const bundled = (actor: Actor, entry: object): Promise<Reply> => server.as(actor)('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry: [entry] } });
let puts = 0;
/** Each way to ask by criteria, in a form that changes nothing of what is asked about. */
const ways: readonly (readonly [name: string, ask: (actor: Actor, criteria: string) => Promise<Reply>])[] = [
  ['PATCH', (actor, criteria) => server.as(actor)('PATCH', `Observation?${criteria}`, { body: unchanged, headers: { 'Content-Type': json } })],
  ['PUT', (actor, criteria) => server.as(actor)('PUT', `Observation?${criteria}`, { body: observation({ id: `fresh-${++puts}` }) })],
  ['DELETE', (actor, criteria) => server.as(actor)('DELETE', `Observation?${criteria}`, { headers: { 'If-Match': 'W/"99"' } })],
  ['If-None-Exist', (actor, criteria) => server.as(actor)('POST', 'Observation', { body: observation(), headers: { 'If-None-Exist': criteria } })],
  ['a PATCH in a Bundle', (actor, criteria) => bundled(actor, {
    request: { method: 'PATCH', url: `Observation?${criteria}` }, resource: { resourceType: 'Binary', contentType: json, data: Buffer.from(unchanged).toString('base64') },
  })],
  ['ifNoneExist in a Bundle', (actor, criteria) => bundled(actor, { request: { method: 'POST', url: 'Observation', ifNoneExist: criteria }, resource: observation() })],
];

/** Ids and times are of each answer; nothing else may differ. */
const told = ({ status, text }: Reply): string => `${status} ${text.replace(/fresh-\d+/g, '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '')}`;

describe.each(ways)('%s', (_, ask) => {
  it.each(questions)('by %s tells nothing of what the caller may not see', async (name, yes, no) => {
    const [right, wrong] = [await ask(theirs, `_id=${ids.own}&${yes()}`), await ask(theirs, `_id=${ids.own}&${no()}`)];
    expect(told(right)).toBe(told(wrong));
    // The question is a good one: whoever sees everything is answered otherwise.
    const [seen, unseen] = [await ask(operator, `_id=${ids.own}&${yes()}`), await ask(operator, `_id=${ids.own}&${no()}`)];
    expect([name, told(seen)]).not.toEqual([name, told(unseen)]);
  });
});
