/** One national number is one professional, one structure: nobody becomes the author of what another wrote. */
import { author, cda, custodian, ins, organization, professionalId, recordTarget, role } from '../support/cda';
import type { Resource } from '../support/mapped';
import { startPushServer, type PushServer } from '../support/pushing';
import { operator, professional, system } from '../support/server';

let server: PushServer;
beforeAll(async () => { server = await startPushServer(); });
afterAll(() => server.close());

let counter = 0;
const rpps = (): string => `1009980${String(++counter).padStart(4, '0')}`;
const named = (family: string): string => `<assignedPerson><name><given>A</given><family>${family}</family></name></assignedPerson>`;
const psId = (number: string): string => `<id root="1.2.250.1.71.4.2.1" extension="${number}"/>`;
const structureId = (number: string): string => `<id root="1.2.250.1.71.4.2.2" extension="${number}"/>`;
function person(): string {
  const thirteen = `2790351213${String(100 + ++counter)}`;
  return recordTarget({ ids: ins(thirteen + String(97 - (Number(thirteen) % 97)).padStart(2, '0')) });
}
/** A document whose author bears these ids; nobody else is named. */
const by = (ids: string, family: string, structure = organization('representedOrganization')): string =>
  cda({ person: person(), authors: author(role({ ids, person: named(family), organization: structure })), legal: '', events: '' });

async function storedAuthor(document: string): Promise<Resource> {
  const card = await server.read(`DocumentReference/${document}`);
  const written = card.contained.find(({ id }: Resource) => `#${id}` === card.author[0].reference);
  return server.read(written.practitioner.extension[0].valueReference.reference);
}
const familyOf = ({ name }: Resource): string => name[0].family;
const numbersOf = ({ identifier }: Resource): string[] => identifier.map(({ value }: Resource) => value);
const warnings = ({ outcome }: { outcome: readonly { severity: string; diagnostics?: string }[] }): string =>
  outcome.filter(({ severity }) => severity === 'warning').map(({ diagnostics }) => diagnostics).join('\n');
const sees = async (number: string, document: string): Promise<boolean> => (await server.as(professional(`8${number}`))('GET', `DocumentReference/${document}`)).status === 200;

describe('an author with two RPPS', () => {
  it('is the first of them, with a warning; the second is somebody else, under their own name', async () => {
    const [one, other] = [rpps(), rpps()];
    const first = await server.taken(by(professionalId(one) + professionalId(other), 'UN'), { query: '?securityLabel=MASQUE_PS' });
    expect(warnings(first)).toContain('two national identifiers of one kind');
    expect(warnings(first)).not.toMatch(/\d{5}/);
    expect(numbersOf(await storedAuthor(first.document))).toEqual([`8${one}`, one]);
    expect(JSON.stringify(await server.read(`DocumentReference/${first.document}`))).not.toContain(other);

    const second = await server.taken(by(professionalId(other), 'DEUX'));
    const stored = await storedAuthor(second.document);
    expect([familyOf(stored), numbersOf(stored)]).toEqual(['DEUX', [`8${other}`, other]]);
    expect([await sees(one, first.document), await sees(other, first.document)]).toEqual([true, false]);
  });

  it('is not the second after its labels were written anew either', async () => {
    const [one, other] = [rpps(), rpps()];
    const { document } = await server.taken(by(professionalId(one) + professionalId(other), 'UN'));
    const card = await server.read(`DocumentReference/${document}`);
    const coding = [{ system: 'urn:oid:1.2.250.1.213.1.1.4.13', code: 'MASQUE_PS' }];
    expect((await server.as(system())('PUT', `DocumentReference/${document}`, { body: { ...card, securityLabel: [...(card.securityLabel ?? []), { coding }] } })).status).toBe(200);
    expect([await sees(one, document), await sees(other, document)]).toEqual([true, false]);
  });
});

it('software makes nobody the author of what another wrote, by no write to the shared Practitioner', async () => {
  const [one, other] = [rpps(), rpps()];
  const { document } = await server.taken(by(professionalId(one), 'UN'), { query: '?securityLabel=MASQUE_PS' });
  const stored = await storedAuthor(document);
  const call = server.as(system('1010000009'));
  const second = { system: 'https://rpps.esante.gouv.fr', value: other };
  for (const identifier of [[...stored.identifier, second], [second]]) {
    expect((await call('PUT', `Practitioner/${stored.id}`, { body: { ...stored, identifier } })).status).toBeGreaterThanOrEqual(403);
  }
  // Deleted by the operator, its id is still nobody else's.
  expect((await server.as(operator)('DELETE', `Practitioner/${stored.id}`)).status).toBe(204);
  expect((await call('PUT', `Practitioner/${stored.id}`, { body: { ...stored, identifier: [second] } })).status).toBe(403);
  expect([await sees(one, document), await sees(other, document)]).toEqual([true, false]);
});

describe('numbers of several kinds', () => {
  it('name the one who bears the first of them; who is known by the others stays another', async () => {
    const [one, other, adeli] = [rpps(), rpps(), '0359900017'];
    const first = await server.taken(by(professionalId(one) + psId(adeli), 'UN'));
    const contradicting = await server.taken(by(professionalId(other) + psId(adeli), 'DEUX'));
    expect(warnings(contradicting)).toContain('Practitioner: the document gives one the national identifiers of several');
    const [known, made] = [await storedAuthor(first.document), await storedAuthor(contradicting.document)];
    expect([familyOf(known), numbersOf(known)]).toEqual(['UN', [`8${one}`, one, adeli]]);
    expect([familyOf(made), numbersOf(made)]).toEqual(['DEUX', [`8${other}`, other]]);
    // Known by both numbers now, each is met again, and nothing is written of them.
    const again = await server.taken(by(professionalId(other) + psId(adeli), 'DEUX'));
    expect((await storedAuthor(again.document)).id).toBe(made.id);
    expect((await storedAuthor((await server.taken(by(psId(adeli), 'UN'))).document)).id).toBe(known.id);
  });

  it('do not make an establishment of the legal entity whose SIREN it writes', async () => {
    const siren = '732829320';
    const legal = await server.as(system())('POST', 'Organization', { body: { resourceType: 'Organization', name: 'Groupe', identifier: [{ system: 'https://sirene.fr', value: siren }] } });
    const place = organization('representedOrganization', structureId('1350099903') + structureId(`2${siren}`), 'Clinique');
    const { document } = await server.taken(by(professionalId(rpps()), 'UN', place));
    const card = await server.read(`DocumentReference/${document}`);
    const written = card.contained.find(({ id }: Resource) => `#${id}` === card.author[0].reference);
    const stored = written.organization.extension[0].valueReference.reference;
    expect(stored).not.toBe(`Organization/${legal.resource<Resource>().id}`);
    expect((await server.read(stored)).name).toBe('Clinique');
  });

  it('of one kind make one structure of the first', async () => {
    const two = structureId('1350099951') + structureId('1350099969');
    const pushed = await server.taken(cda({ person: person(), custodian: custodian(organization('representedCustodianOrganization', two, 'Deux maisons')) }));
    expect(warnings(pushed)).toContain('two national identifiers of one kind');
    expect(await server.find('Organization?identifier=https://finess.esante.gouv.fr|350099951')).toHaveLength(1);
    expect(await server.find('Organization?identifier=https://finess.esante.gouv.fr|350099969')).toHaveLength(0);
  });
});
