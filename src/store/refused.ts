/** A store that cannot be opened; the message is one line for the operator, without secrets. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused';
}

/** What a store says to the operator; a pino logger will do. */
export interface StoreLog {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
