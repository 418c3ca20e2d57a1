/**
 * The grant, joined with the access documents (design 3.5, rules 4 and 5). {@link reachFilter} is the part that a query on
 * `resources` can say by itself; {@link Sight} judges the rest on the rows that it finds, reading the records of their owners
 * and the chains of their documents in batches within the same snapshot. What it leaves out does not exist for the caller.
 *
 * | reach        | sees                                                                                           |
 * |--------------|------------------------------------------------------------------------------------------------|
 * | everything   | everything                                                                                     |
 * | patient      | public; owned and subject resources of which the person is an owner, unless INVISIBLE_PATIENT |
 * | professional | public; owned resources all of whose owners allow and whose document chain is not hidden       |
 * | structure    | public; owned and private resources that it wrote, unless an owner or a mask of theirs refuses |
 *
 * An owner allows when no rule in force closes the record or blocks one of the caller's keys. A chain is hidden by a mask
 * rule in force (for everyone or for one of the keys) given by an owner, and from professionals by the label MASQUE_PS
 * unless one of the keys is an author of the document itself. The software of the structure that wrote a document is on the side of
 * its authors: MASQUE_PS does not hide from it what it wrote; closed records, blocks and masks of the person do.
 */
import type { Filter } from 'mongodb';
import type { Grant, Reach } from '../../access/grant.js';
import { Label } from '../body/labels.js';
import { readOptions, type Reading } from './connection.js';
import { Effect, Exposure, type AccessRow, type ChainDocument, type RecordDocument, type ResourceDocument, type RuleFields } from './documents.js';

/** Projection of what {@link Sight} judges by. */
export const accessFields = { x: 1, pt: 1, pts: 1, doc: 1, st: 1 } as const;

export const ownersOf = ({ pt, pts }: AccessRow): readonly string[] => pts ?? (pt === undefined ? [] : [pt]);

/** A condition without which no resource exists for the caller; what satisfies it is still to be judged by {@link Sight}. */
export function reachFilter({ reach }: Grant): Filter<ResourceDocument> {
  switch (reach.kind) {
    case 'everything':
      return {};
    case 'patient': {
      const { patient } = reach;
      if (patient === undefined) return { x: Exposure.public };
      const own = { x: { $in: [Exposure.owned, Exposure.subject] } };
      return { $or: [{ x: Exposure.public }, { ...own, pt: patient }, { ...own, pts: patient }] };
    }
    case 'professional':
      return { x: { $in: [Exposure.public, Exposure.owned] } };
    case 'structure':
      return { $or: [{ x: Exposure.public }, { x: { $in: [Exposure.owned, Exposure.private] }, st: reach.structure }] };
  }
}

/** What the access documents say of one row. */
interface Circumstances {
  readonly rules: readonly RuleFields[];
  readonly chain: Pick<ChainDocument, 'l' | 'oa' | 'm'> | undefined;
}

const names = (keys: readonly string[], actor: string | undefined): boolean => actor !== undefined && keys.includes(actor);

/** An owner closed the record or blocks one of the keys. */
const refused = (keys: readonly string[], { rules }: Circumstances): boolean =>
  rules.some(({ e, a }) => e === Effect.close || (e === Effect.block && names(keys, a)));
/** An owner hides the chain, from everyone or from one of the keys. */
const masked = (keys: readonly string[], { rules, chain }: Circumstances): boolean =>
  rules.some(({ e, a, d = '' }) => e === Effect.mask && (a === undefined || names(keys, a)) && chain?.m.includes(d) === true);
const labelled = ({ chain }: Circumstances, label: number): boolean => ((chain?.l ?? 0) & label) !== 0;
/** The chain bears MASQUE_PS and none of the keys is an author of the document itself: whoever writes into a chain does not so unmask it. */
const hiddenFromProfessionals = (keys: readonly string[], of: Circumstances): boolean =>
  labelled(of, Label.MASQUE_PS) && of.chain?.oa.some((author) => keys.includes(author)) !== true;

