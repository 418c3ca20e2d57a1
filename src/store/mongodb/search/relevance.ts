/** Relevance: how many of the leaves that a search counts hold for a resource, told by its tokens. */
import type { Document } from 'mongodb';
import type { Leaf } from '../../../search/plan.js';
import { textStart, tokenKey } from '../entry-texts.js';

/** What tells that a leaf holds: one of these keys, or one that begins with one of these texts. */
interface Signs {
  readonly keys: readonly string[];
  readonly starts: readonly string[];
}
function signsOf(leaf: Leaf): Signs {
  if (leaf.kind === 'token' && leaf.code !== undefined) return { keys: [tokenKey(leaf.param, { code: leaf.code, system: leaf.system ?? '' })], starts: [] };
  if (leaf.kind === 'code-starts') return { keys: [], starts: leaf.starts.map((start) => textStart(leaf.param, start)) };
  throw new TypeError(`Relevance is not told by a ${leaf.kind}`);
}

/** The tokens of a document that the leaves look for, as an expression. */
export function tokensOf(leaves: readonly Leaf[]): Document {
  const signs = leaves.map(signsOf);
  const begins = signs.flatMap(({ starts }) => starts).map((start) => ({ $eq: [{ $indexOfBytes: ['$$key', { $literal: start }] }, 0] }));
  const one = { $in: ['$$key', { $literal: signs.flatMap(({ keys }) => keys) }] };
  return { $filter: { input: { $ifNull: ['$t', []] }, as: 'key', cond: { $or: [one, ...begins] } } };
}

/** Those of the leaves that hold for what has these tokens. */
export const heldBy = (leaves: readonly Leaf[], tokens: readonly string[]): readonly Leaf[] => leaves.filter((leaf) => {
  const { keys, starts } = signsOf(leaf);
  return tokens.some((token) => keys.includes(token) || starts.some((start) => token.startsWith(start)));
});
