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
const live = (version: number) => ({ version, deleted: false });

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
    ['W/"2"', { version: 2, deleted: true }, 'version-conflict'], ['*', { version: 2, deleted: true }, 'precondition-failed'],
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
    expect(codeOf(() => requireMatch({ noneMatch: '*' }, { version: 3, deleted: true }))).toBe('held');
  });
});
