/** What the index of a store is made by, and how far it is: kept in the store, the same for every process. */
import { typesOf, type PublishedParameter } from './definitions.js';

/** A search parameter of the operator: an active SearchParameter resource (see `own-definition.ts`). */
export interface OwnDefinition extends PublishedParameter {
  /** Of the resource. */
  readonly id: string;
}

/** What entries are made by beside the parameters of R4. */
export interface OwnParameters {
  /** Grows with every change of the definitions or of the indexer: entries that were made by an earlier one are not taken. */
  readonly generation: number;
  readonly definitions: readonly OwnDefinition[];
}

/** Entries are being made anew. */
export interface IndexJob {
  /** `<Type>.<code>` that are not in every entry yet; absent: entries of an earlier indexer, by which nothing can be found. */
  readonly params?: readonly string[];
  /** Types that the changed parameters are of: their resources are indexed anew, and those that contain others; absent: all. */
  readonly types?: readonly string[];
  /** Resources that were looked at, of so many there were when it began. */
  readonly done: number;
  readonly total: number;
  /** ms UTC */
  readonly started: number;
}

export interface IndexState extends OwnParameters {
  /** Absent: every entry is what the indexer gives. */
  readonly job?: IndexJob;
}

/** Of a store without parameters of its own. */
export const firstIndex: IndexState = { generation: 0, definitions: [] };

const namesOf = ({ base, code }: OwnDefinition): string[] => typesOf(base).map((type) => `${type}.${code}`);
const union = (one: readonly string[], other: readonly string[]): readonly string[] => [...new Set([...one, ...other])];

/** What an index is to become. */
export interface Redefinition {
  readonly definitions: readonly OwnDefinition[];
  /** Whether everything is indexed anew, and not only what changes. */
  readonly all?: boolean;
}

/** The state with other definitions: what changes is indexed from the start. @param total resources that there are */
export function redefined({ generation, definitions, job }: IndexState, { definitions: next, all = false }: Redefinition, total: number, now: number): IndexState {
  const before = new Set(definitions.map((each) => JSON.stringify(each)));
  const after = new Set(next.map((each) => JSON.stringify(each)));
  const added = next.filter((each) => !before.has(JSON.stringify(each)));
  const gone = definitions.filter((each) => !after.has(JSON.stringify(each)));
  const known = new Set(next.flatMap(namesOf));
  const unusable = job !== undefined && job.params === undefined;
  const whole = all || (job !== undefined && job.types === undefined);
  return {
    generation: generation + 1, definitions: next,
    job: {
      ...(unusable ? {} : { params: union(job?.params ?? [], added.flatMap(namesOf)).filter((name) => known.has(name)) }),
      ...(whole ? {} : { types: union(job?.types ?? [], [...added, ...gone].flatMap(({ base }) => typesOf(base))) }),
      done: 0, total, started: now,
    },
  };
}

/** The state of a store whose entries an earlier indexer made. */
export const outdated = ({ generation, definitions }: IndexState, total: number, now: number): IndexState => ({ generation: generation + 1, definitions, job: { done: 0, total, started: now } });

/** Hundredths that are done; 100 only when all is. */
export const percentOf = ({ done, total }: IndexJob): number => (total === 0 ? 0 : Math.min(99, Math.floor((100 * done) / total)));

/** Whether no search may use the parameter yet. */
export const isAwaited = ({ job }: IndexState, param: string): boolean => job !== undefined && (job.params === undefined || job.params.includes(param));

/** Whether a text has to be indexed anew in the job. */
export const concerns = ({ types }: IndexJob, type: string, text: string): boolean => types === undefined || types.includes(type) || text.includes('"contained":');
