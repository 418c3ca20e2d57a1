import { claimsOf, documentClaim, heldClaims, practitionerRoleClaim } from '../../src/identity/claims';
import type { Failure } from '../../src/fhir/failure';
import type { JsonObject } from '../../src/fhir/json';

const oid = (last: number) => `1.2.250.1.213.1.4.${last}`;
const system = (last: number) => `urn:oid:${oid(last)}`;
/** Matricules with their right key, by the national rule. */
const woman = '279035121518989';
const secondWoman = '248039263001064';
const wrongKey = '123456789012244';
const patient = (identifier: unknown, more: Record<string, unknown> = {}) => ({ resourceType: 'Patient', identifier, ...more }) as JsonObject;
const ins = (last: number, value: string, use?: string) => ({ system: system(last), value, ...(use ? { use } : {}) });
const claim = (last: number, value: string) => ({ kind: 'patient-ins', system: oid(last), value });

describe('a Patient claims every INS that it bears', () => {
  it.each([
    ['NIR', [ins(8, woman, 'official')], [claim(8, woman)]],
    ['NIR and the former NIA', [ins(8, woman, 'official'), ins(9, secondWoman, 'old')], [claim(8, woman), claim(9, secondWoman)]],
    ['a corrected NIR and the former one', [ins(8, woman, 'official'), ins(8, secondWoman, 'old')], [claim(8, woman), claim(8, secondWoman)]],
    ['one INS written twice', [ins(8, woman, 'official'), ins(8, woman)], [claim(8, woman)]],
    ['INS among other numbers', [{ system: 'urn:oid:1.2.3', value: woman }, ins(13, woman), ins(2, woman), ins(8, woman)], [claim(8, woman)]],
    ['nothing', [{ system: 'urn:oid:1.2.3', value: '1' }, { system: system(8) }, { value: woman }], []],
    ['nothing without identifiers', undefined, []],
  ])('%s', (_, identifier, claims) => expect(claimsOf(patient(identifier), 'production')).toEqual({ claims, issues: [] }));

  it('never under the matricule of another authority', () => {
    const [nir] = claimsOf(patient([ins(8, woman)]), 'test').claims;
    const [test] = claimsOf(patient([ins(10, woman)]), 'test').claims;
    expect(nir).not.toEqual(test);
  });
});

describe('the identity domain', () => {
  it.each([
    ['production', 8, woman, 'taken'], ['production', 9, woman, 'taken'], ['production', 10, woman, 'ins-domain'], ['production', 11, woman, 'ins-domain'],
    ['production', 8, wrongKey, 'ins-key'], ['production', 8, '12345', 'ins-key'], ['production', 8, '2 79 03 51 215 189 89', 'ins-key'], ['production', 9, wrongKey, 'ins-key'],
    ['test', 8, woman, 'taken'], ['test', 9, woman, 'taken'], ['test', 10, woman, 'taken'], ['test', 11, woman, 'taken'],
    ['test', 8, wrongKey, 'warned'], ['test', 10, wrongKey, 'warned'], ['test', 10, '12345', 'warned'], ['test', 10, '2 79 03 51 215 189 89', 'warned'],
  ] as const)('%s, OID .%i, %s: %s', (domain, last, value, expected) => {
    const judge = () => claimsOf(patient([{ system: 'urn:oid:1.2', value: 'x' }, ins(last, value)]), domain);
    if (expected === 'taken') return expect(judge()).toEqual({ claims: [claim(last, value)], issues: [] });
    if (expected === 'warned') {
      const { claims, issues } = judge();
      expect(claims).toEqual([claim(last, value.replace(/ /g, ''))]);
      return expect(issues).toEqual([expect.objectContaining({ severity: 'warning', expression: ['Patient.identifier[1].value'] })]);
    }
    return expect(judge).toThrow(expect.objectContaining({ failure: expected, status: 422 }));
  });

  it('holds for a former INS too', () => expect(() => claimsOf(patient([ins(8, woman), ins(10, woman, 'old')]), 'production')).toThrow(expect.objectContaining({ failure: 'ins-domain' })));
});

