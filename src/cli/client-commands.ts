/** Commands that speak to a running server: push, record, erase. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { CommandError } from './command-error.js';

interface ServerOptions {
  readonly url: string;
  readonly token?: string;
}

type Client = Awaited<ReturnType<typeof connect>>;
type Resource = Record<string, unknown> & { resourceType: string };

/** A FHIR client for the server. `fhir-kit-client` is an ES module, hence the dynamic import. */
export async function connect({ url, token }: ServerOptions) {
  const { Client } = await import('fhir-kit-client');
  return new Client({ baseUrl: url, ...(token ? { bearerToken: token } : {}) });
}

/** What a refused request said, in one line per issue. */
export function refusalText(error: unknown): string {
  const response = (error as { response?: { status?: number; data?: { issue?: { diagnostics?: string }[] } } }).response;
  if (!response) return error instanceof Error ? error.message : String(error);
  const issues = response.data?.issue?.map(({ diagnostics }) => diagnostics ?? '').join(' ') ?? '';
  return `${response.status ?? ''} ${issues}`.trim();
}

const mediaTypeOf = (bytes: Buffer): string => (/<\w*:?stylesheet/.test(bytes.subarray(0, 2000).toString('latin1')) ? 'application/xslt+xml' : 'text/xml');

/** Sends one CDA document. @returns Parameters with `document`, `resource`, `outcome` */
export async function pushDocument(client: Client, bytes: Buffer, labels: readonly string[] = []): Promise<Resource> {
  const parameter = [
    { name: 'document', resource: { resourceType: 'Binary', contentType: mediaTypeOf(bytes), data: bytes.toString('base64') } },
    ...labels.map((code) => ({ name: 'securityLabel', valueCoding: { code } })),
  ];
  return await client.operation({
    resourceType: 'DocumentReference', name: 'submit-document', method: 'POST', input: { resourceType: 'Parameters', parameter },
  } as unknown as Parameters<Client['operation']>[0]) as Resource;
}

async function push(files: readonly string[], options: ServerOptions & { readonly label: readonly string[] }): Promise<void> {
  const client = await connect(options);
  const bar = new SingleBar({ format: '{bar} {value}/{total} {file}', noTTYOutput: false }, Presets.shades_classic);
  const refused: string[] = [];
  bar.start(files.length, 0, { file: '' });
  for (const file of files) {
    bar.update({ file: basename(file) });
    try {
      await pushDocument(client, await readFile(file), options.label);
    } catch (error) {
      refused.push(`${file}: ${refusalText(error)}`);
    }
    bar.increment();
  }
  bar.stop();
  for (const line of refused) process.stderr.write(`${line}\n`);
  process.stdout.write(`${files.length - refused.length} taken, ${refused.length} refused\n`);
  if (refused.length > 0) process.exitCode = 1;
}

async function record(ins: string, options: ServerOptions): Promise<void> {
  const client = await connect(options);
  const found = await client.search({ resourceType: 'Patient', searchParams: { identifier: ins } }) as { entry?: { resource: { id: string } }[] };
  const id = found.entry?.[0]?.resource.id;
  if (id === undefined) throw new CommandError('No person with this INS is visible to the bearer of this token.');
  const resources: unknown[] = [];
  let page = await client.operation({ resourceType: 'Patient', id, name: 'everything', method: 'GET' } as unknown as Parameters<Client['operation']>[0]) as
    { entry?: { resource: unknown }[]; link?: { relation: string; url: string }[] };
  for (;;) {
    resources.push(...(page.entry ?? []));
    const next = page.link?.find(({ relation }) => relation === 'next')?.url;
    if (next === undefined) break;
    page = await client.request(next) as typeof page;
  }
  process.stdout.write(`${JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: resources }, null, 2)}\n`);
}

async function erase(reference: string, options: ServerOptions): Promise<void> {
  const [resourceType, id, ...rest] = reference.split('/');
  if (!resourceType || !id || rest.length > 0) throw new CommandError('Write what is to be erased as Type/id, for example Patient/0191….');
  const client = await connect(options);
  const outcome = await client.operation({ resourceType, id, name: 'erase', method: 'POST' } as unknown as Parameters<Client['operation']>[0]) as { issue?: { diagnostics?: string }[] };
  for (const { diagnostics } of outcome.issue ?? []) process.stdout.write(`${diagnostics ?? ''}\n`);
}

const named = (failing: () => Promise<void>): Promise<void> => failing().catch((error: unknown) => {
  throw error instanceof CommandError ? error : new CommandError(refusalText(error));
});

const toServer = (command: Command): Command => command
  .option('--url <base>', 'FHIR base of the server', process.env.PASSERELLE_URL ?? 'http://127.0.0.1:8080/fhir')
  .option('--token <token>', 'access token (or the variable PASSERELLE_TOKEN)', process.env.PASSERELLE_TOKEN);

export function addPush(program: Command): void {
  toServer(program.command('push').argument('<files...>', 'CDA documents (XML)'))
    .description('Send CDA documents to a running server.')
    .option('--label <code...>', 'visibility label for all of them: MASQUE_PS, INVISIBLE_PATIENT, …', [])
    .action((files: string[], options: ServerOptions & { label: string[] }) => named(() => push(files, options)));
}

export function addRecord(program: Command): void {
  toServer(program.command('record').argument('<ins>', 'urn:oid:<OID>|<matricule>'))
    .description("Print a person's whole record, as far as the bearer may see it, as one Bundle.")
    .action((ins: string, options: ServerOptions) => named(() => record(ins, options)));
}

export function addErase(program: Command): void {
  toServer(program.command('erase').argument('<reference>', 'Type/id'))
    .description('Erase a resource, or with Patient/id a whole record, for good: versions, bytes and all. Operator only; the audit log stays.')
    .action((reference: string, options: ServerOptions) => named(() => erase(reference, options)));
}
