/**
 * Reads of current versions by id. Those that wait together are one query, which brings the access documents along: what is
 * read and what rules it are of one instant, later than the coming of each of them.
 */
import type { Document } from 'mongodb';
import type { Grant } from '../../access/grant.js';
import type { ResourceKey, StoredVersion } from '../port.js';
import { times, type Connection } from './connection.js';
import type { ChainDocument, RecordDocument, ResourceDocument } from './documents.js';
import { isOfOne } from './faults.js';
import { Gathering } from './gathering.js';
import { keyText, versionFields, versionsOf, type VersionRow } from './versions.js';
import { Sight } from './visibility.js';

interface Question {
  readonly key: string;
  /** Whether the rules of the owners matter. */
  readonly ruled: boolean;
}
type Found = VersionRow & Pick<ResourceDocument, 'of'> & { readonly records?: readonly RecordDocument[]; readonly chains: readonly ChainDocument[] };

/** Resources of one query. */
const most = 64;
/** Queries on their way at once. */
const atOnce = 2;

const fields = { ...versionFields, of: 1, owners: { $ifNull: ['$pts', '$pt'] } };
const joined = (from: 'records' | 'chains', localField: string): Document => ({ $lookup: { from, localField, foreignField: '_id', as: from } });

export class CurrentReads {
  private readonly gathering: Gathering<Question, Found | undefined>;

  constructor(private readonly connection: Connection) {
    this.gathering = new Gathering({ most, atOnce, isOfOne, ask: (questions) => this.ask(questions) });
  }

  /** @returns undefined when it does not exist for the caller */
  async read(grant: Grant, key: ResourceKey): Promise<StoredVersion | undefined> {
    const found = await this.gathering.ask({ key: keyText(key), ruled: grant.reach.kind !== 'everything' });
    // What is spilled bears an id that no resource has.
    if (found === undefined || found.of !== undefined) return undefined;
    // Chunks never change: a long text needs no snapshot.
    const reading = this.connection.reading(times.key);
    const sight = new Sight(reading, grant);
    sight.know(found, found.records ?? [], found.chains);
    const [visible] = await sight.visible([found]);
    return visible && (await versionsOf(reading, sight, [visible]))[0];
  }

  private async ask(questions: readonly Question[]): Promise<(Found | undefined)[]> {
    const keys = [...new Set(questions.map(({ key }) => key))];
    const records = questions.some(({ ruled }) => ruled) ? [joined('records', 'owners')] : [];
    const pipeline = [{ $match: { _id: { $in: keys } } }, { $project: fields }, joined('chains', 'doc'), ...records];
    const found = this.connection.collections.resources.aggregate<Found>(pipeline, { readConcern: { level: 'snapshot' }, maxTimeMS: times.key, batchSize: keys.length + 1 });
    const byKey = new Map((await found.toArray()).map((row) => [row._id, row]));
    return questions.map(({ key }) => byKey.get(key));
  }
}
