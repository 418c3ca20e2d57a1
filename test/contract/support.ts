/** What the contract suite writes with: resources and callers in one line each. */
import type { AccessFacts, ConsentRule } from '../../src/access/facts';
import { makeGrant, type Grant, type Reach } from '../../src/access/grant';
import type { IndexEntries } from '../../src/search/entries';
import type { Claim, Committed, CommitOutcome, DeleteWrite, PutWrite, ResourceKey, Store, StoredVersion, Write } from '../../src/store/port';

/** A store under test, and what can be done to it from outside. */
export interface Subject {
  store: Store;
  /** Closes the store and opens what it left; only called where the store is `lasting`. */
  reopen(): Promise<void>;
  end(): Promise<void>;
}
export type SubjectFactory = () => Promise<Subject>;
export interface SubjectKind {
  /** Whether what it holds outlives it. */
  readonly lasting: boolean;
}
/** `test` for what needs a store that outlives itself; not there for one that forgets. */
export const lastingTest = ({ lasting }: SubjectKind) => (name: string, run: () => Promise<void>): void => {
  if (lasting) test(name, run);
};

export const noEntries: IndexEntries = { token: [], reference: [], string: [], date: [], number: [], quantity: [], uri: [], composite: [], mainDate: 0 };

export const owned = (...owners: readonly string[]): AccessFacts => ({ exposure: 'owned', owners, structures: [] });
export const open: AccessFacts = { exposure: 'public', owners: [], structures: [] };

export function put(type: string, id: string, more: Partial<Omit<PutWrite, 'kind' | 'type' | 'id'>> & { readonly rest?: string } = {}): PutWrite {
  const { rest = '', ...write } = more;
  return {
    kind: 'put', type, id, expect: 'any', entries: noEntries, access: open, claims: [],
    body: { before: `{"resourceType":"${type}","id":"${id}","meta":{`, after: `}${rest}}` }, ...write,
  };
}
export const remove = (type: string, id: string, more: Partial<Pick<DeleteWrite, 'expect' | 'claims'>> = {}): DeleteWrite =>
  ({ kind: 'delete', type, id, expect: 'any', claims: [], ...more });

export const commit = (store: Store, ...writes: readonly Write[]): Promise<CommitOutcome> => store.commit({ writes, guards: [] });
/** The versions of a set that must be taken. */
export async function written(store: Store, ...writes: readonly Write[]): Promise<readonly Committed[]> {
  const outcome = await commit(store, ...writes);
  if (outcome.kind !== 'committed') throw new Error(`Refused: ${JSON.stringify(outcome.conflict)}`);
  return outcome.versions;
}

export const moment = Date.UTC(2026, 5, 1);
export const grantOf = (reach: Reach, at = moment): Grant => makeGrant({ kind: 'operator', name: 'test' }, reach, at);
export const operator = grantOf({ kind: 'everything' });
export const person = (patient?: string): Grant => grantOf(patient === undefined ? { kind: 'patient' } : { kind: 'patient', patient });
export const professional = (...keys: readonly string[]): Grant => grantOf({ kind: 'professional', keys });
export const software = (structure: string, ...keys: readonly string[]): Grant => grantOf({ kind: 'structure', structure, keys });

export const ins = (value: string): Claim => ({ kind: 'patient-ins', system: '1.2.250.1.213.1.4.10', value });
export const always = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };
/** A Consent of a person that gives these rules. */
export const consent = (id: string, patient: string, ...rules: readonly Omit<ConsentRule, 'patient'>[]): PutWrite =>
  put('Consent', id, { access: { exposure: 'subject', owners: [patient], structures: [], rules: rules.map((rule) => ({ ...rule, patient })) } });

export const keyOf = (type: string, id: string): ResourceKey => ({ type, id });
export async function* bytesOf(...pieces: readonly (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  for (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}
export async function contentOf(store: Store, found: StoredVersion, range?: { readonly lo: number; readonly hi: number }): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.openContent(found, range)) pieces.push(piece);
  return Buffer.concat(pieces);
}
export async function listOf<T>(all: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of all) list.push(one);
  return list;
}
