/** The embedded store under faults: one server, killed at any moment. */
import { join } from 'node:path';
import { serverGrant } from '../../access/decide.js';
import { verify } from '../../maintenance/verify/verify.js';
import { openEmbedded } from '../../store/embedded/open.js';
import { indexOptions } from '../upkeep/open-store.js';
import { ServerProcess, type Subject } from './subject.js';

const silent = { warn: () => undefined, error: () => undefined };

/** @param folder DATA_DIR */
export async function embeddedSubject(folder: string): Promise<Subject> {
  const server = await ServerProcess.start({ DATA_DIR: folder });
  return {
    promises: { strictReads: true, strictHistory: true },
    door: () => server.door,
    async fault() {
      await server.kill('SIGKILL');
      await server.begin();
      return 'server killed';
    },
    async end() {
      await server.kill('SIGTERM');
      const { settings } = server;
      const store = await openEmbedded({ directory: join(folder, 'store'), identity: { domain: settings.identityDomain }, log: silent });
      const findings: string[] = [];
      try {
        const verification = { store, grant: serverGrant(Date.now()), index: indexOptions(settings), domain: settings.identityDomain, onRecord: () => undefined };
        for await (const { subject, text } of verify(verification)) findings.push(`verify: ${subject}: ${text}`);
      } finally {
        await store.close();
      }
      return findings;
    },
  };
}
