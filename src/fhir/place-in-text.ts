/** Where in a text something stands, for people. Counts without a copy of each line: a text may be nothing but line feeds. */

/** @returns `line 3, column 7`, both from 1 */
export function placeInText(text: string, at: number): string {
  let line = 1;
  let start = 0;
  for (let next = text.indexOf('\n'); next >= 0 && next < at; next = text.indexOf('\n', start)) {
    line++;
    start = next + 1;
  }
  return `line ${line}, column ${at - start + 1}`;
}
