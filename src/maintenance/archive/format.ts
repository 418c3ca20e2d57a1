/**
 * The file of an export. One line of JSON at its head; then frames, each a line of JSON that says how many records and
 * bytes follow and their SHA-256, and the bytes themselves: records as lines of JSON, deflated; then one line of JSON that
 * counts it all, with the SHA-256 of every byte before it. A file without that line was cut.
 */
import type { StoreDescription } from '../../store/upkeep.js';

export const archiveFormat = 'passerelle-store';
/** Of the format; a newer one is refused. */
export const archiveVersion = 1;

export interface ArchiveHeader {
  readonly format: typeof archiveFormat;
  readonly version: number;
  /** Id of this export. */
  readonly id: string;
  /** ms UTC */
  readonly made: number;
  /** Version of the server that made it. */
  readonly server: string;
  readonly store: StoreDescription;
  /** Records, but for the audit log: a measure of what is to come. */
  readonly size: number;
}
export interface FrameHead {
  /** 1, 2, 3 … */
  readonly frame: number;
  readonly records: number;
  readonly bytes: number;
  /** Of the bytes as they stand in the file, hex. */
  readonly sha256: string;
}
export interface ArchiveTrailer {
  readonly frames: number;
  /** By kind. */
  readonly records: Readonly<Record<string, number>>;
  /** Of every byte before this line, hex. */
  readonly sha256: string;
}

/** A file that cannot be imported; the message is one line for the operator. */
export class ArchiveRefused extends Error {
  override readonly name = 'ArchiveRefused';
}
