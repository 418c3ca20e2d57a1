import { serverGrant } from '../../src/access/decide';
import type { Grant } from '../../src/access/grant';
import { decide } from '../../src/access/decide';
import type { KnownResource } from '../../src/access/facts-lookup';
import { actorLookup } from '../../src/identity/actor-lookup';
import { factsLookup, type StepUnderWay } from '../../src/identity/facts-lookup';
import type { Claim, ResourceKey, StoredVersion } from '../../src/store/port';

const ins = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '279035121518989' };
const base = 'https://server.example/fhir';

/** A store of a few claims and resources. */
function store(holders: Record<string, { id: string; deleted?: boolean }>, resources: Record<string, Partial<StoredVersion>> = {}) {
  const asked: string[] = [];
  return {
    asked,
    claimed: async (grant: Grant, claims: readonly Claim[]) => {
      expect(grant.reach.kind).toBe('everything');
      return claims.map(({ kind, system, value }) => {
        const found = holders[`${kind} ${system} ${value}`];
        return found && { type: 'x', deleted: false, ...found };
      });
    },
    read: async (grant: Grant, { type, id }: ResourceKey) => {
      asked.push(`${grant.reach.kind} ${type}/${id}`);
      const found = resources[`${type}/${id}`];
      if (!found || (grant.reach.kind !== 'everything' && found.owners?.includes('hidden'))) return undefined;
      return { type, id, version: 1, lastUpdated: 0, deleted: false, owners: [], text: '{"resourceType":"X"}', ...found };
    },
  };
}

describe('an actor is found by claims', () => {
  const known = store({
    'patient-ins 1.2.250.1.213.1.4.10 279035121518989': { id: 'p1' }, 'practitioner IdNat_PS 810099900011': { id: 'dr' }, 'organization IdNat_Struct 1350099911': { id: 'gone', deleted: true },
  });
  it('a patient by INS', async () => expect(await actorLookup(known).patientByIns(ins)).toBe('p1'));
  it('a professional by IdNat_PS', async () => expect(await actorLookup(known).practitioner('810099900011')).toBe('dr'));
  it('not when what bore the claim was deleted', async () => expect(await actorLookup(known).organization('1350099911')).toBeUndefined());
  it('a patient who was deleted too: they still decide about their record', async () =>
    expect(await actorLookup(store({ 'patient-ins 1.2.250.1.213.1.4.10 279035121518989': { id: 'p1', deleted: true } })).patientByIns(ins)).toBe('p1'));
  it('not when nobody bears it', async () => expect(await actorLookup(known).patientByIns({ ...ins, value: '1' })).toBeUndefined());
  it('and never under another authority', async () => expect(await actorLookup(known).patientByIns({ ...ins, system: 'urn:oid:1.2.250.1.213.1.4.8' })).toBeUndefined());
});

describe('what access facts ask of the store', () => {
  const server = serverGrant(0);
  const nobody = { patientByIns: async () => undefined, practitioner: async () => undefined, organization: async () => undefined };
  const writer = decide({ kind: 'system', structure: '12' }, nobody, 0);
  const make = async (from: ReturnType<typeof store>, underWay?: StepUnderWay) =>
    factsLookup({ store: from, server, writer: await writer, bases: [base], timeZone: 'Europe/Paris', ...(underWay ? { underWay } : {}) });

  it('a resource is read once, with its owners and document', async () => {
    const from = store({}, { 'Observation/o': { owners: ['p1'], document: 'd1', text: '{"resourceType":"Observation","id":"o"}' } });
    const lookup = await make(from);
    const first = await lookup.resource({ type: 'Observation', id: 'o' });
    expect(first).toEqual({ resource: { resourceType: 'Observation', id: 'o' }, owners: ['p1'], document: 'd1' });
    expect(await lookup.resource({ type: 'Observation', id: 'o' })).toBe(first);
    expect(from.asked).toEqual(['everything Observation/o']);
  });
  it('what the writer may not see is visible to the server alone', async () => {
    const lookup = await make(store({}, { 'Patient/h': { owners: ['hidden'] } }));
    expect(await lookup.resource({ type: 'Patient', id: 'h' })).toBeDefined();
    expect(await lookup.visible({ type: 'Patient', id: 'h' })).toBeUndefined();
  });
  it('a deleted Patient is no resource, and still a person to those who could see them', async () => {
    const gone = { deleted: true, text: '' };
    const lookup = await make(store({ 'patient-ins 1.2.250.1.213.1.4.10 279035121518989': { id: 'd', deleted: true } }, { 'Patient/d': gone, 'Patient/h': { ...gone, owners: ['hidden'] } }));
    expect(await lookup.visible({ type: 'Patient', id: 'd' })).toBeUndefined();
    expect([await lookup.person('d'), await lookup.person('h'), await lookup.person('x'), await lookup.patientByIns(ins)]).toEqual([true, false, false, 'd']);
  });
  it('a deleted resource is not there', async () => expect(await (await make(store({}, { 'Patient/d': { deleted: true, text: '' } }))).resource({ type: 'Patient', id: 'd' })).toBeUndefined());
  it('what the step under way writes and deletes comes first', async () => {
    const coming: KnownResource = { resource: { resourceType: 'Patient', id: 'new' }, owners: ['new'] };
    const from = store({ 'patient-ins 1.2.250.1.213.1.4.10 279035121518989': { id: 'stored' } }, { 'Patient/gone': { owners: ['gone'] } });
    const lookup = await make(from, {
      resource: ({ id }) => (id === 'new' ? coming : id === 'gone' ? 'deleted' : undefined),
      holder: ({ kind, value }) => (kind === 'patient-ins' && value === ins.value ? { type: 'Patient', id: 'new' } : undefined),
      attachedTo: ({ id }) => (id === 'bytes' ? 'd1' : undefined),
    });
    expect(await lookup.resource({ type: 'Patient', id: 'new' })).toBe(coming);
    expect(await lookup.visible({ type: 'Patient', id: 'new' })).toBe(coming);
    expect(await lookup.resource({ type: 'Patient', id: 'gone' })).toBeUndefined();
    expect(await lookup.patientByIns({ ...ins, system: ins.system.replace('urn:oid:', '') })).toBe('new');
    expect(lookup.attachedTo?.({ type: 'Binary', id: 'bytes' })).toBe('d1');
    expect(from.asked).toEqual([]);
  });
  it('a number that is no INS names nobody, and is not even asked for', async () => {
    const lookup = await make(store({ 'patient-ins 1.2.3 1': { id: 'x' } }));
    expect(await lookup.patientByIns({ system: 'urn:oid:1.2.3', value: '1' })).toBeUndefined();
  });
});
