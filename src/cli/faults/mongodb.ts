/**
 * The MongoDB store under faults: a replica set of three members and two servers on loopback. The primary and the servers are
 * killed, a member stands still for a while.
 */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { CommandError } from '../command-error.js';
import type { Random } from './random.js';
import { ServerProcess, verified, type Subject } from './subject.js';

interface Member {
  readonly port: number;
  readonly process: ChildProcess;
  start(): void;
}
interface ReplicaSet {
  readonly url: string;
  readonly members: readonly Member[];
  stop(): Promise<void>;
}
/** What is used of `scripts/mongod.mjs`. */
interface Script {
  startReplicaSet(options: { readonly members: number }): Promise<ReplicaSet>;
  /** Port of the primary, undefined while there is none. */
  primaryPort(set: ReplicaSet): Promise<number | undefined>;
}

const script = pathToFileURL(join(__dirname, '..', '..', '..', 'scripts', 'mongod.mjs')).href;
/** How long a member stands still, ms. */
const still = { least: 1000, most: 6000 };

const running = ({ process: child }: Member): boolean => child.exitCode === null && child.signalCode === null;

class MongoFaults {
  constructor(private readonly script: Script, private readonly set: ReplicaSet, private readonly servers: readonly ServerProcess[]) {}

  async any(random: Random): Promise<string> {
    const faults = [() => this.killPrimary(), () => this.killServer(random), () => this.stopMember(random)];
    const name = await faults[random.whole(faults.length)]?.() ?? '';
    for (const server of this.servers) await server.ready();
    return name;
  }

  private async primary(): Promise<Member> {
    for (;;) {
      const port = await this.script.primaryPort(this.set);
      const member = this.set.members.find((each) => each.port === port && running(each));
      if (member !== undefined) return member;
      await wait(100);
    }
  }

  private async killPrimary(): Promise<string> {
    const member = await this.primary();
    const gone = new Promise((resolve) => member.process.once('exit', resolve));
    member.process.kill('SIGKILL');
    await gone;
    await this.primary();
    member.start();
    return 'primary killed';
  }

  private async killServer(random: Random): Promise<string> {
    const server = this.servers[random.whole(this.servers.length)];
    await server?.kill('SIGKILL');
    await server?.begin();
    return 'server killed';
  }

  private async stopMember(random: Random): Promise<string> {
    const member = random.whole(2) === 0 ? await this.primary() : this.set.members[random.whole(this.set.members.length)];
    member?.process.kill('SIGSTOP');
    await wait(random.between(still.least, still.most));
    member?.process.kill('SIGCONT');
    return 'member stopped';
  }
}

/** @param folder DATA_DIR of the servers */
export async function mongodbSubject(folder: string): Promise<Subject> {
  const mongod = await import(script) as Script;
  const set = await mongod.startReplicaSet({ members: 3 }).catch((thrown: unknown) => {
    throw new CommandError(`A replica set cannot be started: ${thrown instanceof Error ? thrown.message.split('\n')[0] ?? '' : String(thrown)} Set MONGOD_BINARY to a mongod, or put one on the path.`);
  });
  const environment = { DATA_DIR: folder, STORE_URL: set.url, READ_CONCERN: 'linearizable' };
  const servers: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const server of servers) await server.kill('SIGKILL');
    await set.stop();
  };
  const started = async (): Promise<ServerProcess> => {
    try {
      const server = await ServerProcess.start(environment);
      servers.push(server);
      return server;
    } catch (thrown) {
      await stop();
      throw thrown;
    }
  };
  const [first, second] = [await started(), await started()];
  const faults = new MongoFaults(mongod, set, servers);
  return {
    // A history is read by majority: a primary that was cut off may tell an older one.
    promises: { strictReads: true, strictHistory: false },
    door: (random) => (random.whole(2) === 0 ? first.door : second.door),
    fault: (random) => faults.any(random),
    async end() {
      for (const server of servers) await server.kill('SIGTERM');
      return verified(first.settings);
    },
    stop,
  };
}
