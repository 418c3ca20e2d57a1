/** What is measured: the same question put to the server and to the yardstick of its store. */
import { anObservation, createsSize, createsTransaction, recordSize, recordTransaction, smallTransaction } from './bundles.js';
import { levelOne, summary } from './documents.js';
import type { Shot, ShotRequest } from './load.js';

export interface World {
  readonly tokens: { readonly professional: string; readonly system: string; readonly operator: string };
  readonly patientId: string;
  /** `Type/id` of resources that the professional may read. */
  readonly references: readonly string[];
  /** Others, whose records grow; and ids of Observations about one of them that may be changed. */
  readonly others: { readonly patientIds: readonly string[]; readonly observations: readonly string[] };
}

export interface Bars {
  /** Least ratio of requests per second to the yardstick's. */
  readonly ratio?: number;
  /** Least requests per CPU-second; resources, where a request brings several. */
  readonly perCpuSecond?: number;
}
export interface Scenario {
  readonly name: string;
  readonly server: Shot;
  readonly bare: Shot;
  /** Where the yardstick makes so many requests ready: it is then asked for exactly as many. */
  readonly prepare?: (count: number) => string;
  /** Resources that one request brings, where their rate is what counts. */
  readonly resources?: number;
  readonly bars?: Bars;
}
export type StoreName = 'embedded' | 'mongodb';

/** People whose records the clients write to at once: writes to one record wait for each other on a replica set. */
export const crowd = 64;

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const json = { 'Content-Type': 'application/fhir+json' };

function roundRobin<T>(items: readonly T[]): () => T {
  let next = 0;
  return () => items[next++ % items.length] as T;
}
const get = (path: string, headers = {}): Shot => ({ headers, next: () => ({ method: 'GET', path }) });
const getEach = (paths: readonly string[], headers = {}): Shot => {
  const path = roundRobin(paths);
  return { headers, next: () => ({ method: 'GET', path: path() }) };
};
const post = (path: string, body: () => string, headers = {}): Shot => ({ headers: { ...json, ...headers }, next: () => ({ method: 'POST', path, body: body() }) });

function read({ tokens, references }: World): Scenario {
  return { name: 'read by id', server: getEach(references.map((reference) => `/fhir/${reference}`), bearer(tokens.professional)), bare: getEach(references.map((reference) => `/read/${reference}`)) };
}
function create({ tokens }: World, patientIds: readonly string[]): Scenario {
  const body = roundRobin(patientIds.map((id) => JSON.stringify(anObservation(id))));
  return { name: 'create', server: post('/fhir/Observation', body, bearer(tokens.system)), bare: post('/create', body) };
}
function search({ tokens, patientId }: World): Scenario {
  return { name: 'search by patient', server: get(`/fhir/Observation?patient=Patient/${patientId}&_count=20&_total=none`, bearer(tokens.professional)), bare: get(`/search/${patientId}`) };
}
function everything({ tokens, patientId }: World): Scenario {
  return { name: '$everything', server: get(`/fhir/Patient/${patientId}/$everything?_count=100`, bearer(tokens.professional)), bare: get(`/everything/${patientId}`) };
}
function push(kind: 'level-1' | 'summary', { tokens }: World, people = 1): Scenario {
  const document = kind === 'summary' ? summary(people) : levelOne(people);
  const text = () => document.next();
  return {
    name: document.name, prepare: (count) => `/prepare/${kind}/${count}`,
    server: post('/fhir/DocumentReference/$submit-document', text, { 'Content-Type': 'text/xml', ...bearer(tokens.system) }),
    bare: post(`/submit/${kind}`, text, { 'Content-Type': 'text/xml' }),
  };
}

/** Create, read, update, delete: one of each in turn, each on resources of its own. */
function mix({ tokens, others: { patientIds: [patientId = ''], observations } }: World): Scenario {
  const body = JSON.stringify(anObservation(patientId));
  const named = (id: string) => JSON.stringify({ ...anObservation(patientId), id });
  const third = Math.floor(observations.length / 3);
  const cycle = (collection: string, one: (id: string) => string): (() => ShotRequest) => {
    const [reads, updates, deletions] = [0, third, 2 * third].map((from) => roundRobin(observations.slice(from, from + third))) as [() => string, () => string, () => string];
    const turns: readonly (() => ShotRequest)[] = [
      () => ({ method: 'POST', path: collection, body }), () => ({ method: 'GET', path: one(reads()) }),
      () => { const id = updates(); return { method: 'PUT', path: one(id), body: named(id) }; }, () => ({ method: 'DELETE', path: one(deletions()) }),
    ];
    const turn = roundRobin(turns);
    return () => turn()();
  };
  return {
    name: 'create, read, update, delete',
    server: { headers: { ...json, ...bearer(tokens.operator) }, next: cycle('/fhir/Observation', (id) => `/fhir/Observation/${id}`) },
    bare: { headers: json, next: cycle('/create', (id) => `/change/${id}`) },
  };
}
function transaction(name: string, body: string, { tokens }: World): Scenario {
  return { name, server: post('/fhir', () => body, bearer(tokens.operator)), bare: post('/transaction', () => body) };
}

/**
 * With the bars that they must meet; those of CPU are what the best peer serves for each of its cores. What reads comes
 * first: what is written afterwards grows the very record that is read.
 */
const tables: Readonly<Record<StoreName, (world: World) => readonly Scenario[]>> = {
  embedded: (world) => [
    { ...read(world), bars: { ratio: 0.4, perCpuSecond: 2040 } }, search(world), everything(world), create(world, [world.patientId]),
    push('level-1', world), { ...push('summary', world), bars: { perCpuSecond: 150 } },
    { ...transaction(`transaction of ${createsSize}`, createsTransaction(world.patientId), world), resources: createsSize, bars: { ratio: 0.5 } },
  ],
  mongodb: (world) => [
    { ...read(world), bars: { ratio: 0.5, perCpuSecond: 2040 } }, search(world), everything(world),
    { ...create(world, world.others.patientIds), bars: { ratio: 0.35 } }, { ...mix(world), bars: { perCpuSecond: 330 } },
    { ...transaction('transaction of 2', smallTransaction(world.patientId), world), bars: { perCpuSecond: 210 } },
    { ...transaction(`transaction of ${recordSize}`, recordTransaction(), world), resources: recordSize, bars: { perCpuSecond: 635 } },
    push('level-1', world, crowd), { ...push('summary', world, crowd), bars: { ratio: 0.3 } },
  ],
};
export const scenarios = (store: StoreName, world: World): readonly Scenario[] => tables[store](world);
/** Measured on a server whose READ_CONCERN is linearizable. */
export const linearizableRead = (world: World): Scenario => ({ ...read(world), name: 'read by id, linearizable' });