describe('a matricule that disagrees with the person', () => {
  // 2 79 03: a woman born in March 1979.
  it.each([
    [{ gender: 'female', birthDate: '1979-03-28' }, 0], [{ gender: 'female', birthDate: '1979-03' }, 0], [{ birthDate: '1979' }, 0], [{}, 0], [{ gender: 'unknown' }, 0],
    [{ gender: 'male', birthDate: '1979-03-28' }, 1], [{ gender: 'female', birthDate: '1980-03-28' }, 1], [{ birthDate: '1979-04-28' }, 1],
  ])('%j gives %i warnings, in production too', (traits, count) => {
    const { issues } = claimsOf(patient([ins(8, woman)], traits), 'production');
    expect(issues).toHaveLength(count);
    expect(issues.every(({ severity }) => severity === 'warning')).toBe(true);
  });
  it.each(['20', '42', '50', '99'])('never by an unknown month (%s)', (month) =>
    expect(claimsOf(patient([ins(10, `279${month}5121518901`)], { gender: 'female', birthDate: '1980-07-01' }), 'test').issues.filter(({ diagnostics }) => diagnostics.includes('disagrees'))).toEqual([]));
  it('is not looked at once it is a former one', () => expect(claimsOf(patient([ins(8, woman, 'old')], { gender: 'male' }), 'production').issues).toEqual([]));
  it('is told without its digits', () => {
    const { issues } = claimsOf(patient([ins(10, wrongKey)], { gender: 'female', birthDate: '1990-01-01' }), 'test');
    expect(issues.length).toBeGreaterThan(1);
    expect(JSON.stringify(issues)).not.toMatch(/\d{4}/);
  });
});

describe('one current INS', () => {
  it.each([[[ins(8, woman, 'official'), ins(8, secondWoman, 'official')]], [[ins(8, woman), ins(8, secondWoman, 'usual')]]])('two of one authority are two people: %j', (identifier) =>
    expect(() => claimsOf(patient(identifier), 'production')).toThrow(expect.objectContaining({ failure: 'current-ins', status: 422, issues: [expect.objectContaining({ expression: ['Patient.identifier[1]'] })] })));
  it('of two authorities is named: the former one should be old', () => {
    const { claims, issues } = claimsOf(patient([ins(8, woman, 'official'), ins(9, secondWoman, 'official')]), 'production');
    expect(claims).toHaveLength(2);
    expect(issues).toEqual([expect.objectContaining({ severity: 'warning', expression: ['Patient.identifier[1]'] })]);
  });
});

it('a refusal says no digit of the matricule', () => {
  let thrown: Failure | undefined;
  try {
    claimsOf(patient([ins(8, wrongKey)]), 'production');
  } catch (error) {
    thrown = error as Failure;
  }
  expect(JSON.stringify(thrown?.issues)).not.toContain('123456');
});

