/**
 * The consistency check of a whole store: what the store itself can see, what each record says about itself, and what
 * resources say about each other. Who may see a resource is not judged anew: it depends on who wrote it and when.
 */
import type { Grant } from '../../access/grant.js';
import { textOf } from '../../fhir/elements.js';
import { Failure } from '../../fhir/failure.js';
import { isObject, parseStored, type JsonObject } from '../../fhir/json.js';
import { heldClaims } from '../../identity/claims.js';
import { indexEntries, type IndexOptions } from '../../search/indexer.js';
import type { Claim, ContentRef, Store, StoredVersion } from '../../store/port.js';
import type { ArchivedResource, ArchiveRecord, Finding, StoreUpkeep } from '../../store/upkeep.js';
import { Integrity } from '../integrity.js';
import { archivedText } from '../reindex.js';
import { DocumentCheck } from './documents.js';

export interface Verification {
  readonly store: Store & StoreUpkeep;
  /** Reaches everything. */
  readonly grant: Grant;
  /** Those of the server: entries depend on them. */
  readonly index: IndexOptions;
  /** Told after each record. */
  readonly onRecord: (record: ArchiveRecord) => void;
}

/** Every finding, as it is found. */
export async function* verify(verification: Verification): AsyncIterable<Finding> {
  yield* verification.store.inspect();
  yield* new Verifier(verification).findings();
}

const claimKey = ({ kind, system, value }: Claim): string => JSON.stringify([kind, system, value]);

class Verifier {
  private readonly integrity = new Integrity();
  private readonly erased = new Set<string>();
  private readonly documents: DocumentCheck;
  /** Contents that may hold bodies. */
  private readonly bodies = new Map<string, ContentRef>();
  private told: Finding[] = [];

  constructor(private readonly verification: Verification) {
    this.documents = new DocumentCheck(verification.store, verification.grant, this.erased);
  }

  async *findings(): AsyncIterable<Finding> {
    for await (const record of this.verification.store.dump((finding) => this.told.push(finding))) {
      this.told.push(...this.integrity.findings(record));
      await this.judge(record);
      this.verification.onRecord(record);
      yield* this.taken();
    }
    this.told.push(...this.integrity.end());
    yield* this.taken();
  }

  private taken(): readonly Finding[] {
    const { told } = this;
    this.told = [];
    return told;
  }

  private async judge(record: ArchiveRecord): Promise<void> {
    if (record.kind === 'audit' && record.record.interaction === '$erase' && record.record.status === 200) this.erased.add(`${record.record.type ?? ''}/${record.record.id ?? ''}`);
    if (record.kind === 'content' && record.contentType === 'application/fhir+json') this.bodies.set(record.content, record);
    if (record.kind === 'resource' && !record.deleted && record.body !== undefined) await this.resource(record);
  }

  private async resource(record: ArchivedResource): Promise<void> {
    const tell = (text: string): void => void this.told.push({ subject: `${record.type}/${record.id}`, text });
    const resource = await this.parsed(record);
    if (resource === undefined) return tell('its text cannot be read');
    const { id, resourceType } = resource;
    if (resourceType !== record.type || id !== record.id) return tell('its text is of another resource');
    const difference = this.verification.store.entryDifference(record, indexEntries(resource, this.verification.index));
    if (difference !== undefined) tell(difference);
    this.claims(record, resource, tell);
    if (record.type === 'DocumentReference') await this.document(resource, tell);
    if (record.content === undefined && record.type === 'Binary' && textOf(resource.data) === undefined && record.access.document !== undefined) tell('it has no bytes');
  }

  /** What a damaged store cannot answer is a finding too. */
  private async document(resource: JsonObject, tell: (text: string) => void): Promise<void> {
    try {
      for (const text of await this.documents.findings(resource)) tell(text);
    } catch (thrown) {
      tell(`its parts cannot be read (${thrown instanceof Error ? thrown.name : 'unknown'})`);
    }
  }

  private async parsed(record: ArchivedResource): Promise<JsonObject | undefined> {
    try {
      const resource = parseStored((await archivedText(record, (content) => this.bodyText(content))) ?? '');
      return isObject(resource) ? resource : undefined;
    } catch (thrown) {
      // What cannot be parsed, or bytes that are not there.
      if (thrown instanceof Failure || thrown instanceof RangeError) return undefined;
      throw thrown;
    }
  }

  private async bodyText(id: string): Promise<string> {
    const content = this.bodies.get(id);
    if (content === undefined) throw new RangeError('A body lies in bytes that are not there');
    const bytes: Uint8Array[] = [];
    // Only its content is asked for.
    for await (const piece of this.verification.store.openContent({ type: 'Binary', id, content } as StoredVersion)) bytes.push(piece);
    return Buffer.concat(bytes).toString('utf8');
  }

  private claims(record: ArchivedResource, resource: JsonObject, tell: (text: string) => void): void {
    const due = new Set(heldClaims(resource).map(claimKey));
    const held = new Set(record.claims.map(claimKey));
    const missing = [...due].filter((key) => !held.has(key)).length;
    const strange = [...held].filter((key) => !due.has(key)).length;
    if (missing > 0) tell(`it does not hold ${missing} of its claims`);
    if (strange > 0) tell(`it holds ${strange} claims that its text does not give`);
  }
}
