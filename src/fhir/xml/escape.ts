/** Text and attribute values as XML. */
const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\t': '&#9;', '\n': '&#10;', '\r': '&#13;' };
/** What XML has no way to write (https://www.w3.org/TR/xml/#charsets) is replaced: no resource holds it, a text of ours might quote it. */
const sign = (one: string): string => signs[one] ?? '\ufffd';

export const escapeText = (text: string): string => text.replace(/[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, sign);
/** Blanks are written as references: a parser would read each as a space. */
export const escapeAttribute = (text: string): string => text.replace(/[&<>"\u0000-\u001f\ufffe\uffff]/g, sign);
