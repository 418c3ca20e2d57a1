/** Text and attribute values as XML. */
const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\t': '&#9;', '\n': '&#10;', '\r': '&#13;' };
const sign = (one: string): string => signs[one] ?? one;

export const escapeText = (text: string): string => text.replace(/[&<>\r]/g, sign);
/** Blanks are written as references: a parser would read each as a space. */
export const escapeAttribute = (text: string): string => text.replace(/[&<>"\t\n\r]/g, sign);
