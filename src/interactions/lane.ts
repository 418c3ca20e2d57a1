/**
 * Work that may be too long for the event loop (parsing, checking, mapping, indexing) is a task in two steps: `open` reads
 * the bytes and tells the facts that decisions need; `finish` takes the decisions and gives the writes. Between the two
 * the parsed tree stays where it is: on the main thread for small bodies, on a parse thread for those over 256 KB.
 * Facts, resolutions and results cross threads, so they are plain data (no class instances: no Decimal). A Uint8Array that
 * is a property of the input, of the facts or of a result moves to the other side: whoever handed it out no longer has it
 * (deeper ones are copied).
 */
export interface Task<Input, Facts, Session, Resolution, Result> {
  readonly name: string;
  open(input: Input): { readonly facts: Facts; readonly session: Session };
  /** May be called again with another resolution (a retry after a conflict). */
  finish(session: Session, resolution: Resolution): Result;
}

export interface Opened<Facts, Resolution, Result> {
  readonly facts: Facts;
  finish(resolution: Resolution): Promise<Result>;
  /** Lets go of the parsed tree. Always called. */
  close(): void;
}

export interface Lanes {
  /** `bytes` chooses the lane (main thread or parse thread): see `weight.ts`. */
  open<I, F, S, R, O>(task: Task<I, F, S, R, O>, input: I, bytes: number): Promise<Opened<F, R, O>>;
}