type Judgement<K extends Reach['kind']> = (reach: Extract<Reach, { readonly kind: K }>, row: AccessRow, of: Circumstances) => boolean;
const beyondPublic: { readonly [K in Reach['kind']]: Judgement<K> } = {
  everything: () => true,
  patient: ({ patient }, row, of) => patient !== undefined && (row.x === Exposure.owned || row.x === Exposure.subject)
    && ownersOf(row).includes(patient) && !labelled(of, Label.INVISIBLE_PATIENT),
  professional: ({ keys }, row, of) => row.x === Exposure.owned && ownersOf(row).length > 0
    && !refused(keys, of) && !hiddenFromProfessionals(keys, of) && !masked(keys, of),
  structure: ({ structure, keys }, row, of) => (row.x === Exposure.owned || row.x === Exposure.private)
    && row.st?.includes(structure) === true && !refused(keys, of) && !masked(keys, of),
};

/** One caller's sight within one snapshot: records and chains are read once. */
export class Sight {
  private readonly records = new Map<string, readonly RuleFields[]>();
  private readonly chains = new Map<string, Pick<ChainDocument, 'l' | 'oa' | 'm'>>();

  constructor(private readonly reading: Reading, private readonly grant: Grant) {}

  /** Those of the rows that exist for the caller, in their order. */
  async visible<T extends AccessRow>(rows: readonly T[]): Promise<T[]> {
    if (this.grant.reach.kind === 'everything') return [...rows];
    await this.learn(rows.filter(({ x }) => x !== Exposure.public));
    return rows.filter((row) => this.judge(row));
  }

  /** Labels of the chains of documents, as bits, by document. */
  async labels(documents: readonly string[]): Promise<ReadonlyMap<string, number>> {
    await this.learnChains(documents);
    return new Map(documents.map((document) => [document, this.chains.get(document)?.l ?? 0]));
  }

  /** The access documents of a row that were read with it. */
  know(row: AccessRow, records: readonly RecordDocument[], chains: readonly ChainDocument[]): void {
    this.keepRecords(ownersOf(row), records);
    if (row.doc !== undefined) this.keepChains([row.doc], chains);
  }

  private judge(row: AccessRow): boolean {
    if (row.x === Exposure.public) return true;
    const rules = ownersOf(row).flatMap((owner) => this.records.get(owner) ?? []);
    const chain = row.doc === undefined ? undefined : this.chains.get(row.doc);
    return (beyondPublic[this.grant.reach.kind] as Judgement<Reach['kind']>)(this.grant.reach, row, { rules, chain });
  }

  private async learn(rows: readonly AccessRow[]): Promise<void> {
    const owners = this.grant.reach.kind === 'patient' ? [] : rows.flatMap(ownersOf);
    const documents = rows.map(({ doc }) => doc).filter((doc) => doc !== undefined);
    // One transaction takes one operation at a time.
    if (this.reading.session?.inTransaction() === true) {
      await this.learnRecords(owners);
      await this.learnChains(documents);
    } else {
      await Promise.all([this.learnRecords(owners), this.learnChains(documents)]);
    }
  }

  private async learnRecords(owners: readonly string[]): Promise<void> {
    const unknown = [...new Set(owners)].filter((owner) => !this.records.has(owner));
    this.keepRecords(unknown, await this.find<RecordDocument>('records', unknown, { r: 1 }));
  }
  private keepRecords(owners: readonly string[], found: readonly RecordDocument[]): void {
    const { moment } = this.grant;
    for (const owner of owners) this.records.set(owner, []);
    for (const { _id, r = [] } of found) this.records.set(_id, r.filter(({ f, u }) => f <= moment && u > moment));
  }

  private async learnChains(documents: readonly string[]): Promise<void> {
    const unknown = [...new Set(documents)].filter((document) => !this.chains.has(document));
    this.keepChains(unknown, await this.find<ChainDocument>('chains', unknown, { l: 1, oa: 1, m: 1 }));
  }
  private keepChains(documents: readonly string[], found: readonly ChainDocument[]): void {
    // A document that is only spoken of is a chain of its own.
    for (const document of documents) this.chains.set(document, { l: 0, oa: [], m: [document] });
    for (const { _id, l, oa, m } of found) this.chains.set(_id, { l, oa, m });
  }

  private async find<T>(from: 'records' | 'chains', ids: readonly string[], projection: Readonly<Record<string, 1>>): Promise<readonly T[]> {
    if (ids.length === 0) return [];
    const found = this.reading.collections[from] as unknown as { find(filter: object, options: object): { toArray(): Promise<T[]> } };
    return found.find({ _id: { $in: ids } }, { ...readOptions(this.reading), projection }).toArray();
  }
}
