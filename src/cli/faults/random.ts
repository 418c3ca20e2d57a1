/** A small random generator with a seed, so that a campaign can be told again (mulberry32). */
export interface Random {
  /** 0 up to, not including, `below`; whole. */
  whole(below: number): number;
  between(least: number, most: number): number;
}

export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { whole: (below) => Math.floor(next() * below), between: (least, most) => least + next() * (most - least) };
}
