/** Texts as they are served: the halves of a body, joined by version and time. */
import { hash } from 'node:crypto';
import { withLabels } from './labels.js';

/** What the store writes between the halves of a body. */
export const versionText = (version: number, lastUpdated: number): string =>
  `"versionId":"${version}","lastUpdated":"${new Date(lastUpdated).toISOString()}"`;

/**
 * SHA-256 of a text as it was written (version and time in it, labels of the moment not), kept beside it: what lies in a
 * store can be told from what was put there.
 */
export const textHash = (text: string): Buffer => hash('sha256', text, 'buffer');

/** The served text of a version whose halves are `before` and `after`. @param labels bits of the chain that it was drawn from */
export function servedText(before: string, after: string, version: number, lastUpdated: number, labels: number): string {
  const head = before + versionText(version, lastUpdated);
  return labels === 0 ? head + after : withLabels(head + after, head.length, labels);
}

/** A long text put together from pieces of its halves; nothing is copied but what stands at the joint. */
export class LongText {
  private before = '';
  private after = '';
  /** @param cut characters before the joint */
  constructor(private readonly cut: number) {}

  add(piece: string): void {
    const left = Math.max(this.cut - this.before.length, 0);
    this.before += piece.slice(0, left);
    this.after += piece.slice(left);
  }

  /** @param labels bits of the chain that it was drawn from */
  text(version: number, lastUpdated: number, labels: number): string {
    return servedText(this.before, this.after, version, lastUpdated, labels);
  }
}
