/**
 * Who sees what: every reach against every exposure, consent and label (rules 4 and 5). Expectations are written by hand
 * from the rules. Each case is judged on every way out: read, vread, history, search, and once more on the tombstone.
 */
import type { AccessFacts, DocumentFacts } from '../../src/access/facts';
import { bind, type Grant } from '../../src/access/grant';
import type { PutWrite, Store, Write } from '../../src/store/port';
import { always, consent, grantOf, keyOf, moment, open, operator, owned, person, professional, put, remove, software, written, type Subject } from './support';

/** The callers. Alice and Bob are people; D1 is a document that `author` wrote with the software of structure `s1`. */
const callers: Readonly<Record<string, Grant>> = {
  operator,
  alice: person('alice'),
  bob: person('bob'),
  stranger: person(),
  pro: professional('professional|pro', 'structure|clinic', 'role|pro|clinic', 'Practitioner/pro', 'Organization/clinic'),
  author: professional('professional|author', 'Practitioner/author'),
  s1: software('s1', 'structure|s1', 'Organization/s1'),
  s2: software('s2', 'structure|s2'),
};
type Caller = 'operator' | 'alice' | 'bob' | 'stranger' | 'pro' | 'author' | 's1' | 's2';

const everyone: readonly Caller[] = ['operator', 'alice', 'bob', 'stranger', 'pro', 'author', 's1', 's2'];
/** Who sees an open record of Alice's that s1 wrote. */
const usual: readonly Caller[] = ['operator', 'alice', 'pro', 'author', 's1'];
const usualBut = (...not: readonly Caller[]): readonly Caller[] => usual.filter((caller) => !not.includes(caller));
const personOnly: readonly Caller[] = ['operator', 'alice'];

const ofAlice: AccessFacts = { exposure: 'owned', owners: ['alice'], structures: ['s1'] };
const ofBoth: AccessFacts = { ...ofAlice, owners: ['alice', 'bob'] };
const target = (access: AccessFacts): PutWrite => put('Observation', 'x', { access });

/** A document of Alice's; what is drawn from it is ruled by it. */
const document = (id: string, facts: Partial<DocumentFacts> = {}): PutWrite => put('DocumentReference', id, {
  access: { ...ofAlice, documentFacts: { chainKeys: [`oid|${id}`], labels: [], authors: [], ...facts } },
});
const drawn = target({ ...ofAlice, document: 'd1' });
const byAuthor = { authors: ['professional|author', 'role|author|s1'] };

interface Case {
  readonly name: string;
  /** Steps, one after another; the last of them decides. */
  readonly steps: readonly (readonly Write[])[];
  readonly seenBy: readonly Caller[];
  /** Version 1 is from before the resource came to another person: for the operator alone. */
  readonly firstApart?: boolean;
}
const rule = (name: string, access: AccessFacts, consents: readonly Write[], seenBy: readonly Caller[]): Case => ({ name, steps: [[target(access)], consents], seenBy });
const chain = (name: string, seenBy: readonly Caller[], ...steps: readonly (readonly Write[])[]): Case => ({ name, steps: [[document('d1', byAuthor), drawn], ...steps], seenBy });

const close = { effect: 'close', ...always } as const;
const block = (...actors: readonly string[]) => ({ effect: 'block', actors, ...always }) as const;
const mask = (id: string, ...actors: readonly string[]) => ({ effect: 'mask', document: id, ...(actors.length > 0 ? { actors } : {}), ...always }) as const;
const past = { from: moment - 10, until: moment };
const future = { from: moment + 1, until: moment + 10 };
const now = { from: moment, until: moment + 1 };

