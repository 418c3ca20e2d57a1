/** `passerelle start`: the server with the settings of the environment, until SIGTERM or Ctrl-C. */
import type { Command } from 'commander';
import { runUntilSignal } from '../main.js';

export function addStart(program: Command): void {
  program.command('start', { isDefault: false })
    .description('Start the server with the settings of the environment. SIGTERM or Ctrl-C stops it cleanly.')
    .action(() => runUntilSignal(process.env));
}
