import fc from 'fast-check';
import { satisfies } from '../../src/search/matches';
import type { Clause } from '../../src/search/plan';
import { plan, world } from '../contract/search-arbitraries';
import { everything } from '../contract/search-support';
import { oracleMatches } from '../oracle/search';
import { nameOf } from '../oracle/world';

const alone = (clause: Clause): boolean =>
  (clause.kind === 'and' || clause.kind === 'or' ? clause.of.every(alone) : clause.kind === 'not' ? alone(clause.of) : !['chain', 'has', 'of-type', 'lastUpdated', 'compartment', 'shared-by', 'drawn-from', 'labelled'].includes(clause.kind));

describe('a clause, judged from the entries of one resource', () => {
  it('says what the oracle of searches says, wherever it says anything, and always where one resource is enough', () => {
    let [said, found] = [0, 0];
    fc.assert(fc.property(world, plan, (sets, { types, where }) => {
      const resources = sets.flat().map((draft) => ({ ...draft, lastUpdated: 5 }));
      const plain = { types, where, sort: [], includes: [], page: { count: 50 }, total: 'none' } as const;
      const names = new Set(oracleMatches({ resources }, everything, plain).map(nameOf));
      for (const resource of resources.filter(({ type }) => types.includes(type))) {
        const told = satisfies(where, resource);
        if (told === undefined) expect(alone(where)).toBe(false);
        else expect([where, nameOf(resource), told]).toEqual([where, nameOf(resource), names.has(nameOf(resource))]);
        if (told !== undefined) said++;
        if (told) found++;
      }
    }), { numRuns: 400 });
    expect(said).toBeGreaterThan(500);
    expect(found).toBeGreaterThan(50);
  });
});
