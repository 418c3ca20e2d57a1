/** Exact sums of decimal literals. */

interface Scaled {
  readonly digits: bigint;
  /** Digits after the point. */
  readonly scale: number;
}

function scaled(literal: string | undefined): Scaled | undefined {
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)(\d{0,40})(?:\.(\d{1,40}))?$/.exec(literal ?? '') ?? [];
  if (whole + fraction === '') return undefined;
  return { digits: BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`), scale: fraction.length };
}

/**
 * `base + tenths / 10 * by`, as a literal with the digits of the more precise of the two.
 * @returns undefined when one of them is no plain decimal
 */
export function shifted(base: string | undefined, by: string | undefined, tenths: 10 | 5 | -5 | -10): string | undefined {
  const [one, other] = [scaled(base), scaled(by)];
  if (one === undefined || other === undefined) return undefined;
  const scale = Math.max(one.scale, other.scale) + 1;
  const sum = one.digits * 10n ** BigInt(scale - one.scale) + (other.digits * 10n ** BigInt(scale - other.scale) * BigInt(tenths)) / 10n;
  const [digits, places] = sum % 10n === 0n ? [sum / 10n, scale - 1] : [sum, scale];
  const text = (digits < 0n ? -digits : digits).toString().padStart(places + 1, '0');
  return `${digits < 0n ? '-' : ''}${text.slice(0, text.length - places)}${places === 0 ? '' : `.${text.slice(text.length - places)}`}`;
}
