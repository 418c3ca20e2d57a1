/**
 * The leak matrix: two stores that differ in one resource which the caller may not see must answer that caller the same,
 * by every way a search has of touching it.
 */
import type { AccessFacts, ConsentRule, VisibilityLabel } from '../../src/access/facts';
import { bind, type Grant, type Reach } from '../../src/access/grant';
import type { SearchPlan } from '../../src/search/plan';
import type { HistoryScope, Store } from '../../src/store/port';
import { entriesOf, everything, grantOf, namesOf, ownedBy, planOf, publicFacts, write, type Draft } from './search-support';
import type { StoreFactory } from './search.contract';

interface Hiding {
  readonly name: string;
  readonly reader: Reach;
  readonly labels?: readonly VisibilityLabel[];
  readonly rule?: Omit<ConsentRule, 'patient' | 'from' | 'until'>;
  /** Who owns what the reader does see. */
  readonly seen: string;
}
const professional: Reach = { kind: 'professional', keys: ['professional|1'] };
const hidings: readonly Hiding[] = [
  { name: 'a closed record', reader: professional, rule: { effect: 'close' }, seen: 'w' },
  { name: 'a blocked professional', reader: professional, rule: { effect: 'block', actors: ['professional|1'] }, seen: 'w' },
  { name: 'MASQUE_PS', reader: professional, labels: ['MASQUE_PS'], seen: 'h' },
  { name: 'INVISIBLE_PATIENT', reader: { kind: 'patient', patient: 'h' }, labels: ['INVISIBLE_PATIENT'], seen: 'h' },
  { name: 'a mask by consent', reader: professional, rule: { effect: 'mask', document: 'd' }, seen: 'h' },
  { name: 'another structure', reader: { kind: 'structure', structure: 's2', keys: [] }, seen: 'w' },
];

type Reference = readonly [code: string, target: string];

/** Observations bear a code and a date; `seen` ones point at hidden ones and the other way round. */
function observation(id: string, code: string, at: number, references: readonly Reference[], access: AccessFacts): Draft {
  return {
    type: 'Observation', id, access,
    entries: entriesOf({
      token: [{ param: 'Observation.code', code, system: '', mark: 3 }, ...['Observation._text', ...(at > 15 ? [] : ['Observation._text:3'])].map((param) => ({ param, code: 'toux', system: '' })), { param: 'Observation._text', code, system: '' }, { param: 'Medication.code', contained: 'c', code, system: '' }],
      uri: [{ param: 'Observation.url', value: code }],
      reference: [{ param: 'Observation.part', form: 'contained', id: 'c' }, { param: 'Observation.by', form: 'canonical', url: code === 'open' ? 'secret' : 'open' }, ...references.map(([of, target]) => ({ param: `Observation.${of}`, form: 'local' as const, type: target.split('/')[0] ?? '', id: target.split('/')[1] ?? '' }))],
      date: [{ param: 'Observation.date', lo: at, hi: at + 1, mark: 3 }], mainDate: at,
      quantity: [{ param: 'Observation.value', unit: 'kg', lo: at, hi: at + 1, mark: 3 }],
    }),
  };
}

function drafts({ labels = [], rule, seen }: Hiding, withHidden: boolean): Draft[] {
  const both = ['s1', 's2'];
  const shown = ownedBy([seen], { structures: both });
  const document = ownedBy(['h'], { structures: ['s1'], documentFacts: { chainKeys: ['k'], labels, authors: [] } });
  const hidden = ownedBy(['h'], { structures: ['s1'], document: 'd' });
  const person = (id: string): Draft => ({ type: 'Patient', id, entries: entriesOf({}), access: ownedBy([id], { structures: ['s1', 's2'] }) });
  const consent: Draft = {
    type: 'Consent', id: 'k', entries: entriesOf({}),
    access: { exposure: 'subject', owners: ['h'], structures: [], rules: rule ? [{ ...rule, patient: 'h', from: 0, until: 10_000 }] : [] },
  };
  return [
    person('h'), person('w'), { type: 'Practitioner', id: 'q', entries: entriesOf({}), access: publicFacts },
    ...(withHidden ? [{ type: 'DocumentReference', id: 'd', entries: entriesOf({ token: [{ param: 'DocumentReference.type', code: 'secret', system: '' }] }), access: document }] : []),
    observation('v1', 'open', 10, [['from', 'Observation/x'], ['on', 'Observation/v2']], shown),
    ...(withHidden ? [observation('x', 'secret', 15, [['member', 'Observation/v1'], ['member', 'Observation/v3'], ['performer', 'Practitioner/q'], ['from', 'Observation/v3']], hidden)] : []),
    ...(withHidden ? [{ type: 'List', id: 'hidden', access: hidden, entries: entriesOf({ reference: [listed('Observation/v1')] }) }] : []),
    { type: 'List', id: 'shown', access: shown, entries: entriesOf({ reference: [listed('Observation/x'), listed('Observation/v2')] }) },
    observation('v2', 'open', 20, [['on', 'Observation/x']], shown),
    observation('v3', 'open', 30, [], shown),
    consent,
  ];
}

