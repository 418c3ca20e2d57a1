/** `passerelle sharding` */
import type { Command } from 'commander';
import { readSettings } from '../../config.js';
import { connecting } from '../../store/mongodb/open.js';
import { shardCommands } from '../../store/mongodb/sharding.js';
import { CommandError } from '../command-error.js';

export function addSharding(program: Command): void {
  program.command('sharding')
    .description('Print the commands for mongosh that spread the collections of STORE_URL over the shards of a MongoDB cluster. Nothing is changed.')
    .action(() => {
      const { storeUrl } = readSettings(process.env);
      if (!/^mongodb(\+srv)?:/.test(storeUrl)) throw new CommandError('STORE_URL is not that of a MongoDB database.');
      process.stdout.write(`${shardCommands(connecting(storeUrl).db.databaseName).join('\n')}\n`);
    });
}
