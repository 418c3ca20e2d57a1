/** A mistake of the caller of the command line: one plain line, exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
