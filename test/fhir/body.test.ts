import { bodyHalves, joinBody, metaOf } from '../../src/fhir/body';

const stored = (meta: object, rest: object = {}): string => joinBody(bodyHalves({ resourceType: 'Basic', id: 'b', meta: meta as never, ...rest }), 3, '2026-01-01T00:00:00.000Z');

describe('metaOf', () => {
  it.each([
    [{}], [{ source: 'DocumentReference/d' }],
    [{ tag: [{ code: '}"{', display: 'back\\slash "}' }], extension: [{ url: 'x', valueString: '\\' }], profile: ['p'] }],
  ])('reads %j without what follows', (meta) => {
    expect(metaOf(stored(meta, { text: { div: '"meta":{' } }))).toEqual({ versionId: '3', lastUpdated: '2026-01-01T00:00:00.000Z', ...meta });
  });
  it('of a text without any is empty', () => expect(metaOf('')).toEqual({}));
});
