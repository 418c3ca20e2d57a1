/** The server cannot start; the message is one plain line that says what to mend. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
