/** The database of a bench run, and its share of the CPU. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommandError } from '../command-error.js';

export interface Database {
  /** STORE_URL of the server; '' for its own default. */
  readonly url: string;
  /** CPU seconds of its processes until now. */
  cpu(): Promise<number>;
  stop(): Promise<void>;
}
interface ReplicaSet {
  readonly url: string;
  readonly members: readonly { readonly process: { readonly pid?: number } }[];
  stop(): Promise<void>;
}

/** The embedded store runs in the server: its CPU is counted there. */
export const inServer: Database = { url: '', cpu: () => Promise.resolve(0), stop: () => Promise.resolve() };

/** Clock ticks of Linux, each second. */
const ticks = 100;

/** User and system time of a process; see proc(5). */
async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13);
  return (Number(user) + Number(system)) / ticks;
}

/** A replica set of one member in a temporary folder, of the mongod that scripts/mongod.mjs finds. */
export async function startDatabase(): Promise<Database> {
  const script = pathToFileURL(join(__dirname, '..', '..', '..', 'scripts', 'mongod.mjs')).href;
  const { startReplicaSet } = (await import(script)) as { startReplicaSet(options: { cache: number }): Promise<ReplicaSet> };
  const { url, members, stop } = await startReplicaSet({ cache: 1 }).catch((cause: unknown) => {
    throw new CommandError(`No mongod for the bench: ${cause instanceof Error ? cause.message : String(cause)} Set MONGOD_BINARY.`);
  });
  const pids = members.map(({ process: { pid } }) => pid).filter((pid) => pid !== undefined);
  return { url: url.replace('/?', '/bench?'), cpu: async () => (await Promise.all(pids.map(cpuOf))).reduce((sum, one) => sum + one, 0), stop };
}
