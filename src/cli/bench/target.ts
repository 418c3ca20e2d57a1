/**
 * The process that is measured: a whole server, and beside it a bare `node:http` handler: on the embedded store it makes the
 * same store call on the same store (a transaction's rows it writes by the driver), on MongoDB it asks the driver. The parent asks the process for its CPU time and memory,
 * so that the load generator is never counted.
 */
import http, { type RequestListener } from 'node:http';
import { readSettings } from '../../config.js';
import { startServer, withFreePort, type Running } from '../../main.js';
import { bareHandler } from './bare.js';
import { originOf } from './load.js';
import { rawHandler } from './raw.js';

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

async function yardstickOf({ services, settings: { storeUrl, dataDir } }: Running): Promise<{ readonly listener: RequestListener; close(): Promise<void> }> {
  return storeUrl.startsWith('mongodb') ? rawHandler(services, storeUrl) : bareHandler(services, dataDir);
}

async function main(): Promise<void> {
  const settings = readSettings(await withFreePort(process.env));
  const running = await startServer(settings);
  const yardstick = await yardstickOf(running);
  const bare = http.createServer(yardstick.listener);
  await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve));
  process.on('message', (question: Question) => {
    if (question === 'usage') {
      const { user, system } = process.cpuUsage();
      process.send?.({ cpu: (user + system) / 1e6, rss: process.memoryUsage.rss() } satisfies Usage);
      return;
    }
    bare.close();
    bare.closeAllConnections();
    void Promise.all([running.stop(), yardstick.close()]).then(() => process.exit(0));
  });
  process.send?.({ server: originOf(running.server), bare: originOf(bare) } satisfies Ready);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack ?? error.message : String(error)}\n`);
  process.exit(1);
});
