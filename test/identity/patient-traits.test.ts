import type { Failure } from '../../src/fhir/failure';
import { judgeIdentity, traitsOfPatient } from '../../src/identity/patient-traits';

const frCore = {
  resourceType: 'Patient', gender: 'female', birthDate: '1979-03-28',
  name: [{ use: 'usual', family: 'MARTIN', given: ['Domi'] }, { use: 'official', family: 'PAT-TROIS', given: ['DOMINIQUE'] }],
  extension: [{
    url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
    valueAddress: { city: 'x', extension: [{ url: 'https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code', valueCoding: { code: '51215' } }] },
  }],
};

describe('the traits of a FR Core Patient', () => {
  it('are its official name, birth, sex and place of birth', () =>
    expect(traitsOfPatient(frCore)).toEqual({ birthName: 'PAT-TROIS', birthDate: '1979-03-28', gender: 'female', firstGiven: 'DOMINIQUE', birthPlace: '51215' }));
  it('do not take a used name for the birth name', () => expect(traitsOfPatient({ resourceType: 'Patient', name: [{ use: 'usual', family: 'MARTIN' }] })).toEqual({}));
  it.each([{}, { name: 'x', extension: 'x' }, { name: [null], birthDate: 1979 }, { name: [{ use: 'official', family: ['x'], given: 'x' }] }])('of %j are only those that can be read', (resource) =>
    expect(() => traitsOfPatient({ resourceType: 'Patient', ...resource } as never)).not.toThrow());
});

describe('an identity that was sent for a known INS', () => {
  const stored = traitsOfPatient(frCore);
  it('passes when nothing contradicts', () => expect(judgeIdentity(stored, { birthName: 'Pat Trois', birthDate: '1979', gender: 'unknown' })).toEqual([]));
  it('warns of another first given name or place of birth', () =>
    expect(judgeIdentity(stored, { ...stored, firstGiven: 'Anne', birthPlace: '75056' }).map(({ severity }) => severity)).toEqual(['warning', 'warning']));
  it('is refused when traits contradict, each named without its value', () => {
    let thrown: Failure | undefined;
    try {
      judgeIdentity(stored, { birthName: 'AUTRE', birthDate: '1980-03-28', gender: 'male' });
    } catch (error) {
      thrown = error as Failure;
    }
    expect(thrown).toMatchObject({ failure: 'identity-contradiction', status: 409 });
    expect(thrown?.issues.map(({ diagnostics }) => /^The (.+) disagrees/.exec(diagnostics)?.[1])).toEqual(['birth name', 'birth date', 'sex']);
    expect(JSON.stringify(thrown?.issues)).not.toMatch(/AUTRE|PAT-TROIS|19\d\d|female|"male"/);
  });
});
