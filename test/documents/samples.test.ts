/** The published CI-SIS documents, mapped and checked against the base definitions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { joinBody } from '../../src/fhir/body';
import { parseJson, type JsonObject } from '../../src/fhir/json';
import { validate } from '../../src/fhir/validate';
import { mapped } from '../support/mapped';
import { filesBelow, samples } from '../support/samples';

const folder = samples('cda');
const files = filesBelow(folder, '.xml');

(folder === undefined ? describe.skip : describe)('the published documents', () => {
  it('are all there', () => {
    expect(files).toHaveLength(26);
  });

  it.each(files.length > 0 ? files : ['none'])('%s becomes valid FHIR', (file) => {
    const { puts, all } = mapped(readFileSync(join(folder ?? '', file)));
    const faults = puts.flatMap(({ type, body }) =>
      validate(parseJson(joinBody(body, 1, '2024-01-20T00:00:00.000Z')) as JsonObject).map(({ expression, diagnostics }) => `${type} ${String(expression)}: ${diagnostics}`));
    expect(faults).toEqual([]);
    expect(all('DocumentReference')).toHaveLength(1);
    expect(all('Composition')).toHaveLength(file.startsWith('n3') ? 1 : 0);
  });

  it.each(files.length > 0 ? files : ['none'])('%s refers to nothing that is not written or contained', (file) => {
    const { puts, resources } = mapped(readFileSync(join(folder ?? '', file)));
    const written = new Set(puts.map(({ type, id }) => `${type}/${id}`));
    for (const resource of resources) {
      const ids = (resource.contained ?? []).map(({ id }: { id: string }) => `#${id}`);
      const inside = new Set<string>(ids);
      expect(ids).toHaveLength(inside.size);
      const references = [...JSON.stringify(resource).matchAll(/"reference":"([^"]+)"/g)].map(([, reference]) => reference ?? '');
      expect(references.filter((reference) => !written.has(reference) && !inside.has(reference))).toEqual([]);
    }
  });
});
