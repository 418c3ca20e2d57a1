/** Commands that speak to a running server: push, record, erase. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { allEntries, connect, operation, patientId, pushDocument, refusalText, type ServerOptions } from './client.js';
import { readSettings } from '../config.js';
import { CommandError } from './command-error.js';

async function push(files: readonly string[], options: ServerOptions & { readonly label: readonly string[] }): Promise<void> {
  const client = await connect(options);
  const bar = new SingleBar({ format: '{bar} {value}/{total} {file}', noTTYOutput: false }, Presets.shades_classic);
  const refused: string[] = [];
  bar.start(files.length, 0, { file: '' });
  for (const file of files) {
    bar.update({ file: basename(file) });
    try {
      await pushDocument(client, await readFile(file), options.label);
    } catch (error) {
      refused.push(`${file}: ${refusalText(error)}`);
    }
    bar.increment();
  }
  bar.stop();
  for (const line of refused) process.stderr.write(`${line}\n`);
  process.stdout.write(`${files.length - refused.length} taken, ${refused.length} refused\n`);
  if (refused.length > 0) process.exitCode = 1;
}

async function record(ins: string, options: ServerOptions): Promise<void> {
  const client = await connect(options);
  const id = await patientId(client, ins);
  if (id === undefined) throw new CommandError('No person with this INS is visible to the bearer of this token.');
  const entry = await allEntries(client, await operation(client, { resourceType: 'Patient', id, name: 'everything', method: 'GET' }));
  process.stdout.write(`${JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }, null, 2)}\n`);
}

async function erase(reference: string, options: ServerOptions): Promise<void> {
  const [resourceType, id, ...rest] = reference.split('/');
  if (!resourceType || !id || rest.length > 0) throw new CommandError('Write what is to be erased as Type/id, for example Patient/0191….');
  const outcome = await operation(await connect(options), { resourceType, id, name: 'erase', method: 'POST' }) as unknown as { issue?: { diagnostics?: string }[] };
  for (const { diagnostics } of outcome.issue ?? []) process.stdout.write(`${diagnostics ?? ''}\n`);
}

interface GivenOptions {
  readonly url?: string;
  readonly token?: string;
}

/** The server of the settings, unless another is named. */
const baseOf = ({ url }: GivenOptions): string => url ?? process.env.PASSERELLE_URL ?? readSettings(process.env).fhirBase;

/** Runs a command on the server that is meant; what it refuses is one line. */
async function onServer<T extends GivenOptions>(options: T, command: (options: T & ServerOptions) => Promise<void>): Promise<void> {
  const url = baseOf(options);
  try {
    await command({ ...options, url });
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(`${url}: ${refusalText(error)}`);
  }
}

const toServer = (command: Command): Command => command
  .option('--url <base>', 'FHIR base of the server (default: the variable PASSERELLE_URL, else the server of the settings)')
  .option('--token <token>', 'access token (default: the variable PASSERELLE_TOKEN)', process.env.PASSERELLE_TOKEN);

export function addPush(program: Command): void {
  toServer(program.command('push').argument('<files...>', 'CDA documents (XML)'))
    .description('Send CDA documents to a running server.')
    .option('--label <code>', 'visibility label for all of them: MASQUE_PS, INVISIBLE_PATIENT, …; once for each label', (code: string, others: readonly string[] = []) => [...others, code])
    .action((files: string[], options: GivenOptions & { label?: string[] }) => onServer(options, ({ label = [], ...given }) => push(files, { ...given, label })));
}

export function addRecord(program: Command): void {
  toServer(program.command('record').argument('<ins>', '<OID>|<matricule>'))
    .description("Print a person's whole record, as far as the bearer may see it, as one Bundle.")
    .action((ins: string, options: GivenOptions) => onServer(options, (given) => record(ins, given)));
}

export function addErase(program: Command): void {
  toServer(program.command('erase').argument('<reference>', 'Type/id'))
    .description('Erase a resource, or with Patient/id a whole record, for good: versions, bytes and all. Operator only; the audit log stays.')
    .action((reference: string, options: GivenOptions) => onServer(options, (given) => erase(reference, given)));
}
