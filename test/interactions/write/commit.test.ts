import { serverGrant } from '../../../src/access/decide';
import { commitFresh, settled, type Attempt } from '../../../src/interactions/write/commit';
import type { CommitOutcome, Conflict, Store } from '../../../src/store/port';

const grant = serverGrant(0);
const key = { type: 'Patient', id: '1' };
const losing: Conflict = { kind: 'version', key, current: 2, deleted: false };
/** A store that gives these outcomes one after another, the last one for ever. */
function storeOf(...outcomes: CommitOutcome[]): { store: Store; commits: () => number } {
  let commits = 0;
  const store = { commit: async () => outcomes[Math.min(commits++, outcomes.length - 1)], read: async () => undefined };
  return { store: store as unknown as Store, commits: () => commits };
}
const write = (): Attempt<string> => ({ kind: 'write', set: { writes: [], guards: [] }, written: (versions) => `written ${versions.length}` });
const conflict = (what: Conflict): CommitOutcome => ({ kind: 'conflict', conflict: what });

describe('a write that meets others', () => {
  it('is built again from fresh state until it holds', async () => {
    const { store } = storeOf(conflict(losing), conflict({ kind: 'guard', guard: { kind: 'version', key, version: 1 } }), { kind: 'committed', versions: [] });
    let built = 0;
    expect(await commitFresh({ store }, grant, async () => {
      built++;
      return write();
    })).toBe('written 0');
    expect(built).toBe(3);
  });

  it('ends as contention, to be sent again', async () => {
    const { store } = storeOf(conflict(losing));
    await expect(commitFresh({ store }, grant, async () => write())).rejects.toMatchObject({ failure: 'contention', status: 409, headers: { 'Retry-After': '1' } });
  });

  it('writes nothing when there is nothing to write', async () => {
    const { store, commits } = storeOf(conflict(losing));
    expect(await commitFresh({ store }, grant, async () => settled('as it was'))).toBe('as it was');
    expect(commits()).toBe(0);
  });

  it.each<[string, Conflict, string]>([
    ['an INS that is taken', { kind: 'claim', claim: { kind: 'patient-ins', system: 's', value: 'v' }, holder: key }, 'identity-conflict'],
    ['a professional who is known', { kind: 'claim', claim: { kind: 'practitioner', system: 's', value: 'v' }, holder: key }, 'identifier-known'],
    ['a document that is hidden', { kind: 'claim', claim: { kind: 'document', system: 's', value: 'v' }, holder: key }, 'document-hidden'],
    ['a closed record', { kind: 'record-closed', patient: '1' }, 'record-closed'],
  ])('is refused at once for %s, in words without identifiers', async (_, what, failure) => {
    const { store, commits } = storeOf(conflict(what));
    const refusal = await commitFresh({ store }, grant, async () => write()).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ failure });
    expect(String(refusal)).not.toMatch(/\b[sv]\b/);
    expect(commits()).toBe(1);
  });
});
