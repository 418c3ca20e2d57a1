/** Which bodies are worked on beside the event loop although they are small. */
import { weightOf } from '../../src/interactions/weight';
import { canonicalUnit } from '../../src/search/ucum';

let made = 0;
const fresh = (count: number): string[] => Array.from({ length: count }, () => `m${++made + 1}.s-1/kg2`);
const ucum = 'http://unitsofmeasure.org';
const json = (codes: readonly string[]) => JSON.stringify({ resourceType: 'Observation', component: codes.map((code) => ({ valueQuantity: { value: 1, system: ucum, code } })) });
const xml = (codes: readonly string[]) => `<Observation xmlns="http://hl7.org/fhir">${codes.map((code) => `<component><valueQuantity><value value="1"/><system value="${ucum}"/><code value="${code}"/></valueQuantity></component>`).join('')}</Observation>`;
const cda = (codes: readonly string[]) => `<ClinicalDocument>${codes.map((code) => `<value xsi:type="PQ" value="1" unit="${code}"/>`).join('')}</ClinicalDocument>`;
const weight = (text: string) => weightOf(Buffer.from(text));

it.each([['JSON', json], ['XML', xml], ['a CDA', cda]])('in %s, that with many units that were never met', (_, write) => {
  expect(weight(write(fresh(401)))).toBe(Infinity);
  for (const codes of [fresh(20), Array<string>(800).fill('mg/dL')]) expect(weight(write(codes))).toBe(Buffer.byteLength(write(codes)));
  const met = fresh(500);
  for (const code of met) canonicalUnit(code);
  expect(weight(write(met))).toBe(Buffer.byteLength(write(met)));
});
it.each([
  ['escapes in JSON', (codes: readonly string[]) => json(codes).replaceAll('"m', String.raw`"\u006d`)],
  ['an escaped key', (codes: readonly string[]) => json(codes).replaceAll('"code"', String.raw`"c\u006fde"`)],
  ['an escaped system', (codes: readonly string[]) => json(codes).replaceAll(ucum, String.raw`http://\u0075nitsofmeasure.org`)],
  ['a solidus with its backslash', (codes: readonly string[]) => json(codes).replaceAll('-1/kg', String.raw`-1\/kg`)],
  ['blanks before the colon', (codes: readonly string[]) => json(codes).replaceAll('"code":', `"code"${' '.repeat(20)}:`)],
  ['references in XML', (codes: readonly string[]) => xml(codes).replaceAll('code value="m', 'code value="&#x6d;')],
  ['apostrophes', (codes: readonly string[]) => xml(codes).replaceAll('"', "'")],
  ['an id before the value', (codes: readonly string[]) => xml(codes).replaceAll('<code value', '<code id="x" value')],
  ['a line end before the unit of a CDA', (codes: readonly string[]) => cda(codes).replaceAll(' unit=', '\nunit = ')],
])('with %s too', (_, write) => {
  expect(weight(write(fresh(401)))).toBe(Infinity);
});
it('in UTF-16 too', () => {
  expect(weightOf(Buffer.from(xml(fresh(401)), 'utf16le'))).toBe(Infinity);
});
it('letters with accents are no escapes that hide units', () => {
  const text = json(Array<string>(800).fill('mg/dL')).replaceAll('"value":1', String.raw`"value":1,"unit":"\u00e9"`);
  expect(weight(text)).toBe(Buffer.byteLength(text));
});
it('long ones are told by their bytes', () => {
  const text = json(fresh(4000));
  expect(weight(text)).toBe(Buffer.byteLength(text));
});
