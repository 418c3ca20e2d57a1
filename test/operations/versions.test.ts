/** Chains of versions: rules 3.4. */
import { randomUUID } from 'node:crypto';
import { cda, freshId, ins, recordTarget, replaces, textBody } from '../support/cda';
import type { Resource } from '../support/mapped';
import { startPushServer, type PushServer } from '../support/pushing';
import { expectStatus, operator, professional, system } from '../support/server';
import { onMongo } from '../support/stores';

let server: PushServer;
beforeAll(async () => { server = await startPushServer(); });
afterAll(() => server.close());

let people = 0;
function somebody(): string {
  const thirteen = `279035122${String(1000 + ++people)}`;
  return recordTarget({ ids: ins(thirteen + String(97 - (Number(thirteen) % 97)).padStart(2, '0')) });
}

interface Version {
  readonly id: string;
  readonly text: string;
}
/** V1 to Vn of one document, each of which replaces the one before it. */
function chain(length: number, person = somebody()): Version[] {
  const ids = Array.from({ length }, freshId);
  return ids.map((id, index) => ({
    id, text: cda({ id: `<id root="${id}"/>`, person, body: textBody(`Version ${index + 1}`), setId: `<setId root="${ids[0]}.0"/><versionNumber value="${index + 1}"/>`, related: index === 0 ? '' : replaces(ids[index - 1] ?? '') }),
  }));
}
const statusOf = async (document: string): Promise<string> => (await server.read(`DocumentReference/${document}`)).status;
const drawn = (resources: readonly string[], ...types: string[]): string[] => resources.filter((reference) => types.includes(reference.split('/')[0] ?? ''));
const permutations = <T>(items: readonly T[]): T[][] => (items.length < 2 ? [[...items]] : items.flatMap((item, at) => permutations([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [item, ...rest])));

describe('a document that replaces another', () => {
  it('supersedes it: bytes, metadata and provenance stay, what its body gave is gone with its history kept', async () => {
    const [v1, v2] = chain(2);
    const first = await server.taken(v1?.text ?? '');
    const second = await server.taken(v2?.text ?? '');
    expect(second.resources).toContain(`DocumentReference/${first.document}`);
    expect([await statusOf(first.document), await statusOf(second.document)]).toEqual(['superseded', 'current']);
    for (const reference of drawn(first.resources, 'Binary', 'Provenance', 'Patient', 'Practitioner')) expect([reference, await server.statusOf(reference)]).toEqual([reference, 200]);
    for (const reference of drawn(first.resources, 'Composition', 'Encounter', 'Location')) {
      expect([reference, await server.statusOf(reference)]).toEqual([reference, 410]);
      expect(await server.statusOf(`${reference}/_history/1`)).toBe(200);
    }
    const subject = drawn(first.resources, 'Patient')[0];
    expect(await server.find(`Composition?subject=${subject}`)).toEqual(drawn(second.resources, 'Composition').map((reference) => reference.split('/')[1]));
    const [relation] = (await server.read(`DocumentReference/${second.document}`)).relatesTo;
    expect(relation).toEqual({ code: 'replaces', target: { reference: `DocumentReference/${first.document}`, identifier: { system: 'urn:ietf:rfc:3986', value: `urn:oid:${v1?.id}` } } });
  });

  it('supersedes and deletes one whose sections are nested as deep as XML may be', async () => {
    const section = (depth: number): string => `<component><section><title>t</title><text>t</text>${depth > 1 ? section(depth - 1) : ''}</section></component>`;
    const first = freshId();
    const deep = await server.taken(cda({ id: `<id root="${first}"/>`, body: `<component><structuredBody>${section(100)}</structuredBody></component>` }));
    const second = await server.taken(cda({ related: replaces(first) }));
    expect((await server.read(`DocumentReference/${deep.document}`)).status).toBe('superseded');
    for (const { document } of [deep, second]) expectStatus(await server.as(operator)('DELETE', `DocumentReference/${document}`), 204);
  });

  it('is answered the same again, although it is superseded by now', async () => {
    const [v1, v2] = chain(2);
    const first = await server.taken(v1?.text ?? '');
    await server.taken(v2?.text ?? '');
    const again = await server.taken(v1?.text ?? '');
    expect([again.status, again.reply.text]).toEqual([200, first.reply.text]);
    expect(await statusOf(first.document)).toBe('superseded');
  });

  it('waits for a parent that is not here: the identifier is written, the reference is not', async () => {
    const [, v2] = chain(2);
    const { document, outcome } = await server.taken(v2?.text ?? '');
    const stored = await server.read(`DocumentReference/${document}`);
    expect(stored.status).toBe('current');
    expect(stored.relatesTo[0].target.reference).toBeUndefined();
    expect(outcome.some(({ diagnostics }) => diagnostics?.includes('waits'))).toBe(true);
  });

  it('is 422 when the parent is about another person, and nothing is stored', async () => {
    const [v1] = chain(1);
    await server.taken(v1?.text ?? '');
    const before = await server.count('DocumentReference', 'Patient');
    const reply = await server.push(cda({ person: somebody(), related: replaces(v1?.id ?? '') }));
    expect(reply.status).toBe(422);
    expect(await server.count('DocumentReference', 'Patient')).toEqual(before);
  });

  it('is 409 when another one replaced the parent already', async () => {
    const person = somebody();
    const [v1, v2] = chain(2, person);
    await server.taken(v1?.text ?? '');
    const { document } = await server.taken(v2?.text ?? '');
    const reply = await server.push(cda({ person, related: replaces(v1?.id ?? '') }));
    expect(reply.status).toBe(409);
    expect(await statusOf(document)).toBe('current');
  });

  it('may replace a parent whose replacement was deleted', async () => {
    const person = somebody();
    const [v1, v2] = chain(2, person);
    const first = await server.taken(v1?.text ?? '');
    const second = await server.taken(v2?.text ?? '');
    expectStatus(await server.as(operator)('DELETE', `DocumentReference/${second.document}`), 204);
    expect(await statusOf(first.document)).toBe('superseded');
    expect((await server.push(cda({ person, related: replaces(v1?.id ?? '') }))).status).toBe(201);
    expect((await server.push(cda({ person, related: replaces(v1?.id ?? '') }))).status).toBe(409);
  });

  it('of two that replace one parent at the same moment, one is taken', async () => {
    for (let round = 0; round < 10; round++) {
      const person = somebody();
      const [v1] = chain(1, person);
      await server.taken(v1?.text ?? '');
      const replies = await Promise.all([1, 2].map(() => server.push(cda({ person, related: replaces(v1?.id ?? '') }))));
      expect(replies.map(({ status }) => status).sort()).toEqual([201, 409]);
    }
  });

  it('does not replace by appending or by the same setId: both stay current, with a warning for the latter', async () => {
    const person = somebody();
    const setId = `<setId root="${freshId()}"/>`;
    const id = freshId();
    const first = await server.taken(cda({ person, setId, id: `<id root="${id}"/>` }));
    const second = await server.taken(cda({ person, setId }));
    expect([await statusOf(first.document), await statusOf(second.document)]).toEqual(['current', 'current']);
    expect(second.outcome.some(({ severity, diagnostics }) => severity === 'warning' && diagnostics?.includes('setId'))).toBe(true);
    const appended = await server.taken(cda({ person, related: `<relatedDocument typeCode="APND"><parentDocument><id root="${id}"/></parentDocument></relatedDocument>` }));
    expect(await statusOf(first.document)).toBe('current');
    expect((await server.read(`DocumentReference/${appended.document}`)).relatesTo[0]).toMatchObject({ code: 'appends', target: { reference: `DocumentReference/${first.document}` } });
  });

  it.each([2, 70])('is refused when it closes a circle of %d', async (length) => {
    const person = somebody();
    const ids = Array.from({ length }, freshId);
    const pushed = (at: number) => server.push(cda({ person, id: `<id root="${ids[at]}"/>`, related: replaces(ids.at(at - 1) ?? '') }));
    const first = await server.taken(cda({ person, id: `<id root="${ids[0]}"/>`, related: replaces(ids.at(-1) ?? '') }));
    for (let at = 1; at < length - 1; at++) expectStatus(await pushed(at), 201);
    expectStatus(await pushed(length - 1), 422);
    expect(await statusOf(first.document)).toBe(length === 2 ? 'current' : 'superseded');
  });

  it.each([['RPLC', 'as written', (id: string) => id], ['RPLC', 'in other letters', (id: string) => id.toUpperCase()], ['XFRM_RPLC', 'as written', (id: string) => id]])('is refused when it says that it replaces itself (%s, %s), and nothing is stored', async (typeCode, _, spelt) => {
    const id = randomUUID();
    const before = await server.count('DocumentReference', 'Patient');
    const reply = await server.push(cda({ person: somebody(), id: `<id root="${id}"/>`, related: `<relatedDocument typeCode="${typeCode}"><parentDocument><id root="${spelt(id)}"/></parentDocument></relatedDocument>` }));
    expectStatus(reply, 422);
    expect(await server.count('DocumentReference', 'Patient')).toEqual(before);
  });

  it('is taken when it appends to itself, which is named and left out', async () => {
    const id = freshId();
    const { document, outcome } = await server.taken(cda({ person: somebody(), id: `<id root="${id}"/>`, related: `<relatedDocument typeCode="APND"><parentDocument><id root="${id}"/></parentDocument></relatedDocument>` }));
    expect((await server.read(`DocumentReference/${document}`)).relatesTo).toBeUndefined();
    expect(outcome.some(({ diagnostics }) => diagnostics?.includes('to itself'))).toBe(true);
  });
});

describe('a parent that arrives later', () => {
  it('is superseded at once, without resources of its body, and its child refers to it', async () => {
    const [v1, v2] = chain(2);
    const child = await server.taken(v2?.text ?? '');
    const parent = await server.taken(v1?.text ?? '');
    expect([await statusOf(parent.document), await statusOf(child.document)]).toEqual(['superseded', 'current']);
    expect(drawn(parent.resources, 'Composition', 'Encounter')).toEqual([]);
    expect(parent.resources).toContain(`DocumentReference/${child.document}`);
    expect((await server.read(`DocumentReference/${child.document}`)).relatesTo[0].target.reference).toBe(`DocumentReference/${parent.document}`);
    expect(parent.outcome.filter(({ diagnostics }) => diagnostics?.includes('both stay current'))).toEqual([]);
    expect(parent.outcome.some(({ diagnostics }) => diagnostics?.includes('stored as superseded'))).toBe(true);
  });

  it('stays current when the waiting one is about another person, and says so', async () => {
    const id = freshId();
    const waiting = await server.taken(cda({ person: somebody(), related: replaces(id) }));
    const parent = await server.taken(cda({ person: somebody(), id: `<id root="${id}"/>` }));
    expect([await statusOf(parent.document), await statusOf(waiting.document)]).toEqual(['current', 'current']);
    expect(parent.outcome.some(({ severity, diagnostics }) => severity === 'warning' && diagnostics?.includes('another person'))).toBe(true);
    expect(parent.reply.text).not.toContain(waiting.document);
  });

  it('stays current when two waiting ones claim it, and says so', async () => {
    const person = somebody();
    const id = freshId();
    for (let child = 0; child < 2; child++) await server.taken(cda({ person, related: replaces(id) }));
    const parent = await server.taken(cda({ person, id: `<id root="${id}"/>` }));
    expect(await statusOf(parent.document)).toBe('current');
    expect(parent.outcome.some(({ severity, diagnostics }) => severity === 'warning' && diagnostics?.includes('Several'))).toBe(true);
  });
});

describe('three versions', () => {
  it.each(permutations([0, 1, 2]))('in the order %i, %i, %i end with the last one current, and its body alone in searches', async (...order) => {
    const versions = chain(3);
    const documents: string[] = [];
    const resources: string[][] = [];
    for (const index of order) {
      const pushed = await server.taken(versions[index]?.text ?? '');
      documents[index] = pushed.document;
      resources[index] = [...pushed.resources];
    }
    expect(await Promise.all(documents.map(statusOf))).toEqual(['superseded', 'superseded', 'current']);
    const subject = (await server.read(`DocumentReference/${documents[2]}`)).subject.reference;
    expect(await server.find(`Composition?subject=${subject}`)).toEqual(drawn(resources[2] ?? [], 'Composition').map((reference) => reference.split('/')[1]));
    const relations = await Promise.all(documents.map(async (document) => (await server.read(`DocumentReference/${document}`)).relatesTo?.[0].target.reference));
    expect(relations).toEqual([undefined, `DocumentReference/${documents[0]}`, `DocumentReference/${documents[1]}`]);
  });

  it('pushed all at once end with the last one current', async () => {
    for (let round = 0; round < 10; round++) {
      const versions = chain(3);
      const pushed = await Promise.all(versions.map(({ text }) => server.taken(text)));
      expect(await Promise.all(pushed.map(({ document }) => statusOf(document)))).toEqual(['superseded', 'superseded', 'current']);
    }
  });
});

describe('parent and child at once', () => {
  const rounds = onMongo ? 15 : 100;

  it('end with one current, again and again', async () => {
    for (let round = 0; round < rounds; round++) {
      const versions = chain(2);
      const pushed = await Promise.all((round % 2 === 0 ? versions : [...versions].reverse()).map(({ text }) => server.taken(text)));
      const statuses = await Promise.all(pushed.map(({ document }) => statusOf(document)));
      expect(statuses.sort()).toEqual(['current', 'superseded']);
      const subject = (await server.read(`DocumentReference/${pushed[0]?.document}`)).subject.reference;
      expect(await server.find(`Composition?subject=${subject}`)).toHaveLength(1);
    }
  });
});

describe('a mask', () => {
  const seenBy = async (document: string): Promise<number> => (await server.as(professional('810000000077'))('GET', `DocumentReference/${document}`)).status;

  it.each([[0, [0, 1, 2]], [1, [2, 0, 1]], [2, [1, 2, 0]]])('on version %i holds for the whole chain, whatever the order of arrival', async (masked, order) => {
    const versions = chain(3);
    const documents: string[] = [];
    for (const index of order) {
      const { document } = await server.taken(versions[index]?.text ?? '', index === masked ? { query: '?securityLabel=MASQUE_PS' } : {});
      documents[index] = document;
    }
    expect(await Promise.all(documents.map(seenBy))).toEqual([404, 404, 404]);
  });

  it('of another person’s document that claims the same parent does not hide it', async () => {
    const id = freshId();
    await server.taken(cda({ person: somebody(), related: replaces(id) }), { query: '?securityLabel=MASQUE_PS' });
    const { document } = await server.taken(cda({ person: somebody(), id: `<id root="${id}"/>` }));
    expect(await seenBy(document)).toBe(200);
  });
});

describe('a chain that two structures write', () => {
  it('names to neither what the other wrote', async () => {
    const [v1, v2] = chain(2);
    const first = await server.taken(v1?.text ?? '', { as: system('1010000001') });
    const second = await server.taken(v2?.text ?? '', { as: system('1010000002') });
    expect(await statusOf(first.document)).toBe('superseded');
    expect(second.reply.text).not.toContain(first.document);
    expect((await server.as(system('1010000002'))('GET', `DocumentReference/${first.document}`)).status).toBe(404);
    const again = await server.taken(v2?.text ?? '', { as: system('1010000002') });
    expect(again.reply.text).toBe(second.reply.text);
    const relation: Resource = (await server.read(`DocumentReference/${second.document}`)).relatesTo[0];
    expect(relation.target.identifier.value).toBe(`urn:oid:${v1?.id}`);
  });
});
