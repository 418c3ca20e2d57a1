import { bind, type Grant } from '../../../src/access/grant';
import { serverGrant } from '../../../src/access/decide';
import { indexEntries } from '../../../src/search/indexer';
import { parseSearch } from '../../../src/search/query';
import type { Guard, PutWrite } from '../../../src/store/port';
import { criteriaKeys } from '../../../src/store/mongodb/step/criteria';

const grant: Grant = serverGrant(0);
const guard = (type: string, query: string): Guard => ({
  kind: 'matches', ids: [], plan: bind(grant, parseSearch(type, query, { bases: [], timeZone: 'Europe/Paris', handling: 'strict', now: 0, page: { default: 2, max: 2 } }).plan),
});
const put = (type: string, identifier: object[], more: object = {}): PutWrite => ({
  kind: 'put', type, id: 'x', expect: 'absent', body: { before: '', after: '' }, claims: [], access: { exposure: 'private', owners: [], structures: [] } as never,
  entries: indexEntries({ resourceType: type, id: 'x', identifier, ...more } as never, { bases: [], timeZone: 'Europe/Paris' }),
});
const meet = (one: readonly string[], other: readonly string[]): boolean => one.some((key) => other.includes(key));
const keys = (type: string, query: string): readonly string[] => criteriaKeys([guard(type, query)], []);

describe('steps that are judged by criteria take turns', () => {
  it.each([
    ['identifier=http://t.example|v', 'identifier=v'], ['identifier=http://t.example|v', 'identifier=http://t.example|v&status=final'], ['status=final', 'status=final'], ['identifier=a,b', 'identifier=a,b'],
  ])('%s and %s', (one, other) => expect(meet(keys('Observation', one), keys('Observation', other))).toBe(true));

  it.each([
    ['identifier=http://t.example|v', 'identifier=http://t.example|w'], ['status=final', 'status=amended'],
  ])('not %s and %s', (one, other) => expect(meet(keys('Observation', one), keys('Observation', other))).toBe(false));

  it('where one writes what the other asks for', () => {
    const writes = criteriaKeys([guard('Observation', 'identifier=a')], [put('Observation', [{ value: 'a' }, { system: 'http://t.example', value: 'b' }])]);
    expect(meet(writes, keys('Observation', 'identifier=b'))).toBe(true);
    expect(meet(writes, keys('Observation', 'identifier=c'))).toBe(false);
  });

  it('not where what one writes contains whom the other contains: documents of one author are written side by side', () => {
    const document = (id: string) => put('DocumentReference', [{ value: id }], { contained: [{ resourceType: 'Practitioner', id: 'a', identifier: [{ value: 'author' }] }], author: [{ reference: '#a' }] });
    const [one, other] = ['1', '2'].map((id) => criteriaKeys([guard('DocumentReference', `identifier=${id}`)], [document(id)])) as [readonly string[], readonly string[]];
    expect(meet(one, other)).toBe(false);
  });

  it('and nobody else does', () => {
    expect(criteriaKeys([], [put('Observation', [{ value: 'a' }])])).toEqual([]);
    expect(meet(keys('Observation', 'identifier=v'), keys('Patient', 'identifier=v'))).toBe(false);
  });
});
