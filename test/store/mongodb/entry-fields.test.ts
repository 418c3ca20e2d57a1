/** Index entries as fields of documents: what each becomes, and what can be told back from it. */
import fc from 'fast-check';
import { nextAbove } from '../../../src/search/decimal-interval';
import { entryFields } from '../../../src/store/mongodb/entry-fields';
import { linkOf, localKey, referenceKeys, tokenKey, versioned } from '../../../src/store/mongodb/entry-texts';
import { entriesOf } from '../../contract/search-support';

const hour = 60 * 60 * 1000;

describe('Index entries as fields', () => {
  it('are one text for each token, with the bare type beside', () => {
    expect(entryFields('Observation', entriesOf({ token: [{ param: 'Observation.code', code: '8302-2', system: 'http://loinc.org' }] })).main).toEqual({ t: ['Observation', 'Observation.code|8302-2|http://loinc.org'] });
  });

  it('never give two tokens the same text', () => {
    const text = fc.string({ unit: fc.constantFrom('|', '\\', 'p', 'a') });
    fc.assert(fc.property(text, text, text, text, (code, system, otherCode, otherSystem) => {
      expect(tokenKey('P.c', { code, system }) === tokenKey('P.c', { code: otherCode, system: otherSystem })).toBe(code === otherCode && system === otherSystem);
    }));
  });

  it('tell where a reference leads, and that some lead nowhere', () => {
    const id = fc.string({ unit: fc.constantFrom('|', '\\', '#', 'a'), minLength: 1 });
    fc.assert(fc.property(id, (inside) => {
      expect(referenceKeys('A.b', { param: 'A.b', form: 'contained', id: inside }).map(linkOf)).toEqual([{ param: 'A.b', inside }]);
    }));
    expect(linkOf(localKey('A.b', 'Patient', 'x'))).toEqual({ param: 'A.b', local: 'Patient/x' });
    expect(linkOf(versioned(localKey('A.b', 'Patient', 'x'), '2'))).toBeUndefined();
    for (const entry of [{ form: 'absolute', url: 'Patient/x' }, { form: 'logical', system: 's', value: 'Patient/x' }] as const) {
      expect(referenceKeys('A.b', { param: 'A.b', ...entry }).map(linkOf)).toEqual([undefined]);
    }
    expect(referenceKeys('A.b', { param: 'A.b', form: 'canonical', url: 'Patient/x', version: '2' }).map(linkOf).filter(Boolean)).toEqual([{ param: 'A.b', canonical: { url: 'Patient/x', version: '2' } }]);
  });

  it.each([
    ['an instant', 0, 1, 'P.d'], ['a day', 0, 24 * hour, 'P.d'], ['a day when clocks go back', 0, 25 * hour, 'P.d'], ['a month', 0, 30 * 24 * hour, 'P.d+'],
    ['a period without an end', 0, Infinity, 'P.d+'], ['a period without a start', -Infinity, 0, 'P.d+'],
  ])('tell narrow dates from wide ones: %s', (_name, lo, hi, p) => {
    expect(entryFields('P', entriesOf({ date: [{ param: 'P.d', lo, hi }] })).main.d).toEqual([{ p, lo, hi }]);
  });

  it('count a main date as narrow only where the resource stands in its order', () => {
    const date = [{ param: 'Observation.date', lo: 5, hi: 6 }, { param: 'Observation.date', lo: 9, hi: 10 }, { param: 'Observation.other', lo: 9, hi: 10 }];
    expect(entryFields('Observation', entriesOf({ date, mainDate: 5 })).main.d?.map(({ p }) => p)).toEqual(['Observation.date', 'Observation.date+', 'Observation.other']);
  });

  it('tell points from ranges', () => {
    const number = [{ param: 'P.n', lo: 5.4, hi: nextAbove(5.4) }, { param: 'P.n', lo: 5, hi: 6 }, { param: 'P.n', lo: -Infinity, hi: 5 }];
    expect(entryFields('P', entriesOf({ number })).main.q?.map(({ p }) => p)).toEqual(['P.n', 'P.n+', 'P.n+']);
  });

  it('keep the entries of a contained resource together, and mark them among those of the resource', () => {
    const { main } = entryFields('Observation', entriesOf({
      token: [{ param: 'Patient.gender', code: 'male', system: '', contained: 'c' }],
      reference: [{ param: 'Observation.subject', form: 'contained', id: 'c' }],
    }));
    expect(main).toEqual({
      t: ['Observation', '#Patient.gender|male|'], r: ['Observation.subject|#c'],
      in: [{ id: 'c', by: ['Observation.subject'], rt: ['Patient'], t: ['Patient.gender|male|'] }],
    });
  });

  it('spill what is more than a document holds, and lose none', () => {
    const token = Array.from({ length: 25 }, (_, at) => ({ param: 'P.c', code: `c${at}`, system: '' }));
    const inner = token.map((entry, at) => ({ ...entry, contained: `i${at % 2}` }));
    const { main, spill } = entryFields('P', entriesOf({ token: [...token, ...inner] }), 10);
    const documents = [main, ...spill];
    expect(main.t?.[0]).toBe('P');
    expect(documents.flatMap(({ t = [] }) => t).sort()).toEqual(['P', ...token.map(({ code }) => `P.c|${code}|`), ...token.map(({ code }) => `#P.c|${code}|`)].sort());
    expect(documents.flatMap((document) => document.in ?? []).map(({ id, t }) => [id, t?.length])).toEqual([['i0', 13], ['i1', 12]]);
    for (const { t = [] } of documents) expect(t.length).toBeLessThanOrEqual(10);
  });

  it('keep the least and the greatest value of a parameter for sorting', () => {
    const { main } = entryFields('P', entriesOf({
      token: [{ param: 'P.c', code: 'b', system: 's', mark: 2 }, { param: 'P.c', code: 'a', system: 's', mark: 1 }, { param: 'P.x', code: 'only', system: '', mark: 3 }],
      date: [{ param: 'P.d', lo: -Infinity, hi: 7, mark: 3 }],
    }));
    expect(main.k).toEqual([{ p: 'P.c', a: 'a', z: 'b' }, { p: 'P.x', a: 'only' }, { p: 'P.d', a: 7 }]);
  });
});
