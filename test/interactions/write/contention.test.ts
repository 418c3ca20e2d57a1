/** Many writers of one identifier at once. */
import type { Bundle } from 'fhir/r4';
import type { Reply } from '../../support/exchange';
import { expectStatus, operator, startServer, testIns, type TestServer } from '../../support/server';

let server: TestServer;
beforeAll(async () => { server = await startServer(); });
afterAll(() => server.close());

/** A longer campaign by hand: ROUNDS=500. */
const rounds = Number(process.env.ROUNDS ?? 7);
const many = 50;

interface Subject { readonly type: string; readonly system: string; readonly value: string }
type Writer = (subject: Subject, index: number) => Promise<number>;
const bodyOf = ({ type, system, value }: Subject, index: number): object => ({
  resourceType: type, identifier: [{ ...(type === 'Patient' ? { use: 'official' } : {}), system, value }],
  ...(type === 'Patient' ? { communication: [{ language: { text: String(index) } }] } : { status: 'final', code: { text: String(index) } }),
});
const statusOf = ({ status, thrown }: Reply): number => {
  if (thrown !== undefined) throw thrown instanceof Error ? thrown : new Error('a fault of the server');
  return status;
};
const call = async (method: 'POST' | 'PUT', target: string, body: object, headers = {}): Promise<number> => statusOf(await server.as(operator)(method, target, { body, headers }));
async function inBundle(type: 'batch' | 'transaction', request: object, resource: object): Promise<number> {
  const reply = await server.as(operator)('POST', '', { body: { resourceType: 'Bundle', type, entry: [{ resource, request }] } });
  return statusOf(reply) === 200 ? Number(reply.resource<Bundle>().entry?.[0]?.response?.status.slice(0, 3)) : reply.status;
}

const full = ({ system, value }: Subject): string => `identifier=${system}|${value}`;
const short = ({ value }: Subject): string => `identifier=${value}`;
const conditional: readonly Writer[] = [
  (subject, index) => call('POST', subject.type, bodyOf(subject, index), { 'If-None-Exist': full(subject) }),
  (subject, index) => call('POST', subject.type, bodyOf(subject, index), { 'If-None-Exist': short(subject) }),
  (subject, index) => call('PUT', `${subject.type}?${full(subject)}`, bodyOf(subject, index)),
  (subject, index) => call('PUT', `${subject.type}?${short(subject)}`, bodyOf(subject, index)),
  (subject, index) => inBundle('transaction', { method: 'PUT', url: `${subject.type}?${full(subject)}` }, bodyOf(subject, index)),
  (subject, index) => inBundle('transaction', { method: 'POST', url: subject.type, ifNoneExist: short(subject) }, bodyOf(subject, index)),
  (subject, index) => inBundle('batch', { method: 'PUT', url: `${subject.type}?${short(subject)}` }, bodyOf(subject, index)),
];
const plain: Writer = (subject, index) => call('POST', subject.type, bodyOf(subject, index));

const total = async (subject: Subject): Promise<number> => expectStatus(await server.as(operator)('GET', `${subject.type}?${full(subject)}&_summary=count`), 200).resource<{ total: number }>().total;
const atOnce = (subject: Subject, writers: readonly Writer[]): Promise<number[]> =>
  Promise.all(Array.from({ length: many }, (_, index) => (writers[index % writers.length] as Writer)(subject, index)));
const count = (statuses: readonly number[], status: number): number => statuses.filter((one) => one === status).length;
const tag = (kind: string, round: number): Subject => ({ type: 'Observation', system: 'http://t.example', value: `${kind}-${round}` });
/** Matricules, each used once. */
const ins = (round: number): Subject => ({ type: 'Patient', system: testIns, value: `2550175${String(round).padStart(3, '0')}00108`.slice(0, 15) });

describe(`${many} writers of one identifier at once`, () => {
  it('by criteria of any form make one resource, and none of them is refused', async () => {
    for (let round = 0; round < rounds; round++) {
      const subject = tag('criteria', round);
      const statuses = await atOnce(subject, conditional);
      expect([round, count(statuses, 201), count(statuses, 200), await total(subject)]).toEqual([round, 1, many - 1, 1]);
    }
  }, 30_000 + rounds * 2_000);

  it('of a national identifier make one resource, plain creations among them: these are told that it is here', async () => {
    for (let round = 0; round < rounds; round++) {
      const subject = ins(round);
      const statuses = await atOnce(subject, [plain, ...conditional]);
      const plains = statuses.filter((_, index) => index % (conditional.length + 1) === 0);
      expect([round, count(statuses, 201), await total(subject)]).toEqual([round, 1, 1]);
      expect(plains.every((status) => status === 409 || status === 201)).toBe(true);
      expect(statuses.filter((_, index) => index % (conditional.length + 1) !== 0).every((status) => status === 200 || status === 201)).toBe(true);
    }
  }, 30_000 + rounds * 2_000);

  it('with one plain creation among them do what some order of them does', async () => {
    for (let round = 0; round < Math.min(rounds, 100); round++) {
      const subject = tag('plain', round);
      const statuses = await Promise.all(Array.from({ length: many }, (_, index) => (index === 20 ? plain : conditional[index % conditional.length] as Writer)(subject, index)));
      const stored = await total(subject);
      // The plain one always creates: first, and all others find it; or after one of them, and whoever comes then finds two.
      expect([round, statuses[20], count(statuses, 201)]).toEqual([round, 201, stored]);
      expect([1, 2]).toContain(stored);
      expect(statuses.every((status) => status === 200 || status === 201 || (status === 412 && stored === 2))).toBe(true);
    }
  }, 30_000 + rounds * 2_000);

  it('after a plain creation that was answered make nothing', async () => {
    const subject = tag('after', 0);
    expect(await plain(subject, 0)).toBe(201);
    expect(new Set(await atOnce(subject, conditional))).toEqual(new Set([200]));
    expect(await total(subject)).toBe(1);
  });

  it('of one id are all taken', async () => {
    const { id } = expectStatus(await server.as(operator)('POST', 'Observation', { body: bodyOf(tag('id', 0), 0) }), 201).resource<{ id: string }>();
    const replies = await Promise.all(Array.from({ length: many }, (_, index) => (index % 2 === 0
      ? call('PUT', `Observation/${id}`, { ...bodyOf(tag('id', 0), index + 1), id })
      : server.as(operator)('PATCH', `Observation/${id}`, { body: JSON.stringify([{ op: 'add', path: '/note', value: [{ text: String(index) }] }]), headers: { 'Content-Type': 'application/json-patch+json' } }).then(statusOf))));
    expect(new Set(replies)).toEqual(new Set([200]));
    expect((await server.as(operator)('GET', `Observation/${id}`)).headers.ETag).toBe(`W/"${many + 1}"`);
  });
});
