/** A Patient who is created with the INS of one who was deleted lives again under that one's id (rules 2.1). */
import { fail } from '../../fhir/failure.js';
import type { Claim, Expectation, StoredVersion } from '../../store/port.js';
import type { WriteContext } from './context.js';
import { lastVersion } from './current.js';

export interface Revival {
  readonly id: string;
  /** The tombstone. */
  readonly expect: Expectation;
  /** Text of the last version. */
  readonly former: string;
  /** The operator corrects the identity by what is sent; software leaves it as it was. */
  readonly corrects: boolean;
}

async function tombstoneOf({ services }: WriteContext, claims: readonly Claim[]): Promise<StoredVersion | undefined> {
  const { store, serverGrant } = services;
  const holders = (await store.claimed(serverGrant(), claims)).filter((holder) => holder !== undefined);
  const [first] = holders;
  // A live holder is left to the commit, which refuses.
  if (!first || holders.some(({ deleted }) => !deleted)) return undefined;
  if (holders.some(({ id }) => id !== first.id)) throw fail('identity-conflict');
  const found = await store.read(serverGrant(), first);
  return found?.deleted ? found : undefined;
}

/**
 * @param claims of the resource that is to be created
 * @returns undefined when nobody who was deleted bears one of its INS
 * @throws Failure identity-conflict when its INS are those of two people, record-closed
 */
export async function revivalOf(context: WriteContext, claims: readonly Claim[]): Promise<Revival | undefined> {
  const { services, grant } = context;
  const ins = claims.filter(({ kind }) => kind === 'patient-ins');
  const tombstone = ins.length === 0 ? undefined : await tombstoneOf(context, ins);
  if (!tombstone) return undefined;
  const { id, version } = tombstone;
  // Before anything of the person is judged: a closed record tells software nothing.
  if (grant.reach.kind === 'structure' && (await services.store.isClosed(services.serverGrant(), id))) throw fail('record-closed', {}, { concerns: [id] });
  const former = await lastVersion(context, tombstone);
  return former === undefined ? undefined : { id, expect: { version }, former, corrects: grant.actor.kind === 'operator' };
}
