/** Ranges of texts in the order of their code points, as both databases compare them. */
const lastPoint = 0x10ffff;

/** The first text that does not begin with this one and comes after those that do; undefined when nothing comes after them. */
export function following(start: string): string | undefined {
  const points = [...start];
  while (points.at(-1)?.codePointAt(0) === lastPoint) points.pop();
  const last = points.pop()?.codePointAt(0);
  if (last === undefined) return undefined;
  // Surrogates are no code points of their own.
  return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
}
