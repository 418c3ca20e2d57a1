/**
 * JSON as FHIR needs it: every number keeps the digits it was written with, and a text is parsed once.
 *
 * A number whose JavaScript form prints back to the very same literal is a plain `number`; any other (`1.00`, `1e2`,
 * twenty digits) is a {@link Decimal} that carries the literal.
 */
export type Json = null | boolean | number | string | Decimal | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** A number literal that a JavaScript number would not print back to the letter. */
export class Decimal {
  constructor(readonly literal: string) {}
  toString(): string {
    return this.literal;
  }
  valueOf(): number {
    return Number(this.literal);
  }
}
