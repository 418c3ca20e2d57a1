/** What a bench run is about: the fixtures, and results that it may change. */
import { randomUUID } from 'node:crypto';
import type { Settings } from '../../config.js';
import { allEntries, connect, operation, patientId } from '../client.js';
import { CommandError } from '../command-error.js';
import { demoTokens, loadedDocuments, loadFixtures } from '../demo.js';
import { readCast } from '../fixtures.js';
import { peopleTransaction, putTransaction } from './bundles.js';
import { crowd, type StoreName, type World } from './scenarios.js';

/** Observations that may be changed, and how many of them one transaction makes. */
const changeable = 3000;
const batch = 500;

interface Bundle {
  readonly entry?: readonly { readonly response?: { readonly location?: string } }[];
}

async function posted(url: string, token: string, body: string): Promise<Bundle> {
  const response = await fetch(url, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' }, body });
  const text = await response.text();
  if (!response.ok) throw new CommandError(`What the bench needs could not be made: ${text}`);
  return JSON.parse(text) as Bundle;
}

/** People whose records may grow and change without touching the record that is searched. */
async function othersOf(base: string, token: string): Promise<World['others']> {
  const { entry = [] } = await posted(base, token, peopleTransaction(crowd));
  const patientIds = entry.map(({ response }) => /Patient\/([^/]+)/.exec(response?.location ?? '')?.[1] ?? '');
  const observations = Array.from({ length: changeable }, () => randomUUID());
  for (let from = 0; from < changeable; from += batch) await posted(base, token, putTransaction(patientIds[0] ?? '', observations.slice(from, from + batch)));
  return { patientIds, observations };
}

/** @param bare origin of the yardstick, which on MongoDB keeps a copy of the record */
export async function makeWorld(settings: Settings, bare: string, store: StoreName): Promise<World> {
  const cast = readCast();
  const tokens = await demoTokens(settings, cast);
  await loadFixtures(settings.fhirBase, tokens.system, loadedDocuments(cast), () => undefined);
  const client = await connect({ url: settings.fhirBase, token: tokens.professional });
  const patient = await patientId(client, cast.people[0]?.ins ?? '');
  if (patient === undefined) throw new CommandError('The fixtures were not loaded.');
  const entries = await allEntries(client, await operation(client, { resourceType: 'Patient', id: patient, name: 'everything', method: 'GET' }));
  const references = entries.map((entry) => (entry as { resource: { resourceType: string; id: string } }).resource)
    .filter(({ resourceType }) => resourceType !== 'Binary').map(({ resourceType, id }) => `${resourceType}/${id}`);
  if (store === 'embedded') return { tokens, patientId: patient, references, others: { patientIds: [], observations: [] } };
  await fetch(`${bare}/fill/${patient}`);
  return { tokens, patientId: patient, references, others: await othersOf(settings.fhirBase, tokens.operator) };
}
