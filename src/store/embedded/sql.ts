/** SQL in pieces: constant text with its values apart. Nothing that a caller wrote is ever part of the text. */
export type SqlValue = string | number | Uint8Array | null;

export interface Sql {
  readonly text: string;
  /** One for each `?` of the text, in order. */
  readonly args: readonly SqlValue[];
}

export const sql = (text: string, ...args: readonly SqlValue[]): Sql => ({ text, args });

/** `?, ?, ?` */
export const slots = (count: number): string => Array.from({ length: count }, () => '?').join(', ');
