/** What a caller writes is a value: never an operator, a field, a path of an expression or a pattern. */
import type { Clause } from '../../../../src/search/plan';
import { fold } from '../../../../src/search/fold';
import type { Store } from '../../../../src/store/port';
import { entriesOf, everything, found, planOf, publicFacts, write, type Draft } from '../../../contract/search-support';
import { describeMongo, MongoSubjects } from '../../../support/mongo';

const texts = ['$t', '$$ROOT', '$where', '{"$gt":""}', '.*', '^a', '(', 'a|b', 'a\\|b', 'a\\', '|', '\\p', '#x', '=x', '~x', '@x', 'x|', '', '\u{10FFFF}', 'é', '\u0001', 'a.b', '__proto__'];
const resource = (text: string, at: number): Draft => ({
  type: 'Basic', id: `b${at}`, access: publicFacts,
  entries: entriesOf({
    token: [{ param: 'Basic.code', code: text, system: `urn:${text}` }, { param: 'Basic.other', code: 'one', system: text }],
    string: [{ param: 'Basic.name', exact: text, folded: fold(text) }],
    uri: [{ param: 'Basic.uri', value: text }],
    quantity: [{ param: 'Basic.quantity', unit: text, lo: 1, hi: 2 }],
    reference: [{ param: 'Basic.logical', form: 'logical', system: text, value: 'v' }, { param: 'Basic.logical', form: 'logical', system: 's', value: text }, { param: 'Basic.url', form: 'absolute', url: text }, { param: 'Basic.canonical', form: 'canonical', url: text, version: text }],
    composite: [{ param: 'Basic.composite', code: text, system: text, second: { kind: 'token', code: text, system: text } }, { param: 'Basic.words', code: 'c', system: '', second: { kind: 'string', folded: text } }],
  }),
});
const exactly = (text: string): readonly Clause[] => [
  { kind: 'token', param: 'Basic.code', code: text }, { kind: 'token', param: 'Basic.code', code: text, system: `urn:${text}` }, { kind: 'token', param: 'Basic.code', system: `urn:${text}` },
  { kind: 'token', param: 'Basic.other', system: text }, { kind: 'string', param: 'Basic.name', match: 'exact', text }, { kind: 'uri', param: 'Basic.uri', match: 'exact', value: text },
  { kind: 'quantity', param: 'Basic.quantity', unit: text, compare: { prefix: 'eq', lo: 1, hi: 2 } },
  { kind: 'reference', param: 'Basic.logical', target: { form: 'logical', system: text } }, { kind: 'reference', param: 'Basic.logical', target: { form: 'logical', system: 's', value: text } },
  { kind: 'reference', param: 'Basic.url', target: { form: 'absolute', url: text } }, { kind: 'reference', param: 'Basic.canonical', target: { form: 'canonical', url: text } },
  { kind: 'reference', param: 'Basic.canonical', target: { form: 'canonical', url: text, version: text } },
  { kind: 'composite', param: 'Basic.composite', code: text, second: { kind: 'token', system: text } }, { kind: 'composite', param: 'Basic.composite', code: text, system: text, second: { kind: 'token', code: text } },
];

describeMongo('Values of any kind', () => {
  const subjects = new MongoSubjects();
  let store: Store;
  let end: () => Promise<void>;
  beforeAll(async () => {
    ({ store, end } = await subjects.subject());
    await write(store, texts.map(resource));
  });
  afterAll(async () => {
    await end();
    await subjects.end();
  });

  it.each(texts.map((text, at) => [JSON.stringify(text), text, `Basic/b${at}`] as const))('%s finds what bears it and nothing else', async (_name, text, name) => {
    for (const where of exactly(text)) expect([where, await found(store, everything, planOf(['Basic'], where))]).toEqual([where, [name]]);
  });

  it.each(texts.map((text) => [JSON.stringify(text), text] as const))('%s is part of, or begins, the texts that it is part of or begins', async (_name, text) => {
    const named = (holds: (folded: string) => boolean, of: (text: string) => string): string[] => texts.flatMap((each, at) => (holds(of(each)) ? [`Basic/b${at}`] : [])).sort();
    const contained: Clause = { kind: 'string', param: 'Basic.name', match: 'contains', text };
    const starting: Clause = { kind: 'string', param: 'Basic.name', match: 'starts', text };
    const words = (match: 'starts' | 'contains'): Clause => ({ kind: 'composite', param: 'Basic.words', code: 'c', second: { kind: 'string', match, text } });
    expect((await found(store, everything, planOf(['Basic'], contained))).sort()).toEqual(named((each) => each.includes(text), fold));
    expect((await found(store, everything, planOf(['Basic'], starting))).sort()).toEqual(named((each) => each.startsWith(text), fold));
    expect((await found(store, everything, planOf(['Basic'], words('contains')))).sort()).toEqual(named((each) => each.includes(text), (each) => each));
    expect((await found(store, everything, planOf(['Basic'], words('starts')))).sort()).toEqual(named((each) => each.startsWith(text), (each) => each));
  });
});
