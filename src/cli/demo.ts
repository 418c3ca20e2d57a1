/** `passerelle demo`: a server with fictitious people, a token of each kind and a tour to paste, until Ctrl-C. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { readSettings, type Settings } from '../config.js';
import { startServer, untilSignal, withFreePort } from '../main.js';
import { connect, patientId, pushDocument, refusalText } from './client.js';
import { CommandError } from './command-error.js';
import { documentPath, readCast, readDocument, type Cast } from './fixtures.js';
import { signToken } from './token.js';
import { tourSteps, tourText, type TourFacts } from './tour.js';

/** Kept back from the load, for the tour to push. */
const tourDocument = 'consultation-lenoir.xml';
const tourPerson = 'lenoir';
const professionalOfTour = 1;
const day = 86_400;

type Kind = 'professional' | 'patient' | 'system' | 'operator';
export type Tokens = Readonly<Record<Kind, string>>;

/** One token of each kind, valid for a day, of the people of the tour. */
export async function demoTokens(settings: Settings, cast: Cast): Promise<Tokens> {
  const professional = cast.professionals[professionalOfTour];
  const person = cast.people.find(({ id }) => id === tourPerson);
  const structure = cast.structures[0]?.id;
  if (!professional || !person || !structure) throw new CommandError('The fixtures are incomplete: run npm run fixtures.');
  const sign = (options: Omit<Parameters<typeof signToken>[1], 'expires'>) => signToken(settings, { ...options, expires: day });
  const [forProfessional, patient, system, operator] = await Promise.all([
    sign({ as: 'professional', rpps: professional.rpps, structure: professional.structure }), sign({ as: 'patient', ins: person.ins }),
    sign({ as: 'system', structure }), sign({ as: 'operator' }),
  ]);
  return { professional: forProfessional, patient, system, operator };
}

/** Pushes every document through the public endpoint. @throws CommandError naming the document that was refused */
export async function loadFixtures(base: string, token: string, names: readonly string[], progress: (done: number, name: string) => void): Promise<void> {
  const client = await connect({ url: base, token });
  for (const [index, name] of names.entries()) {
    try {
      await pushDocument(client, readDocument(name));
    } catch (error) {
      throw new CommandError(`${name} was refused: ${refusalText(error)}`);
    }
    progress(index + 1, name);
  }
}

async function loadWithBar(base: string, token: string, names: readonly string[]): Promise<void> {
  const bar = new SingleBar({ format: 'Loading the fixtures {bar} {value}/{total} {name}', noTTYOutput: true, notTTYSchedule: 1000, clearOnComplete: false }, Presets.shades_classic);
  bar.start(names.length, 0, { name: '' });
  try {
    await loadFixtures(base, token, names, (done, name) => bar.update(done, { name }));
    bar.update(names.length, { name: '' });
  } finally {
    bar.stop();
  }
}

async function writeHeaders(folder: string, tokens: Tokens): Promise<TourFacts['headers']> {
  const files = Object.fromEntries(Object.keys(tokens).map((kind) => [kind, join(folder, `${kind}.header`)])) as Record<Kind, string>;
  await Promise.all((Object.keys(tokens) as Kind[]).map((kind) => writeFile(files[kind], `Authorization: Bearer ${tokens[kind]}\n`, { mode: 0o600 })));
  return files;
}

/** The facts of the tour on a server that holds the fixtures. */
export async function tourFacts(base: string, tokens: Tokens, cast: Cast, headers: TourFacts['headers']): Promise<TourFacts> {
  const { ins } = cast.people.find(({ id }) => id === tourPerson) ?? { ins: '' };
  const patient = await patientId(await connect({ url: base, token: tokens.operator }), ins);
  if (patient === undefined) throw new CommandError('The person of the tour is not there after the load.');
  return { base, headers, document: documentPath(tourDocument), ins, patientId: patient, rpps: cast.professionals[professionalOfTour]?.rpps ?? '' };
}

const announcement = (settings: Settings, tokens: Tokens, facts: TourFacts): string => `
Passerelle serves fictitious people at ${facts.base}
(capabilities: ${facts.base}/metadata, health: ${settings.baseUrl}/health/ready, metrics: ${settings.baseUrl}/metrics)

Token of a professional:          ${tokens.professional}
Token of the patient app:         ${tokens.patient}
Token of a provider's software:   ${tokens.system}
Token of the operator:            ${tokens.operator}

Each is valid for a day. More of them: DATA_DIR=${settings.dataDir} PORT=${settings.port} npx passerelle token --as …

A first tour: paste each command in another terminal.
${tourText(tourSteps(facts))}
Ctrl-C ends the demonstration and forgets everything.
`;

/** Documents that the demonstration loads before the tour. */
export const loadedDocuments = (cast: Cast): readonly string[] => cast.documents.filter((name) => name !== tourDocument);

async function demo(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'passerelle-demo-'));
  try {
    const environment = await withFreePort({ LOG_LEVEL: 'warn', ...process.env, IDENTITY_DOMAIN: 'test', AUTH_ISSUERS: 'embedded', AUTH_MODE: 'token', DEMO: 'true', DATA_DIR: folder, STORE_URL: '' });
    const settings = readSettings(environment);
    const running = await startServer(settings);
    const end = untilSignal();
    try {
      const cast = readCast();
      const tokens = await demoTokens(settings, cast);
      await loadWithBar(settings.fhirBase, tokens.system, loadedDocuments(cast));
      const facts = await tourFacts(settings.fhirBase, tokens, cast, await writeHeaders(folder, tokens));
      process.stdout.write(announcement(settings, tokens, facts));
      await end;
    } finally {
      await running.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function addDemo(program: Command): void {
  program.command('demo')
    .description('Serve fictitious people on the embedded store in a fresh folder, with tokens and a tour to paste. Ctrl-C ends it and forgets everything.')
    .action(demo);
}
