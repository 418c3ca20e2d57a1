/** Visibility labels of a document's chain, put into meta.security of what was drawn from it when it is served (design 3.8). */
import { visibilityCodes, visibilitySystem, type VisibilityLabel } from '../../fhir/visibility.js';

/** Bits of the labels. */
export const Label = { MASQUE_PS: 1, INVISIBLE_PATIENT: 2, INVISIBLE_REPRESENTANTS_LEGAUX: 4 } as const;

/** Every sum of bits that bears one of these labels. */
export const sumsWith = (labels: readonly VisibilityLabel[]): readonly number[] => {
  const wanted = labelBits(labels);
  return Array.from({ length: 2 ** visibilityCodes.length }, (_, bits) => bits).filter((bits) => (bits & wanted) !== 0);
};
export const labelBits = (labels: readonly VisibilityLabel[]): number => labels.reduce((bits, label) => bits | Label[label], 0);

const codings = visibilityCodes.map((code) => ({
  bit: Label[code], code: `"code":"${code}"`, text: `{"system":"${visibilitySystem}","code":"${code}"}`,
}));

/** Index after the string that begins at `at` (its opening quote). */
function afterString(text: string, at: number): number {
  for (let index = at + 1; index < text.length; index++) {
    const unit = text[index];
    if (unit === '\\') index++;
    else if (unit === '"') return index + 1;
  }
  return text.length;
}

/** Index of the bracket that closes what is open at `at`. */
function closing(text: string, at: number): number {
  let depth = 0;
  for (let index = at; index < text.length; index++) {
    const unit = text[index];
    if (unit === '"') index = afterString(text, index) - 1;
    else if (unit === '{' || unit === '[') depth++;
    else if ((unit === '}' || unit === ']') && depth-- === 0) return index;
  }
  return text.length;
}

/** Index after `[` of the member "security" of the object that is open at `at`, or undefined. */
function securityAt(text: string, at: number): number | undefined {
  const end = closing(text, at);
  for (let index = at; index < end; index++) {
    const unit = text[index];
    if (unit === '"') {
      const after = afterString(text, index);
      if (text.startsWith('"security":[', index)) return after + 2;
      index = after - 1;
    } else if (unit === '{' || unit === '[') {
      index = closing(text, index + 1);
    }
  }
  return undefined;
}

/**
 * The text with the labels among the codings of meta.security.
 * @param text canonical JSON (no blanks between tokens)
 * @param at index just after `"lastUpdated":"…"` in meta
 * @param labels bits of Label
 */
export function withLabels(text: string, at: number, labels: number): string {
  if (labels === 0) return text;
  const security = securityAt(text, at);
  const present = security === undefined ? '' : text.slice(security, closing(text, security));
  const added = codings.filter(({ bit, code }) => (labels & bit) !== 0 && !present.includes(code)).map((coding) => coding.text);
  if (added.length === 0) return text;
  if (security === undefined) return `${text.slice(0, at)},"security":[${added.join(',')}]${text.slice(at)}`;
  return `${text.slice(0, security)}${added.join(',')}${present === '' ? '' : ','}${text.slice(security)}`;
}
