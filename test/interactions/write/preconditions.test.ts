import { Failure } from '../../../src/fhir/failure';
import { matchedTags, requireMatch } from '../../../src/interactions/write/preconditions';

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'held';
  } catch (error) {
    if (error instanceof Failure) return error.failure;
    throw error;
  }
};
const changed = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const live = (version: number) => ({ version, deleted: false, lastUpdated: changed });
const gone = (version: number) => ({ version, deleted: true, lastUpdated: changed });

describe('If-Match', () => {
  it.each([
    ['W/"3"', ['3']], ['"3"', ['3']], [' W/"3" , "4"', ['3', '4']], ['"abc"', ['abc']], ['""', ['']], ['*', undefined],
  ])('%s names %j', (header, tags) => expect(matchedTags(header)).toEqual(tags));

  it.each(['3', 'W/3', 'w/"3"', '"3', '"3""4"', '"3";', 'W/"3", ', ''])('refuses %j as malformed', (header) => {
    expect(codeOf(() => matchedTags(header))).toBe('bad-request');
  });

  it.each([
    ['W/"2"', live(2), 'held'], ['"2"', live(2), 'held'], ['"1", "2"', live(2), 'held'], ['*', live(2), 'held'],
    ['W/"1"', live(2), 'version-conflict'], ['"02"', live(2), 'version-conflict'],
    ['W/"2"', gone(2), 'held'], ['W/"1"', gone(2), 'version-conflict'], ['*', gone(2), 'precondition-failed'],
    ['W/"1"', undefined, 'version-conflict'], ['*', undefined, 'precondition-failed'],
  ])('%s against %j: %s', (match, current, expected) => expect(codeOf(() => requireMatch({ match }, current))).toBe(expected));

  it('tells the current version with the refusal', () => {
    expect(() => requireMatch({ match: 'W/"1"' }, live(7))).toThrow(expect.objectContaining({ status: 412, headers: { ETag: 'W/"7"' } }) as Error);
  });
});

describe('If-None-Match on a write', () => {
  it('* asks for nothing to be there', () => {
    expect(codeOf(() => requireMatch({ noneMatch: '*' }, live(1)))).toBe('precondition-failed');
    expect(codeOf(() => requireMatch({ noneMatch: '*' }, undefined))).toBe('held');
    expect(codeOf(() => requireMatch({ noneMatch: '*' }, gone(3)))).toBe('held');
  });
  it.each([
    ['W/"2"', live(2), 'precondition-failed'], ['"1", W/"2"', live(2), 'precondition-failed'], ['W/"1"', live(2), 'held'], ['W/"2"', gone(2), 'held'], ['W/"2"', undefined, 'held'], ['2', live(2), 'bad-request'],
  ])('%s against %j: %s', (noneMatch, current, expected) => expect(codeOf(() => requireMatch({ noneMatch }, current))).toBe(expected));
});

describe('If-Unmodified-Since', () => {
  it.each([
    ['Fri, 02 Jan 2026 03:04:05 GMT', live(2), 'held'], ['Fri, 02 Jan 2026 03:04:04 GMT', live(2), 'precondition-failed'], ['Sat, 03 Jan 2026 00:00:00 GMT', live(2), 'held'],
    ['yesterday', live(2), 'held'], ['Fri, 02 Jan 2026 03:04:04 GMT', undefined, 'held'], ['Fri, 02 Jan 2026 03:04:04 GMT', gone(2), 'held'],
  ])('%s against %j: %s', (unmodifiedSince, current, expected) => expect(codeOf(() => requireMatch({ unmodifiedSince }, current))).toBe(expected));
  it('is not heeded beside If-Match', () => expect(codeOf(() => requireMatch({ match: 'W/"2"', unmodifiedSince: 'Fri, 02 Jan 2026 03:04:04 GMT' }, live(2)))).toBe('held'));
});
