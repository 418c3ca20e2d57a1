/** The state of the index as rows of `meta`: `generation`, `definitions` (JSON), and of a job `index_job` (JSON) and `index_after` (rid). */
import type { IndexJob, IndexState, OwnDefinition } from '../../search/index-state.js';
import type { Connection } from './connection.js';
import { State } from './schema.js';

export interface IndexRows {
  read(): IndexState;
  /** Number of the resource that the job looked at last. */
  after(): number;
  /** Resources that there are. */
  count(): number;
  write(state: IndexState, after: number): void;
  /** The job has come so far; undefined = it is done. */
  advance(job: IndexJob | undefined, after: number): void;
}

export function indexRows(connection: Connection): IndexRows {
  const value = (key: string): unknown => connection.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.[0];
  const set = (key: string, to: string | number): void => void connection.prepare('INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(key, to);
  const advance = (job: IndexJob | undefined, after: number): void => {
    set('index_job', job === undefined ? '' : JSON.stringify(job));
    set('index_after', after);
  };
  return {
    read() {
      const [definitions, job] = [value('definitions'), value('index_job')];
      return {
        generation: Number(value('generation') ?? 0),
        definitions: typeof definitions === 'string' ? JSON.parse(definitions) as OwnDefinition[] : [],
        ...(typeof job === 'string' && job !== '' ? { job: JSON.parse(job) as IndexJob } : {}),
      };
    },
    after: () => Number(value('index_after') ?? 0),
    count: () => Number(connection.prepare(`SELECT count(*) FROM res WHERE state = ${State.live}`).get()?.[0] ?? 0),
    write({ generation, definitions, job }, after) {
      set('generation', generation);
      set('definitions', JSON.stringify(definitions));
      advance(job, after);
    },
    advance,
  };
}
