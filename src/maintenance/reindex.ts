/**
 * Index entries made anew from the texts of an export: for a store of another kind, or of another version of the index.
 * Bodies that lie in chunks come before the resources that name them; they are set aside in a folder until then.
 */
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObject, parseStored } from '../fhir/json.js';
import type { IndexEntries } from '../search/entries.js';
import { indexEntries, type IndexOptions } from '../search/indexer.js';
import { versionText } from '../store/body/text.js';
import { DamagedStore, type ArchivedResource, type ArchiveRecord } from '../store/upkeep.js';

/** As stores write the bodies that they put into chunks. */
const bodyType = 'application/fhir+json';

/** The entries that the indexer gives for a text. @throws DamagedStore */
export function entriesOfText(key: { readonly type: string; readonly id: string }, text: string, options: IndexOptions): IndexEntries {
  const resource = parseStored(text);
  if (!isObject(resource) || resource.resourceType !== key.type || resource.id !== key.id) throw new DamagedStore(`${key.type}/${key.id}: its text is of another resource.`);
  return indexEntries(resource, options);
}

/** @param content reads the content that holds both halves of a body */
export async function archivedText({ body, version, lastUpdated }: ArchivedResource, content: (id: string) => Promise<string>): Promise<string | undefined> {
  if (body === undefined) return undefined;
  const halves = 'content' in body ? await content(body.content) : '';
  const [before, after] = 'content' in body ? [halves.slice(0, body.cut), halves.slice(body.cut)] : [body.before, body.after];
  return before + versionText(version, lastUpdated) + after;
}

export class Reindexing {
  private folder: Promise<string> | undefined;
  private readonly aside = new Set<string>();

  constructor(private readonly options: IndexOptions) {}

  /** Sees every record, also those that stand already. @returns the record with the entries that it is to have */
  async take(record: ArchiveRecord): Promise<ArchiveRecord> {
    if (record.kind === 'content' && record.contentType === bodyType) this.aside.add(record.content);
    if (record.kind === 'chunk' && this.aside.has(record.content)) await appendFile(await this.file(record.content), record.bytes);
    if (record.kind !== 'resource') return record;
    if (record.deleted) return { ...record, kept: undefined };
    const text = await archivedText(record, async (content) => readFile(await this.file(content), 'utf8'));
    // What another store kept in a form of its own means nothing to this one.
    return text === undefined ? record : { ...record, kept: undefined, entries: entriesOfText(record, text, this.options) };
  }

  async end(): Promise<void> {
    if (this.folder !== undefined) await rm(await this.folder, { recursive: true, force: true });
  }

  private async file(content: string): Promise<string> {
    this.folder ??= mkdtemp(join(tmpdir(), 'passerelle-import-'));
    return join(await this.folder, Buffer.from(content).toString('hex'));
  }
}
