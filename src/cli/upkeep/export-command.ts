/** `passerelle export-store FILE|-` */
import { createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { archiveHeader, exportStore } from '../../maintenance/export.js';
import { CommandError } from '../command-error.js';
import { withStore, type WholeStore } from './open-store.js';
import { withProgress } from './progress.js';

async function stream(store: WholeStore, out: Writable, end: boolean): Promise<number> {
  const header = await archiveHeader(store, Date.now());
  let done = 0;
  await withProgress('Exporting', header.size, (progress) => {
    const bytes = exportStore(store, header, (count) => progress.at((done += count)));
    return pipeline(Readable.from(bytes, { objectMode: false }), out, { end });
  });
  return done;
}

/** The file appears under its name once it is whole and durable; only its owner can read it. */
async function toFile(store: WholeStore, file: string): Promise<number> {
  if (existsSync(file)) throw new CommandError(`${file} is there already. Name another file.`);
  const partial = `${file}.partial`;
  try {
    await rm(partial, { force: true });
    const done = await stream(store, createWriteStream(partial, { mode: 0o600, flush: true }), true);
    await rename(partial, file);
    await syncFolder(dirname(file));
    return done;
  } catch (thrown) {
    await rm(partial, { force: true });
    throw thrown;
  }
}

/** A new name is durable when its folder is. Windows has no such call. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  await folder.sync();
  await folder.close();
}

function exportTo(file: string): Promise<void> {
  return withStore({ importing: false }, async (store) => {
    const done = file === '-' ? await stream(store, process.stdout, false) : await toFile(store, file);
    process.stderr.write(`Exported ${done} records${file === '-' ? '' : ` to ${file}`}. They are not encrypted.\n`);
  });
}

export function addExport(program: Command): void {
  program.command('export-store').argument('<file>', 'a new file, or - for standard output')
    .description('Write the whole store of DATA_DIR or STORE_URL into one file: versions, history, consents, bytes, audit log, secrets. No server may run on an embedded store.')
    .action(exportTo);
}
