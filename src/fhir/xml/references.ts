/** References to characters and to the five entities of XML; there are no others without a DTD: https://www.w3.org/TR/xml/#sec-references */
import type { Failure } from '../failure.js';

const entities: ReadonlyMap<string, string> = new Map([['amp', '&'], ['lt', '<'], ['gt', '>'], ['quot', '"'], ['apos', "'"]]);
const numeric = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/;
/** `&#x10FFFF;` and some zeros. */
const longest = 40;

const isChar = (code: number): boolean =>
  code === 0x9 || code === 0xa || code === 0xd || (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);

function characterOf(name: string): string | undefined {
  const known = entities.get(name);
  if (known !== undefined) return known;
  const [, hexadecimal, decimal] = numeric.exec(name) ?? [];
  const code = hexadecimal !== undefined ? Number.parseInt(hexadecimal, 16) : decimal !== undefined ? Number(decimal) : Number.NaN;
  return isChar(code) ? String.fromCodePoint(code) : undefined;
}

/** @param wrong makes the failure of a reference that stands for nothing, and where it stands */
export function decodeReferences(raw: string, wrong: (reason: string, at: number) => Failure): string {
  let text = '';
  let from = 0;
  for (let at = raw.indexOf('&'); at >= 0; at = raw.indexOf('&', from)) {
    const end = raw.indexOf(';', at);
    const character = end < 0 || end - at > longest ? undefined : characterOf(raw.slice(at + 1, end));
    if (character === undefined) throw wrong('"&" that begins no reference that is known', at);
    text += raw.slice(from, at) + character;
    from = end + 1;
  }
  return text + raw.slice(from);
}
