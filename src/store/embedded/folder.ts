/** The folder of a store: owned by one process at a time, or made for this run only (`memory:`). */
import Database from 'libsql';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeFolder } from '../../make-folder.js';
import { StoreRefused } from '../refused.js';

export interface StoreFolder {
  readonly path: string;
  /** False for a store that forgets everything at its end: nothing of it needs to survive. */
  readonly durable: boolean;
  /** Gives the folder up; a folder made for this run is removed. */
  release(): void;
}

const temporaryPrefix = 'passerelle-memory-';
/** A younger folder may belong to a process that has not locked it yet, ms. */
const youngest = 60_000;

/**
 * Holds an exclusive lock for as long as the process lives: the system lets go of it even when the process is killed.
 * @returns undefined when another process (or another store of this one) holds it
 */
function lock(folder: string): (() => void) | undefined {
  const database = new Database(join(folder, 'lock'));
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (thrown) {
    database.close();
    if (String((thrown as { code?: unknown }).code).startsWith('SQLITE_BUSY')) return undefined;
    throw thrown;
  }
  return () => {
    database.exec('ROLLBACK');
    database.close();
  };
}

/** Removes what stores of `memory:` left behind when their process was killed. */
function removeLeftovers(now: number): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(temporaryPrefix))) {
    const folder = join(tmpdir(), name);
    const unlock = isOld(folder, now) ? lock(folder) : undefined;
    if (unlock === undefined) continue;
    unlock();
    rmSync(folder, { recursive: true, force: true });
  }
}

function isOld(folder: string, now: number): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found !== undefined && found.isDirectory() && found.uid === process.getuid?.() && now - found.mtimeMs > youngest;
}

/**
 * Takes the folder for this process.
 * @param directory a folder, made when it is not there, or `memory:`
 * @throws StoreRefused when another process has it
 */
export function takeFolder(directory: string): StoreFolder {
  const durable = directory !== 'memory:';
  if (!durable) removeLeftovers(Date.now());
  const path = durable ? resolve(directory) : mkdtempSync(join(tmpdir(), temporaryPrefix));
  makeFolder(path);
  const unlock = lock(path);
  if (unlock === undefined) throw new StoreRefused(`The store in ${path} is in use by another process.`);
  return {
    path, durable,
    release() {
      unlock();
      if (!durable) rmSync(path, { recursive: true, force: true });
    },
  };
}
