/** The embedded store under faults: one server, killed at any moment. */
import { ServerProcess, verified, type Subject } from './subject.js';

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
      return verified(server.settings);
    },
    stop: () => server.kill('SIGKILL'),
  };
}