const cases: readonly Case[] = [
  rule('public', open, [], everyone),
  rule('owned', ofAlice, [], usual),
  rule('subject: only its owner and the operator', { ...ofAlice, exposure: 'subject' }, [], personOnly),
  rule('private: only the operator and the structure that wrote it', { exposure: 'private', owners: [], structures: ['s1'] }, [], ['operator', 's1']),
  rule('private, written by the operator', { exposure: 'private', owners: [], structures: [] }, [], ['operator']),
  rule('owned by two', ofBoth, [], [...usual, 'bob']),
  rule('owned, without an owner', { ...ofAlice, owners: [] }, [], ['operator', 's1']),
  { name: 'written by two structures', steps: [[target(ofAlice)], [target({ ...ofAlice, structures: ['s2'] })]], seenBy: [...usual, 's2'] },
  { name: 'given to another person by an update', steps: [[target(ofAlice)], [target({ ...ofAlice, owners: ['bob'] })]], seenBy: ['operator', 'bob', 'pro', 'author', 's1'], firstApart: true },

  rule('closed', ofAlice, [consent('c', 'alice', close)], personOnly),
  rule('closed, and public', open, [consent('c', 'alice', close)], everyone),
  rule('closed by one of two owners', ofBoth, [consent('c', 'bob', close)], [...personOnly, 'bob']),
  rule('closed by another person', ofAlice, [consent('c', 'bob', close)], usual),
  rule('closed in the past', ofAlice, [consent('c', 'alice', { ...close, ...past })], usual),
  rule('closed from later on', ofAlice, [consent('c', 'alice', { ...close, ...future })], usual),
  rule('closed for this very moment', ofAlice, [consent('c', 'alice', { ...close, ...now })], personOnly),
  { name: 'closed, then opened by another version of the consent', steps: [[target(ofAlice)], [consent('c', 'alice', close)], [consent('c', 'alice')]], seenBy: usual },
  { name: 'closed, then opened by deleting the consent', steps: [[target(ofAlice)], [consent('c', 'alice', close)], [remove('Consent', 'c')]], seenBy: usual },
  { name: 'closed by two consents, one of them deleted', steps: [[target(ofAlice)], [consent('c', 'alice', close), consent('e', 'alice', close)], [remove('Consent', 'c')]], seenBy: personOnly },
  { name: 'closed before it was written', steps: [[consent('c', 'alice', close)], [target(ofAlice)]], seenBy: personOnly },

  rule('a professional blocked by number', ofAlice, [consent('c', 'alice', block('professional|pro'))], usualBut('pro')),
  rule('a professional blocked by reference', ofAlice, [consent('c', 'alice', block('Practitioner/pro'))], usualBut('pro')),
  rule('a professional blocked in their role', ofAlice, [consent('c', 'alice', block('role|pro|clinic'))], usualBut('pro')),
  rule('a professional in a role elsewhere', ofAlice, [consent('c', 'alice', block('role|pro|elsewhere'))], usual),
  rule('a structure blocked', ofAlice, [consent('c', 'alice', block('Organization/clinic'))], usualBut('pro')),
  rule('the structure that wrote it blocked', ofAlice, [consent('c', 'alice', block('structure|s1'))], usualBut('s1')),
  rule('several blocked by one rule', ofAlice, [consent('c', 'alice', block('structure|s1', 'professional|author'))], usualBut('s1', 'author')),
  rule('several blocked by several consents', ofAlice, [consent('c', 'alice', block('structure|s1')), consent('e', 'alice', block('professional|pro'))], usualBut('s1', 'pro')),
  rule('blocked by one of two owners', ofBoth, [consent('c', 'bob', block('professional|pro'))], [...usualBut('pro'), 'bob']),
  rule('blocked in the past', ofAlice, [consent('c', 'alice', { ...block('professional|pro'), ...past })], usual),
  rule('blocked by another person', ofAlice, [consent('c', 'bob', block('professional|pro'))], usual),

  chain('drawn from a document', usual),
  chain('MASQUE_PS: not for professionals, but for its author and the software it came by', ['operator', 'alice', 'author', 's1'], [document('d1', { ...byAuthor, labels: ['MASQUE_PS'] })]),
  chain('MASQUE_PS without authors', ['operator', 'alice', 's1'], [document('d1', { labels: ['MASQUE_PS'] })]),
  chain('INVISIBLE_PATIENT', usualBut('alice'), [document('d1', { ...byAuthor, labels: ['INVISIBLE_PATIENT'] })]),
  chain('INVISIBLE_REPRESENTANTS_LEGAUX', usual, [document('d1', { ...byAuthor, labels: ['INVISIBLE_REPRESENTANTS_LEGAUX'] })]),
  chain('labels lifted by a new version', usual, [document('d1', { ...byAuthor, labels: ['MASQUE_PS', 'INVISIBLE_PATIENT'] })], [document('d1', byAuthor)]),
  chain('the label of a later version of the document holds for the whole chain', ['operator', 'alice', 'author', 's1'],
    [document('d2', { chainKeys: ['oid|d2', 'oid|d1'], labels: ['MASQUE_PS'] })]),
  chain('an author of a later version is not an author of the earlier one', ['operator', 'alice', 'author', 's1'],
    [document('d2', { chainKeys: ['oid|d2', 'oid|d1'], labels: ['MASQUE_PS'], authors: ['Practitioner/pro'] })]),
  chain('the label of a later version lifted', usual,
    [document('d2', { chainKeys: ['oid|d2', 'oid|d1'], labels: ['MASQUE_PS'] })], [document('d2', { chainKeys: ['oid|d2', 'oid|d1'] })]),
  chain('the label of a deleted version holds until lifted', ['operator', 'alice', 'author', 's1'],
    [document('d2', { chainKeys: ['oid|d2', 'oid|d1'], labels: ['MASQUE_PS'] })], [remove('DocumentReference', 'd2')]),
  chain('the label of another document', usual, [document('d2', { labels: ['MASQUE_PS'] })]),
  chain('two chains joined by a document that comes late', usualBut('alice', 'pro'),
    [document('d3', { labels: ['MASQUE_PS'] })], [document('d2', { chainKeys: ['oid|d3', 'oid|d2', 'oid|d1'], labels: ['INVISIBLE_PATIENT'] })]),
  chain('a chain of three, hidden at its far end', ['operator', 'alice', 'author', 's1'],
    [document('d2', { chainKeys: ['oid|d2', 'oid|d1'] })], [document('d3', { chainKeys: ['oid|d3', 'oid|d2'], labels: ['MASQUE_PS'] })]),
  chain('a chain that fell apart', usual,
    [document('d2', { chainKeys: ['oid|d2', 'oid|d1'] })], [document('d3', { chainKeys: ['oid|d3', 'oid|d2'], labels: ['MASQUE_PS'] })], [document('d2')]),
  { name: 'drawn from a document that comes after it', steps: [[drawn], [document('d1', { labels: ['INVISIBLE_PATIENT'] })]], seenBy: usualBut('alice') },

  chain('masked', personOnly, [consent('c', 'alice', mask('d1'))]),
  chain('masked in the past', usual, [consent('c', 'alice', { ...mask('d1'), ...past })]),
  chain('masked from a professional', usualBut('pro'), [consent('c', 'alice', mask('d1', 'Practitioner/pro'))]),
  chain('masked from its author', usualBut('author'), [consent('c', 'alice', mask('d1', 'professional|author'))]),
  chain('masked from the software it came by', usualBut('s1'), [consent('c', 'alice', mask('d1', 'structure|s1'))]),
  chain('masked by a later version', personOnly, [document('d2', { chainKeys: ['oid|d2', 'oid|d1'] })], [consent('c', 'alice', mask('d2'))]),
  chain('masked before the later version came', personOnly, [consent('c', 'alice', mask('d2'))], [document('d2', { chainKeys: ['oid|d2', 'oid|d1'] })]),
  chain('masked by a person whom the document is not about', usual, [consent('c', 'bob', mask('d1'))]),
  chain('another document masked', usual, [document('d2')], [consent('c', 'alice', mask('d2'))]),
  chain('a mask lifted', usual, [consent('c', 'alice', mask('d1'))], [remove('Consent', 'c')]),
  chain('a document closed, blocked and masked at once', personOnly, [consent('c', 'alice', mask('d1')), consent('e', 'alice', close), consent('f', 'alice', block('structure|s1'))]),
];

