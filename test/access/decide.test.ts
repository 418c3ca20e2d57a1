import { decide, serverGrant } from '../../src/access/decide';
import { Grant } from '../../src/access/grant';

const nobody = { patientByIns: async () => undefined, practitioner: async () => undefined, organization: async () => undefined };
const known = { patientByIns: async () => 'p1', practitioner: async () => 'pr1', organization: async () => 'o1' };
const ins = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '279035121518989' };

describe('decide', () => {
  it.each([
    [{ kind: 'operator', name: 'x' } as const, known, { kind: 'everything' }],
    [{ kind: 'patient', ins } as const, known, { kind: 'patient', patient: 'p1' }],
    [{ kind: 'patient', ins } as const, nobody, { kind: 'patient' }],
    [{ kind: 'professional', professional: '81' } as const, nobody, { kind: 'professional', keys: ['professional|81', 'structure|', 'role|81|'] }],
    [{ kind: 'professional', professional: '81', structure: '12' } as const, known, { kind: 'professional', keys: ['professional|81', 'structure|12', 'role|81|12', 'Practitioner/pr1', 'Organization/o1'] }],
    [{ kind: 'system', structure: '12' } as const, known, { kind: 'structure', structure: '12', keys: ['structure|12', 'Organization/o1'] }],
  ])('%j reaches', async (actor, lookup, reach) => expect((await decide(actor, lookup, 5)).reach).toEqual(reach));

  it('asks again each time: nothing is remembered between two requests', async () => {
    let id = 'first';
    const lookup = { ...nobody, patientByIns: async () => id };
    await decide({ kind: 'patient', ins }, lookup, 1);
    id = 'second';
    expect((await decide({ kind: 'patient', ins }, lookup, 2)).reach).toEqual({ kind: 'patient', patient: 'second' });
  });

  it('is the only way to a grant', () => {
    expect(serverGrant(1)).toBeInstanceOf(Grant);
    expect(() => new (Grant as unknown as new (token: symbol) => Grant)(Symbol('grant'))).toThrow('access/decide');
  });
});
