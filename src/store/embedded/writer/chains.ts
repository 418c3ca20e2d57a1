/**
 * Chains of documents: documents that share a chain key, at any distance. Each document row holds the labels of its
 * whole chain, so that a read looks at one row only.
 */
import type { DocumentFacts } from '../../../access/facts.js';
import type { Connection } from '../connection.js';
import { Label, labelBits } from '../../body/labels.js';

export class Chains {
  constructor(private readonly connection: Connection) {}

  /** A document as written now: its keys, labels and authors replace those it had. */
  put(document: number, { chainKeys, labels, authors }: DocumentFacts): void {
    const [chain] = this.connection.prepare('SELECT chain FROM doc WHERE rid = ?').get(document) as [number] | undefined ?? [document];
    this.connection.prepare('INSERT INTO doc(rid, chain, own, labels) VALUES (?, ?, ?, 0) ON CONFLICT DO UPDATE SET own = excluded.own')
      .run(document, chain, labelBits(labels));
    this.putAuthors(document, authors);
    if (this.putKeys(document, chainKeys)) this.regroup(chain);
    this.merge(document);
  }

  /** A document that is only spoken of, by what was drawn from it or by a mask, has a row too. */
  mention(document: number): void {
    this.connection.prepare('INSERT INTO doc(rid, chain, own, labels) VALUES (?, ?, 0, 0) ON CONFLICT DO NOTHING').run(document, document);
  }

  /** A document that comes from another store, whose chain is known. The labels of chains are settled once all are there. */
  restore(document: number, { chainKeys, labels, authors }: DocumentFacts, chain: number): void {
    this.connection.prepare('INSERT INTO doc(rid, chain, own, labels) VALUES (?, ?, ?, 0) ON CONFLICT DO UPDATE SET chain = excluded.chain, own = excluded.own')
      .run(document, chain, labelBits(labels));
    this.putKeys(document, chainKeys);
    this.putAuthors(document, authors);
  }
  settleLabels(): void {
    const bits = Object.values(Label).map((bit) => `max(d.own & ${bit})`).join(' | ');
    this.connection.prepare(`UPDATE doc SET labels = (SELECT ${bits} FROM doc d WHERE d.chain = doc.chain)`).run();
  }

  /** Labels of the chain of a document, as bits. */
  labels(document: number): number {
    return (this.connection.prepare('SELECT labels FROM doc WHERE rid = ?').get(document)?.[0] as number | undefined) ?? 0;
  }

  /** Takes a document out for good. What hides the others of its chain goes on hiding them: labels until they are written anew, masks until lifted. */
  remove(document: number): void {
    const [chain, labels] = this.connection.prepare('SELECT chain, labels FROM doc WHERE rid = ?').get(document) as [number, number] | undefined ?? [];
    if (chain === undefined || labels === undefined) return;
    this.connection.prepare('UPDATE doc SET own = own | ? WHERE chain = ?').run(labels, chain);
    const other = this.connection.prepare('SELECT min(rid) FROM doc WHERE chain = ? AND rid <> ?').get(chain, document)?.[0];
    if (typeof other === 'number') this.connection.prepare('UPDATE rule SET doc = ? WHERE doc = ?').run(other, document);
    this.connection.prepare('DELETE FROM author WHERE doc = ?').run(document);
    this.connection.prepare('DELETE FROM doc_key WHERE doc = ?').run(document);
    this.connection.prepare('DELETE FROM doc WHERE rid = ?').run(document);
  }

  private putAuthors(document: number, authors: readonly string[]): void {
    this.connection.prepare('DELETE FROM author WHERE doc = ?').run(document);
    const insert = this.connection.prepare('INSERT INTO author(doc, actor) VALUES (?, ?) ON CONFLICT DO NOTHING');
    for (const actor of authors) if (actor !== '') insert.run(document, actor);
  }

  /** @returns whether a key went, so that the chain may fall apart */
  private putKeys(document: number, keys: readonly string[]): boolean {
    const before = this.connection.prepare('SELECT key FROM doc_key WHERE doc = ?').all(document).map(([key]) => key as string);
    const gone = before.filter((key) => !keys.includes(key));
    for (const key of gone) this.connection.prepare('DELETE FROM doc_key WHERE key = ? AND doc = ?').run(key, document);
    for (const key of keys) this.connection.prepare('INSERT INTO doc_key(key, doc) VALUES (?, ?) ON CONFLICT DO NOTHING').run(key, document);
    return gone.length > 0;
  }

  /** Joins every chain that shares a key with the document's into one, then settles its labels. */
  private merge(document: number): void {
    const chains = this.connection.prepare(`
      SELECT DISTINCT d.chain FROM doc_key mine CROSS JOIN doc_key k ON k.key = mine.key CROSS JOIN doc d ON d.rid = k.doc WHERE mine.doc = ?
      UNION SELECT chain FROM doc WHERE rid = ? ORDER BY 1`).all(document, document).map(([chain]) => chain as number);
    const [kept = document, ...joined] = chains;
    for (const chain of joined) this.connection.prepare('UPDATE doc SET chain = ? WHERE chain = ?').run(kept, chain);
    this.relabel(kept);
  }

  /** Finds the chains that the documents of one chain now form. */
  private regroup(chain: number): void {
    const documents = this.connection.prepare('SELECT rid FROM doc WHERE chain = ? ORDER BY rid').all(chain).map(([rid]) => rid as number);
    const shared = this.connection.prepare(
      'SELECT DISTINCT d.rid, k.doc FROM doc d CROSS JOIN doc_key mine ON mine.doc = d.rid CROSS JOIN doc_key k ON k.key = mine.key WHERE d.chain = ?',
    ).all(chain) as unknown as [number, number][];
    const beside = new Map<number, number[]>();
    for (const [one, other] of shared) beside.set(one, [...(beside.get(one) ?? []), other]);
    const groups = groupsOf(documents, beside);
    const place = this.connection.prepare('UPDATE doc SET chain = ? WHERE rid = ?');
    for (const [first, group] of groups) for (const one of group) place.run(first, one);
    for (const first of groups.keys()) this.relabel(first);
  }

  private relabel(chain: number): void {
    const own = this.connection.prepare('SELECT own FROM doc WHERE chain = ?').all(chain) as unknown as [number][];
    const labels = own.reduce((bits, [one]) => bits | one, 0);
    this.connection.prepare('UPDATE doc SET labels = ? WHERE chain = ? AND labels <> ?').run(labels, chain, labels);
  }
}

/** Those that hang together, by the first of each group. */
function groupsOf(documents: readonly number[], beside: ReadonlyMap<number, readonly number[]>): Map<number, readonly number[]> {
  const placed = new Set<number>();
  const groups = new Map<number, readonly number[]>();
  for (const first of documents) {
    if (placed.has(first)) continue;
    const group = new Set([first]);
    for (const one of group) for (const next of beside.get(one) ?? []) group.add(next);
    for (const one of group) placed.add(one);
    groups.set(first, [...group]);
  }
  return groups;
}
