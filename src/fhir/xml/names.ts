/** Names of XML, taken apart at their colon: https://www.w3.org/TR/xml/#NT-Name, https://www.w3.org/TR/xml-names/#NT-QName */

const start = 1;
const inside = 2;
/** Beyond ASCII: where names may begin, then what they may hold besides. */
const startRanges: readonly (readonly [number, number])[] = [
  [0xc0, 0xd6], [0xd8, 0xf6], [0xf8, 0x2ff], [0x370, 0x37d], [0x37f, 0x1fff], [0x200c, 0x200d], [0x2070, 0x218f], [0x2c00, 0x2fef], [0x3001, 0xd7ff],
  [0xf900, 0xfdcf], [0xfdf0, 0xfffd], [0x10000, 0xeffff],
];
const insideRanges: readonly (readonly [number, number])[] = [[0xb7, 0xb7], [0x300, 0x36f], [0x203f, 0x2040]];

const ascii = new Uint8Array(128);
for (const sign of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_') ascii[sign.charCodeAt(0)] = start | inside;
for (const sign of '0123456789-.') ascii[sign.charCodeAt(0)] = inside;

const within = (code: number, ranges: readonly (readonly [number, number])[]): boolean => ranges.some(([lo, hi]) => code >= lo && code <= hi);
const kindOf = (code: number): number => (within(code, startRanges) ? start | inside : within(code, insideRanges) ? inside : 0);

/** Where a name without a colon ends that begins at `at`; `at` itself where none does. */
export function endOfName(text: string, at: number): number {
  let wanted = start;
  for (let index = at; ;) {
    const unit = text.charCodeAt(index);
    const code = unit < 128 ? unit : text.codePointAt(index) ?? 0;
    if (((unit < 128 ? ascii[unit] as number : kindOf(code)) & wanted) === 0) return index;
    index += code > 0xffff ? 2 : 1;
    wanted = inside;
  }
}
