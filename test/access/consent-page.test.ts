import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { consentRules } from '../../src/access/consent';
import type { JsonObject } from '../../src/fhir/json';
import { validate } from '../../src/fhir/validate';
import { lookups } from './lookups';

const page = readFileSync(join(__dirname, '../../docs/consent.md'), 'utf8');
/** Title of the section -> the JSON that stands in it. */
const forms = page.split(/^## /m).flatMap((section) => {
  const json = /```json\n([\s\S]+?)```/.exec(section)?.[1];
  return json === undefined ? [] : [[section.split('\n')[0] ?? '', json] as const];
});
const person = '0190a7c4-7b1e-7c3d-9a1f-3f2b8c1d4e5f';
const world = lookups({
  [`Patient/${person}`]: { resource: { resourceType: 'Patient', id: person }, owners: [person] },
  'DocumentReference/0190a7c4-8f00-7d10-8000-5a5a5a5a5a5a': { resource: { resourceType: 'DocumentReference' }, owners: [person] },
  'Practitioner/0190a7c4-9000-7aaa-8000-111111111111': { resource: { resourceType: 'Practitioner', identifier: [{ system: 'https://rpps.esante.gouv.fr', value: '10099900011' }] }, owners: [] },
});

describe('the page on consent shows what the server takes', () => {
  const effects: Readonly<Record<string, string>> = {
    'Block a professional': 'block', 'Block a structure': 'block', 'Close the record': 'close', 'Hide a document': 'mask',
    'Hide a document from one professional or structure': 'mask', 'For a time': 'close', 'As IHE PCF writes it: a permit with one denial inside': 'block',
  };
  it('in every form', () => expect(forms.map(([title]) => title)).toEqual(Object.keys(effects)));
  it.each(forms)('%s', async (title, json) => {
    const resource = JSON.parse(json) as JsonObject;
    expect(validate(resource)).toEqual([]);
    expect((await consentRules(resource, world)).map(({ effect, patient }) => [effect, patient])).toEqual([[effects[title], person]]);
  });
});