const listed = (target: string) => ({ param: 'List._list', form: 'local' as const, type: 'Observation', id: target.slice('Observation/'.length) });
const ofList = (id: string) => ({ kind: 'has', type: 'List', param: 'List._list', where: { kind: 'ids', ids: [id], type: 'List' } }) as const;
const observations = (where: SearchPlan['where'], more: Partial<SearchPlan> = {}) => planOf(['Observation'], where, { total: 'accurate', ...more });
const secret = { kind: 'token', param: 'Observation.code', code: 'secret' } as const;
const open = { kind: 'token', param: 'Observation.code', code: 'open' } as const;
const byDate = (descending: boolean) => ({ by: { param: 'Observation.date', valueKind: 'date' as const }, descending });
const word = (param: string, code: string) => ({ kind: 'token', param, code, system: '' }) as const;
const byRelevance = { by: { score: [word('Observation._text', 'toux'), word('Observation._text:3', 'toux'), word('Observation._text', 'secret')] }, descending: true };
const byValue = { by: { param: 'Observation.value', valueKind: 'quantity' as const }, descending: false };
const include = (direction: 'include' | 'revinclude', code: string, iterate: boolean) => ({ includes: [{ direction, sourceType: 'Observation', param: code === '*' ? '*' : `Observation.${code}`, definitions: ['Observation'], iterate }] });

const ways: readonly (readonly [name: string, plan: SearchPlan])[] = [
  ['direct search', observations({ kind: 'all' })],
  ['direct search by a criterion', observations(secret)],
  ['direct search of the document', planOf(['DocumentReference'], { kind: 'token', param: 'DocumentReference.type', code: 'secret' }, { total: 'accurate' })],
  ['search by id', observations({ kind: 'ids', ids: ['x', 'v1'] })],
  ['what is drawn from the document', observations({ kind: 'drawn-from', document: 'd' })],
  ['compartment', observations({ kind: 'compartment', patient: 'h' })],
  ['what the record shares', planOf(['Practitioner'], { kind: 'shared-by', patient: 'h' }, { total: 'accurate' })],
  ['count', observations({ kind: 'all' }, { page: { count: 0 } })],
  ['estimate', observations({ kind: 'all' }, { page: { count: 1 }, total: 'estimate' })],
  ['chain', observations({ kind: 'chain', param: 'Observation.from', targets: ['Observation'], where: secret })],
  ['chain to anything', observations({ kind: 'chain', param: 'Observation.from', targets: ['Observation'], where: { kind: 'all' } })],
  ['negated chain', observations({ kind: 'not', of: { kind: 'chain', param: 'Observation.from', targets: ['Observation'], where: secret } })],
  ['chain of two hops', observations({ kind: 'chain', param: 'Observation.on', targets: ['Observation'], where: { kind: 'chain', param: 'Observation.on', targets: ['Observation'], where: secret } })],
  ['has', observations({ kind: 'has', type: 'Observation', param: 'Observation.member', where: secret })],
  ['negated has', observations({ kind: 'not', of: { kind: 'has', type: 'Observation', param: 'Observation.member', where: secret } })],
  ['what stands in a hidden list', observations(ofList('hidden'))],
  ['what does not stand in a hidden list', observations({ kind: 'not', of: ofList('hidden') })],
  ['what stands in a list', observations(ofList('shown'))],
  ['include', observations(open, include('include', 'from', false))],
  ['include of everything', observations(open, include('include', '*', false))],
  ['revinclude', observations(open, include('revinclude', 'member', false))],
  ['revinclude of everything', observations(open, include('revinclude', '*', false))],
  ['include by URL', observations(open, include('include', 'by', false))],
  ['revinclude by URL', observations(open, include('revinclude', 'by', false))],
  ['iterated include', observations({ kind: 'ids', ids: ['v1'] }, include('include', '*', true))],
  ['iterated revinclude', observations({ kind: 'ids', ids: ['v3'] }, include('revinclude', '*', true))],
  ['sort by main date', observations({ kind: 'all' }, { sort: [byDate(true)], page: { count: 1 } })],
  ['sort by another value', observations({ kind: 'all' }, { sort: [byValue], page: { count: 1 } })],
  ['sort by change', observations({ kind: 'all' }, { sort: [{ by: '_lastUpdated', descending: false }, { by: '_id', descending: true }], page: { count: 1 } })],
  ['what contains', observations({ kind: 'contains', types: ['Medication'], where: { kind: 'token', param: 'Medication.code', code: 'secret' } })],
  ['words', observations(word('Observation._text', 'secret'))],
  ['words that begin so', observations({ kind: 'code-starts', param: 'Observation._text', starts: ['sec', 'op'] })],
  ['sort by relevance', observations(word('Observation._text', 'toux'), { sort: [byRelevance], page: { count: 1 } })],
  ['next page', observations({ kind: 'all' }, { page: { count: 1 } })],
  ['next page of a criterion', observations({ kind: 'or', of: [open, secret] }, { page: { count: 2 }, sort: [byDate(false)] })],
];

