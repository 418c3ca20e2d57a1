/** Links in a narrative: `<a href>` and `<img src>` (https://hl7.org/fhir/R4/narrative.html). The rest of the XHTML stays as it was sent. */

/** A start tag of `a` or `img`, quoted values whole; no `<` stands inside of one. */
const tag = /<(a|img)(?=[\s/])(?:[^<>"']|"[^"<]*"|'[^'<]*')*>/g;
/** Attributes one after another, so that what looks like one inside of a value is none. */
const attribute = /(\s)([\w:.-]+)(\s*=\s*)("[^"]*"|'[^']*')/g;
const linkOf: Readonly<Record<string, string>> = { a: 'href', img: 'src' };

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
function decoded(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,4}));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    const code = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : undefined;
    if (code !== undefined) return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    return named[name ?? ''] ?? whole;
  });
}
const encoded = (text: string): string => text.replace(/[&<"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '"': '&quot;' })[sign] as string);

/** @param change what an address becomes; the same text where it stays */
export function rewriteLinks(div: string, change: (address: string) => string): string {
  return div.replace(tag, (whole, name: string) => whole.replace(attribute, (all, blank: string, key: string, equals: string, quoted: string) => {
    if (key !== linkOf[name]) return all;
    const address = decoded(quoted.slice(1, -1));
    const target = change(address);
    return target === address ? all : `${blank}${key}${equals}"${encoded(target)}"`;
  }));
}
