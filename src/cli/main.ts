/** The command line: `passerelle --help` lists every command and every setting. */
import { Command } from 'commander';
import { settings, SettingError } from '../config.js';
import { addBench } from './bench/command.js';
import { addDemo } from './demo.js';
import { addFaults } from './faults/command.js';
import { addErase, addPush, addRecord } from './client-commands.js';
import { CommandError } from './command-error.js';
import { StoreRefused } from '../store/refused.js';
import { StartError } from '../main.js';
import { addStart } from './start.js';
import { addToken } from './token.js';
import { addExport } from './upkeep/export-command.js';
import { addImport } from './upkeep/import-command.js';
import { addSharding } from './upkeep/sharding-command.js';
import { addStats } from './upkeep/stats-command.js';
import { addVerify } from './upkeep/verify-command.js';

function settingsHelp(): string {
  const rows = Object.values(settings).map(({ name, accepts, default: fallback, reason }) =>
    `  ${name.padEnd(22)} ${reason}\n${' '.repeat(25)}Accepts ${accepts}. Default: ${fallback}.`);
  return `\nSettings (environment variables):\n${rows.join('\n')}\n`;
}

export function program(): Command {
  const command = new Command('passerelle')
    .description('FHIR R4 server for the French health system: national identity (INS), CI-SIS documents, search, Bundles and consent.')
    .addHelpText('after', settingsHelp())
    .addHelpText('after', [
      'For push, record and erase:',
      '  PASSERELLE_URL         The FHIR base of the server. Default: the server of the settings.',
      '  PASSERELLE_TOKEN       The access token.',
      '',
      'First steps:',
      '  passerelle demo                                  a server with fictitious people, and a tour to paste',
      '  passerelle start                                 the server with the settings of the environment',
      '  passerelle token --as operator                   a token of the test issuer',
      '  passerelle push report.xml --token "$TOKEN"      send CDA documents to a running server',
      '',
    ].join('\n'));
  for (const add of [addStart, addDemo, addToken, addPush, addRecord, addErase, addExport, addImport, addVerify, addStats, addSharding, addBench, addFaults]) add(command);
  return command;
}

/** Runs a command; a known mistake is one line on standard error. */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    if (error instanceof SettingError || error instanceof CommandError || error instanceof StartError || error instanceof StoreRefused) {
      process.stderr.write(`passerelle: ${error.message}\n`);
      process.exitCode = 1;
      return;
    }
    throw error;
  }
}

