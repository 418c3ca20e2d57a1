/** Contained resources as matches, through the route: https://hl7.org/fhir/R4/search.html#contained */
import { operator, reading, type Reading } from './reading';

const drug = (id: string, code: string) => ({ resourceType: 'Medication', id, code: { coding: [{ system: 'urn:atc', code }] } });

describe('_containedType=contained', () => {
  let server: Reading;
  beforeAll(async () => {
    server = await reading();
    await server.put(drug('alone', 'A'));
    await server.put({ resourceType: 'MedicationRequest', id: 'r', status: 'active', intent: 'order', subject: { display: 'x' }, contained: [drug('m', 'A'), drug('n', 'B')], medicationReference: { reference: '#m' }, reasonReference: [{ reference: '#n' }] });
  });
  afterAll(() => server.close());

  it.each([
    ['_contained=true', ['MedicationRequest/r#m Medication/m']], ['_contained=both', ['Medication/alone Medication/alone', 'MedicationRequest/r#m Medication/m']],
    ['_contained=true&_containedType=container', ['MedicationRequest/r MedicationRequest/r']],
  ])('%s', async (query, expected) => {
    const type = query.includes('_containedType') ? '' : '&_containedType=contained';
    const { json } = await server.get(`Medication?code=A&${query}${type}`, operator);
    const { entry = [] } = json as { entry?: { fullUrl: string; resource: { resourceType: string; id: string }; search: { mode: string } }[] };
    expect(entry.map(({ fullUrl, resource }) => `${fullUrl.split('/fhir/')[1]} ${resource.resourceType}/${resource.id}`)).toEqual(expected);
    expect(entry.every(({ search }) => search.mode === 'match')).toBe(true);
  });
});
