/** Nothing that is drawn from a document breaks an invariant of R4: the published documents, and ours. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokenInvariants } from '../support/invariants';
import { mapped } from '../support/mapped';
import { filesBelow, samples } from '../support/samples';

const broken = (path: string): string[] => mapped(readFileSync(path)).resources.flatMap((resource) => brokenInvariants(resource as Record<string, unknown>));

const fixtures = join(__dirname, '..', '..', 'fixtures', 'documents');
it.each(readdirSync(fixtures))('our document %s', (name) => {
  expect(broken(join(fixtures, name))).toEqual([]);
});

const folder = samples('cda');
const files = filesBelow(folder, '.xml');
(folder === undefined ? describe.skip : describe)('the published document', () => {
  it.each(files.length > 0 ? files : ['none'])('%s', (file) => {
    expect(broken(join(folder ?? '', file))).toEqual([]);
  });
});