async function ways(store: Store, grant: Grant): Promise<Record<string, boolean>> {
  const key = keyOf('Observation', 'x');
  const plan = { types: ['Observation'], where: { kind: 'ids', ids: ['x'] }, sort: [], includes: [], page: { count: 10 }, total: 'accurate' } as const;
  const [current, first, history, page] = await Promise.all([store.read(grant, key), store.vread(grant, key, 1), store.history(grant, key, { count: 10 }), store.search(bind(grant, plan))]);
  return { read: current !== undefined, vread: first !== undefined, history: history !== undefined && history.versions.length > 0, search: page.matches.length === 1, total: page.total === 1 };
}
const allOf = (seen: boolean) => ({ read: seen, vread: seen, history: seen, search: seen, total: seen });

export function visibilityContract(subject: () => Subject): void {
  const store = (): Store => subject().store;

  describe('Who sees what', () => {
    test.each(cases)('$name', async ({ steps, seenBy, firstApart = false }) => {
      const vread = (caller: Caller) => seenBy.includes(caller) && (!firstApart || caller === 'operator');
      for (const step of steps) if (step.length > 0) await written(store(), ...step);
      for (const caller of everyone) {
        expect([caller, await ways(store(), callers[caller] as Grant)]).toEqual([caller, { ...allOf(seenBy.includes(caller)), vread: vread(caller) }]);
      }
      await written(store(), remove('Observation', 'x'));
      for (const caller of everyone) {
        const seen = seenBy.includes(caller);
        expect([caller, await ways(store(), callers[caller] as Grant)]).toEqual([caller, { ...allOf(seen), vread: vread(caller), search: false, total: false }]);
      }
    });

    test('the document itself is ruled by its chain', async () => {
      await written(store(), document('d1', { labels: ['MASQUE_PS'] }), document('d2', { chainKeys: ['oid|d1', 'oid|d2'] }));
      for (const id of ['d1', 'd2']) {
        expect(await store().read(callers.pro as Grant, keyOf('DocumentReference', id))).toBeUndefined();
        expect(await store().read(callers.alice as Grant, keyOf('DocumentReference', id))).toBeDefined();
      }
    });

    test('a Patient is owned by itself: closed or blocked, it does not exist', async () => {
      const key = keyOf('Patient', 'alice');
      await written(store(), put('Patient', 'alice', { access: owned('alice') }));
      expect(await store().read(callers.pro as Grant, key)).toBeDefined();
      await written(store(), consent('c', 'alice', block('professional|pro')));
      expect(await store().read(callers.pro as Grant, key)).toBeUndefined();
      expect(await store().read(callers.author as Grant, key)).toBeDefined();
      await written(store(), consent('c', 'alice', close));
      expect(await store().read(callers.author as Grant, key)).toBeUndefined();
      expect(await store().read(callers.alice as Grant, key)).toBeDefined();
    });

    test('a version from before it came to another person is for the operator alone', async () => {
      const key = keyOf('Observation', 'x');
      const of = (...owners: string[]) => put('Observation', 'x', { access: owned(...owners) });
      const seen = async (caller: keyof typeof callers) => {
        const history = await store().history(callers[caller] as Grant, key, { count: 10 });
        const versions = await Promise.all([1, 2, 3].map((version) => store().vread(callers[caller] as Grant, key, version)));
        return [history?.total, history?.versions.map(({ version }) => version), versions.map((version) => version !== undefined)];
      };
      await written(store(), of('alice'));
      await written(store(), of('alice', 'bob'));
      await written(store(), of('bob'));
      expect(await seen('bob')).toEqual([2, [3, 2], [false, true, true]]);
      expect(await seen('pro')).toEqual([2, [3, 2], [false, true, true]]);
      expect(await seen('operator')).toEqual([3, [3, 2, 1], [true, true, true]]);
      expect((await seen('alice'))[0]).toBeUndefined();
      await written(store(), of());
      await written(store(), of('alice'));
      expect(await seen('alice')).toEqual([2, [5, 4], [false, false, false]]);
    });

    test('a label hides every version, also those written before it', async () => {
      await written(store(), document('d1', byAuthor), drawn);
      await written(store(), drawn, document('d1', { ...byAuthor, labels: ['MASQUE_PS'] }));
      for (const version of [1, 2]) expect(await store().vread(callers.pro as Grant, keyOf('Observation', 'x'), version)).toBeUndefined();
    });

    test('many keys of a caller are all compared', async () => {
      await written(store(), target(ofAlice), consent('c', 'alice', block('professional|key-39')));
      const keys = Array.from({ length: 40 }, (_, index) => `professional|key-${index}`);
      expect(await store().read(professional(...keys), keyOf('Observation', 'x'))).toBeUndefined();
      expect(await store().read(professional(...keys.slice(0, 39)), keyOf('Observation', 'x'))).toBeDefined();
    });

    test('closing is judged at the moment of the grant', async () => {
      await written(store(), consent('c', 'alice', { ...close, from: moment, until: moment + 10 }));
      const at = (when: number) => store().isClosed(grantOf({ kind: 'everything' }, when), 'alice');
      expect([await at(moment - 1), await at(moment), await at(moment + 9), await at(moment + 10)]).toEqual([false, true, true, false]);
      expect(await store().isClosed(operator, 'bob')).toBe(false);
    });
  });

  describe('Labels in the text of what was drawn from a document', () => {
    const securityOf = async (rest = ''): Promise<string[]> => {
      await written(store(), put('Observation', 'x', { access: { ...ofAlice, document: 'd1' }, ...(rest === '' ? {} : { body: { before: '{"resourceType":"Observation","id":"x","meta":{', after: rest } }) }));
      const found = await store().read(operator, keyOf('Observation', 'x'));
      const { meta } = JSON.parse(found?.text ?? '') as { meta: { security?: { system: string; code: string }[] } };
      return (meta.security ?? []).map(({ code }) => code);
    };

    test('follow the chain', async () => {
      await written(store(), document('d1'));
      expect(await securityOf()).toEqual([]);
      await written(store(), document('d1', { labels: ['MASQUE_PS'] }), document('d2', { chainKeys: ['oid|d1'], labels: ['INVISIBLE_REPRESENTANTS_LEGAUX'] }));
      expect(await securityOf()).toEqual(['MASQUE_PS', 'INVISIBLE_REPRESENTANTS_LEGAUX']);
      await written(store(), document('d1'), document('d2'));
      expect(await securityOf()).toEqual([]);
    });

    test('stand in the answer to a commit and in past versions too', async () => {
      const [, version] = await written(store(), document('d1', { labels: ['MASQUE_PS'] }), drawn);
      expect(version?.text).toContain('"code":"MASQUE_PS"');
      await written(store(), drawn);
      expect((await store().vread(operator, keyOf('Observation', 'x'), 1))?.text).toBe(version?.text);
    });

    test.each([
      ['other codings', ',"security":[{"system":"s","code":"R"}]}}', ['MASQUE_PS', 'R']],
      ['an empty list', ',"security":[]}}', ['MASQUE_PS']],
      ['the same coding', ',"security":[{"code":"MASQUE_PS"}]}}', ['MASQUE_PS']],
      ['members that look alike', ',"extension":[{"security":["]}"],"valueString":"\\"security\\":["}],"tag":[{"code":"MASQUE_PS"}]},"security":[{"code":"N"}]}', ['MASQUE_PS']],
    ])('join %s', async (_, after, codes) => {
      await written(store(), document('d1', { labels: ['MASQUE_PS'] }));
      expect(await securityOf(after)).toEqual(codes);
    });

    test('are the codes of TRE_A07', async () => {
      await written(store(), document('d1', { labels: ['INVISIBLE_PATIENT'] }), drawn);
      expect(JSON.parse((await store().read(operator, keyOf('Observation', 'x')))?.text ?? '')).toMatchObject({
        meta: { security: [{ system: 'https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument', code: 'INVISIBLE_PATIENT' }] },
      });
    });
  });
}
