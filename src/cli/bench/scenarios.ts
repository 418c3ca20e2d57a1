/** What is measured: the same question put to the server and to the bare handler on the same store. */
import { levelOne, summary } from './documents.js';
import type { Shot } from './load.js';

export interface World {
  readonly tokens: { readonly professional: string; readonly system: string };
  readonly patientId: string;
  /** `Type/id` of resources that the professional may read. */
  readonly references: readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly server: Shot;
  readonly bare: Shot;
  /** Where the bare handler makes so many requests ready: it is then asked for exactly as many. */
  readonly prepare?: (count: number) => string;
  /** Least ratio of requests per second to the bare handler's, and least requests per CPU-second. */
  readonly bars?: { readonly ratio?: number; readonly perCpuSecond?: number };
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const fixed = (path: string) => () => path;

function roundRobin<T>(items: readonly T[]): () => T {
  let next = 0;
  return () => items[next++ % items.length] as T;
}

function push(kind: 'level-1' | 'summary', world: World, perCpuSecond?: number): Scenario {
  const document = kind === 'summary' ? summary() : levelOne();
  const body = () => document.next();
  const headers = { 'Content-Type': 'text/xml' };
  return {
    name: document.name,
    server: { method: 'POST', path: fixed('/fhir/DocumentReference/$submit-document'), headers: { ...headers, ...bearer(world.tokens.system) }, body },
    bare: { method: 'POST', path: fixed(`/submit/${kind}`), headers, body },
    prepare: (count) => `/prepare/${kind}/${count}`,
    ...(perCpuSecond === undefined ? {} : { bars: { perCpuSecond } }),
  };
}

export function scenarios(world: World): readonly Scenario[] {
  const professional = bearer(world.tokens.professional);
  const observation = JSON.stringify({
    resourceType: 'Observation', status: 'final', code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] }, subject: { reference: `Patient/${world.patientId}` },
    effectiveDateTime: '2026-02-06T08:00:00+01:00', valueQuantity: { value: 68, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
  });
  const json = { 'Content-Type': 'application/fhir+json' };
  const patient = world.patientId;
  // What reads comes first: what is written afterwards grows the very record that is read.
  return [
    {
      name: 'read by id', bars: { ratio: 0.4, perCpuSecond: 2040 },
      server: { method: 'GET', path: roundRobin(world.references.map((reference) => `/fhir/${reference}`)), headers: professional },
      bare: { method: 'GET', path: roundRobin(world.references.map((reference) => `/read/${reference}`)), headers: {} },
    },
    {
      name: 'search by patient',
      server: { method: 'GET', path: fixed(`/fhir/Observation?patient=Patient/${patient}&_count=20&_total=none`), headers: professional },
      bare: { method: 'GET', path: fixed(`/search/${patient}`), headers: {} },
    },
    {
      name: '$everything',
      server: { method: 'GET', path: fixed(`/fhir/Patient/${patient}/$everything?_count=100`), headers: professional },
      bare: { method: 'GET', path: fixed(`/everything/${patient}`), headers: {} },
    },
    {
      name: 'create',
      server: { method: 'POST', path: fixed('/fhir/Observation'), headers: { ...json, ...bearer(world.tokens.system) }, body: () => observation },
      bare: { method: 'POST', path: fixed('/create'), headers: json, body: () => observation },
    },
    push('level-1', world),
    push('summary', world, 150),
  ];
}