describe('the claims of', () => {
  const rpps = { system: 'https://rpps.esante.gouv.fr', value: '10099900011' };
  const idnps = { system: 'urn:oid:1.2.250.1.71.4.2.1', value: '810099900011' };
  const finess = (value: string, code?: string) => ({ system: 'https://finess.esante.gouv.fr', value, ...(code ? { type: { coding: [{ code }] } } : {}) });
  const practitioner = { kind: 'practitioner', system: 'IdNat_PS', value: '810099900011' };
  const organization = (value: string) => ({ kind: 'organization', system: 'IdNat_Struct', value });

  it.each([
    ['a Practitioner: one for its RPPS in either form', { resourceType: 'Practitioner', identifier: [rpps, idnps] }, [practitioner]],
    ['a Practitioner: none for a local number', { resourceType: 'Practitioner', identifier: [{ system: 'urn:oid:1.2', value: '1' }] }, []],
    ['an Organization: FINESS and SIRET', { resourceType: 'Organization', identifier: [finess('350099911'), { system: 'https://sirene.fr', value: '73282932000074' }] }, [organization('1350099911'), organization('373282932000074')]],
    ['an establishment: not the numbers of its legal entity', { resourceType: 'Organization', identifier: [finess('350099929', 'FINEJ'), finess('350099911', 'FINEG'), { system: 'https://sirene.fr', value: '732829320' }] }, [organization('1350099911')]],
    ['a legal entity: its own', { resourceType: 'Organization', identifier: [finess('350099929', 'FINEJ'), { system: 'https://sirene.fr', value: '732829320' }] }, [organization('1350099929'), organization('2732829320')]],
    ['a PractitionerRole: person, structure and profession', {
      resourceType: 'PractitionerRole', practitioner: { reference: 'Practitioner/1', identifier: idnps }, organization: { reference: 'Organization/1', identifier: finess('350099911') }, code: [{ coding: [{ code: 'G15_10/SM26' }] }],
    }, [practitionerRoleClaim('810099900011', '1350099911', 'G15_10/SM26')]],
    ['a PractitionerRole without a structure', { resourceType: 'PractitionerRole', practitioner: { identifier: idnps } }, []],
    ['a DocumentReference', { resourceType: 'DocumentReference', masterIdentifier: { system: 'urn:ietf:rfc:3986', value: 'urn:uuid:6F2A1C1E-0D5B-4B5F-9A39-0C3A2B1D4E5F' } }, [{ kind: 'document', system: 'urn:ietf:rfc:3986', value: 'urn:uuid:6f2a1c1e-0d5b-4b5f-9a39-0c3a2b1d4e5f' }]],
    ['a DocumentReference without masterIdentifier', { resourceType: 'DocumentReference', identifier: [{ value: '1' }] }, []],
    ['any other type', { resourceType: 'Observation', identifier: [ins(8, woman)] }, []],
    ['a type that is a word of JavaScript', { resourceType: 'constructor' }, []],
  ])('%s', (_, resource, claims) => expect(claimsOf(resource as JsonObject, 'production')).toEqual({ claims, issues: [] }));

  const adeli = { system: 'urn:oid:1.2.250.1.71.4.2.1', value: '0359900001' };
  const siret = (value: string) => ({ system: 'https://sirene.fr', value });
  it.each([
    ['two RPPS', { resourceType: 'Practitioner', identifier: [rpps, { ...rpps, value: '10099900033' }] }, ['Practitioner.identifier[1]']],
    ['an RPPS and the IDNPS of another', { resourceType: 'Practitioner', identifier: [adeli, rpps, idnps, { ...idnps, value: '810099900033' }] }, ['Practitioner.identifier[3]']],
    ['two ADELI', { resourceType: 'Practitioner', identifier: [adeli, { ...adeli, value: '0359900002' }] }, ['Practitioner.identifier[1]']],
    ['two FINESS of places', { resourceType: 'Organization', identifier: [finess('350099911', 'FINEG'), finess('350099929', 'FINEG')] }, ['Organization.identifier[1]']],
    ['two FINESS, untold of what', { resourceType: 'Organization', identifier: [finess('350099911'), finess('350099929')] }, ['Organization.identifier[1]']],
    ['the FINESS of two legal entities', { resourceType: 'Organization', identifier: [finess('350099937'), finess('350099911', 'FINEJ'), finess('350099929', 'FINEJ')] }, ['Organization.identifier[2]']],
    ['two SIRET', { resourceType: 'Organization', identifier: [siret('73282932000074'), siret('73282932000082')] }, ['Organization.identifier[1]']],
    ['two SIREN', { resourceType: 'Organization', identifier: [siret('732829320'), siret('552100554')] }, ['Organization.identifier[1]']],
  ])('nobody: %s', (_, resource, expression) => {
    expect(() => claimsOf(resource as JsonObject, 'test')).toThrow(expect.objectContaining({ failure: 'several-national-ids', status: 422, issues: [expect.objectContaining({ expression })] }));
    // What stands with both can still be read, and mended.
    expect(heldClaims(resource as JsonObject).length).toBeGreaterThan(0);
  });
  it.each([
    ['a professional with an RPPS and an ADELI', { resourceType: 'Practitioner', identifier: [rpps, idnps, adeli] }],
    ['an establishment with the numbers of its legal entity, in either form', { resourceType: 'Organization', identifier: [finess('350099929', 'FINEJ'), { system: 'urn:oid:1.2.250.1.71.4.2.2', value: '1350099929' }, finess('350099911', 'FINEG'), siret('732829320'), siret('73282932000074')] }],
  ])('one: %s', (_, resource) => expect(claimsOf(resource as JsonObject, 'production').claims).toHaveLength(2));

  it('a document are the same however its identifier came', () =>
    expect(documentClaim({ system: 'urn:ietf:rfc:3986', value: 'URN:UUID:6F2A1C1E-0D5B-4B5F-9A39-0C3A2B1D4E5F' })).toEqual(documentClaim({ system: '', value: '6f2a1c1e-0d5b-4b5f-9a39-0c3a2b1d4e5f' })));
});
