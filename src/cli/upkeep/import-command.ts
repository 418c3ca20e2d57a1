/** `passerelle import-store FILE|-` */
import { createReadStream, statSync } from 'node:fs';
import type { Command } from 'commander';
import { checkArchive, importStore, type Imported } from '../../maintenance/import.js';
import { indexOptions, withStore, type WholeStore } from './open-store.js';
import { withProgress } from './progress.js';
import type { Settings } from '../../config.js';

/** Bytes read at once. */
const highWaterMark = 1024 * 1024;

async function fromFile(store: WholeStore, settings: Settings, file: string): Promise<Imported | undefined> {
  const { size } = statSync(file);
  const read = () => createReadStream(file, { highWaterMark });
  // What is cut or damaged is refused before anything is written.
  await withProgress('Checking ', size, (progress) => checkArchive(read(), ({ consumed }) => progress.at(consumed)));
  return withProgress('Importing', size, (progress) => importStore(store, read(), indexOptions(settings), ({ consumed }) => progress.at(consumed)));
}

const fromInput = (store: WholeStore, settings: Settings): Promise<Imported | undefined> =>
  withProgress('Importing: frames', undefined, (progress) => importStore(store, process.stdin, indexOptions(settings), ({ frame }) => progress.at(frame)));

function outcome(imported: Imported | undefined): string {
  if (imported === undefined) return 'This export was imported before, whole: nothing was written.';
  const { skipped, frames, header } = imported;
  const made = new Date(header.made).toISOString();
  return skipped === 0 ? `Imported the export of ${made}.` : `Imported the rest of the export of ${made} (${skipped} of ${frames} frames were there).`;
}

function importFrom(file: string): Promise<void> {
  return withStore({ importing: true }, async (store, settings) => {
    const imported = file === '-' ? await fromInput(store, settings) : await fromFile(store, settings, file);
    process.stderr.write(`${outcome(imported)}\n`);
  });
}

export function addImport(program: Command): void {
  program.command('import-store').argument('<file>', 'an export, or - for standard input')
    .description('Fill the empty store of DATA_DIR or STORE_URL from an export. What was interrupted goes on when called again. No server may run on it.')
    .action(importFrom);
}