/** What the caller can tell of an answer: pages, their company, totals, whether there is more. */
async function told(store: Store, grant: Grant, plan: SearchPlan): Promise<unknown> {
  const pages: unknown[] = [];
  let page = plan.page;
  for (;;) {
    const answer = await store.search(bind(grant, { ...plan, page }));
    pages.push({ matches: namesOf(answer.matches), included: namesOf(answer.included).sort(), total: answer.total, scores: answer.scores, more: answer.next !== undefined });
    if (answer.next === undefined) return pages;
    page = { ...plan.page, after: answer.next, asOf: answer.asOf };
  }
}

/** What the caller can tell of a history: versions and totals page by page. */
async function toldOfHistory(store: Store, grant: Grant, scope: HistoryScope): Promise<unknown> {
  const pages: unknown[] = [];
  for (let next: { after?: string; asOf?: string } = {}; ; ) {
    const page = await store.history(grant, scope, { count: 1, budget: 50, ...next });
    pages.push({ versions: namesOf(page?.versions ?? []), total: page?.total });
    if (page?.next === undefined) return pages;
    next = { after: page.next, asOf: page.asOf };
  }
}

export function leakCases(make: StoreFactory, withStore: (make: StoreFactory, work: (store: Store) => Promise<void>) => Promise<void>): void {
  describe.each(hidings.map((hiding) => [hiding.name, hiding] as const))('hidden by %s', (_name, hiding) => {
    it('what the caller may not see never changes an answer', async () => withStore(make, async (store) => withStore(make, async (without) => {
      await write(store, drafts(hiding, true));
      await write(without, drafts(hiding, false));
      const reader = grantOf(hiding.reader);
      for (const [way, plan] of ways) {
        const operator = await told(store, everything, plan);
        expect([way, operator]).not.toEqual([way, await told(without, everything, plan)]);
        expect([way, await told(store, reader, plan)]).toEqual([way, await told(without, reader, plan)]);
      }
    })));

    it('nor the history of a type or of the system', async () => withStore(make, async (store) => withStore(make, async (without) => {
      for (const [where, withHidden] of [[store, true], [without, false]] as const) {
        const all = drafts(hiding, withHidden);
        for (const draft of all) await write(where, [draft]);
        // Again, and gone: past versions and tombstones of what is hidden tell nothing either.
        for (const draft of all.filter(({ type }) => type === 'Observation')) await write(where, [draft]);
        for (const draft of all.filter(({ id }) => id === 'x' || id === 'v3')) await where.commit({ writes: [{ kind: 'delete', type: draft.type, id: draft.id, expect: 'any', claims: [] }], guards: [] });
      }
      const reader = grantOf(hiding.reader);
      for (const scope of [{}, { type: 'Observation' }, { type: 'DocumentReference' }]) {
        expect([scope, await toldOfHistory(store, everything, scope)]).not.toEqual([scope, await toldOfHistory(without, everything, scope)]);
        expect([scope, await toldOfHistory(store, reader, scope)]).toEqual([scope, await toldOfHistory(without, reader, scope)]);
      }
    })));

    it('what becomes hidden between two pages is on no later page', async () => {
      const { rule, labels } = hiding;
      // A structure does not lose what it wrote, so nothing becomes hidden from it.
      if (!rule && !labels) return;
      await withStore(make, async (store) => {
        const hidden = drafts(hiding, true);
        const bare = drafts({ name: '', reader: hiding.reader, seen: hiding.seen }, true);
        await write(store, bare);
        const reader = grantOf(hiding.reader);
        const plan = observations({ kind: 'all' }, { sort: [byDate(false)], page: { count: 1 } });
        const first = await store.search(bind(reader, plan));
        expect([namesOf(first.matches), first.total]).toEqual([['Observation/v1'], 4]);
        await write(store, hidden.filter(({ type }) => type === 'Consent' || type === 'DocumentReference'));
        const second = await store.search(bind(reader, { ...plan, page: { count: 1, after: first.next ?? '', asOf: first.asOf } }));
        expect([namesOf(second.matches), second.total]).toEqual([['Observation/v2'], 3]);
      });
    });
  });
}
