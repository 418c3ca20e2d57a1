/** `passerelle verify` */
import type { Command } from 'commander';
import { serverGrant } from '../../access/decide.js';
import { verify } from '../../maintenance/verify/verify.js';
import { indexOptionsOf, withStore } from './open-store.js';
import { withProgress } from './progress.js';

function verifyStore(): Promise<void> {
  return withStore({ importing: false }, async (store, settings) => {
    let findings = 0;
    let resources = 0;
    await withProgress('Verifying', await store.dumpSize(), async (progress) => {
      let done = 0;
      const verification = {
        store, grant: serverGrant(Date.now()), index: await indexOptionsOf(store, settings),
        onRecord: ({ kind }: { readonly kind: string }) => {
          if (kind === 'resource') resources++;
          progress.at(++done);
        },
      };
      for await (const { subject, text } of verify(verification)) {
        findings++;
        process.stdout.write(`${subject}: ${text}\n`);
      }
    });
    process.stderr.write(`${resources} resources verified, ${findings} ${findings === 1 ? 'finding' : 'findings'}.\n`);
    if (findings > 0) process.exitCode = 1;
  });
}

export function addVerify(program: Command): void {
  program.command('verify')
    .description('Check the whole store of DATA_DIR or STORE_URL, with the settings of its server. One line for each finding, then exit code 1. No server may run on an embedded store.')
    .action(verifyStore);
}
