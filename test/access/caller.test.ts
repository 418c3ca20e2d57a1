import { actorOfClaims } from '../../src/access/caller';
import { Failure } from '../../src/fhir/failure';

describe('the claims of a token name its bearer', () => {
  it.each([
    [{ passerelle_role: 'operator', sub: 'ada' }, { kind: 'operator', name: 'ada' }],
    [{ passerelle_role: 'operator' }, { kind: 'operator', name: 'operator' }],
    [{ passerelle_role: 'professional', rpps: '10099900011' }, { kind: 'professional', professional: '810099900011' }],
    [{ passerelle_role: 'professional', rpps: '810099900011', structure: '350099911' }, { kind: 'professional', professional: '810099900011', structure: '1350099911' }],
    [{ passerelle_role: 'professional', rpps: '10099900011', structure: '1350099911' }, { kind: 'professional', professional: '810099900011', structure: '1350099911' }],
    [{ passerelle_role: 'professional', rpps: '10099900011', structure: '73282932000074' }, { kind: 'professional', professional: '810099900011', structure: '373282932000074' }],
    [{ passerelle_role: 'system', structure: '373282932000074' }, { kind: 'system', structure: '373282932000074' }],
    [{ passerelle_role: 'patient', ins: '1.2.250.1.213.1.4.10|279035121518989' }, { kind: 'patient', ins: { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '279035121518989' } }],
    [{ passerelle_role: 'patient', ins: 'urn:oid:1.2.250.1.213.1.4.8|1 85 01 2a 004 001 17' }, { kind: 'patient', ins: { system: 'urn:oid:1.2.250.1.213.1.4.8', value: '185012A00400117' } }],
    // Pro Santé Connect
    [{ SubjectNameID: '810099900011' }, { kind: 'professional', professional: '810099900011' }],
    [{ SubjectNameID: '810099900011', SubjectOrganizationID: '1350099911' }, { kind: 'professional', professional: '810099900011', structure: '1350099911' }],
    [{ passerelle_role: 'professional', rpps: '10099900011', SubjectNameID: '810099900011' }, { kind: 'professional', professional: '810099900011' }],
  ])('%j', (claims, actor) => expect(actorOfClaims(claims)).toEqual(actor));
});

describe('claims that name nobody are refused, and their values not repeated', () => {
  it.each([
    [{}, 'passerelle_role'], [{ passerelle_role: 'admin' }, 'passerelle_role'], [{ passerelle_role: 'constructor' }, 'passerelle_role'], [{ passerelle_role: ['operator'] }, 'passerelle_role'],
    [{ passerelle_role: 'professional' }, 'rpps'], [{ passerelle_role: 'professional', rpps: '4242' }, 'rpps'], [{ passerelle_role: 'professional', rpps: 10099900011 }, 'rpps'],
    [{ passerelle_role: 'professional', rpps: '10099900011', structure: '!!' }, 'structure'],
    [{ passerelle_role: 'professional', rpps: '10099900011', SubjectNameID: '810099900099' }, 'disagree'],
    [{ passerelle_role: 'system' }, 'structure'], [{ passerelle_role: 'system', structure: ' ' }, 'structure'],
    [{ passerelle_role: 'patient' }, 'ins'], [{ passerelle_role: 'patient', ins: '279035121518989' }, 'ins'], [{ passerelle_role: 'patient', ins: '1.2.250.1.213.1.4.10|' }, 'ins'],
    [{ passerelle_role: 'patient', ins: '1.2.250.1.213.1.4.10|279035121518989|x' }, 'ins'],
  ])('%j', (claims, word) => {
    let thrown: unknown;
    try {
      actorOfClaims(claims);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Failure);
    expect(thrown).toMatchObject({ failure: 'bad-token', message: expect.stringContaining(word) });
    expect((thrown as Failure).message).not.toMatch(/4242|2790351|8100999/);
  });
});
