/**
 * The process that is measured: a whole server, and beside it a bare `node:http` handler that makes the same store call
 * on the same store. The parent asks it for its CPU time and memory, so that the load generator is never counted.
 */
import http from 'node:http';
import { readSettings } from '../../config.js';
import { startServer, withFreePort } from '../../main.js';
import { bareHandler } from './bare.js';
import { originOf } from './load.js';

export type Question = 'usage' | 'stop';
/** CPU seconds of the whole process, its threads included; resident bytes. */
export interface Usage {
  readonly cpu: number;
  readonly rss: number;
}
export interface Ready {
  readonly server: string;
  readonly bare: string;
}

async function main(): Promise<void> {
  const settings = readSettings(await withFreePort(process.env));
  const running = await startServer(settings);
  const bare = http.createServer(bareHandler(running.services));
  await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve));
  process.on('message', (question: Question) => {
    if (question === 'usage') {
      const { user, system } = process.cpuUsage();
      process.send?.({ cpu: (user + system) / 1e6, rss: process.memoryUsage.rss() } satisfies Usage);
      return;
    }
    bare.close();
    bare.closeAllConnections();
    void running.stop().then(() => process.exit(0));
  });
  process.send?.({ server: settings.baseUrl, bare: originOf(bare) } satisfies Ready);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack ?? error.message : String(error)}\n`);
  process.exit(1);
});
