/** What the commands say to a server: a FHIR client, pushing a document, and what a refusal said. */

export interface ServerOptions {
  /** The FHIR base. */
  readonly url: string;
  readonly token?: string;
}

export type Client = Awaited<ReturnType<typeof connect>>;
export type Resource = Record<string, unknown> & { readonly resourceType: string };
type Operation = Parameters<Client['operation']>[0];

/** A FHIR client for the server. `fhir-kit-client` is an ES module, hence the dynamic import. */
export async function connect({ url, token }: ServerOptions) {
  const { Client: FhirClient } = await import('fhir-kit-client');
  return new FhirClient({ baseUrl: url, ...(token ? { bearerToken: token } : {}) });
}

/** Calls an operation, whose parameters the client's own types do not know. */
export async function operation(client: Client, call: { resourceType: string; name: string; method: 'GET' | 'POST'; id?: string; input?: Resource }): Promise<Resource> {
  return await client.operation(call as unknown as Operation) as Resource;
}

/** What fetch failed of: it says so in the cause alone. */
function unreachable(error: unknown): string {
  const { code, message = '' } = (error as { cause?: { code?: string; message?: string } }).cause ?? {};
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND') return 'no server answers there (--url, or the variable PASSERELLE_URL)';
  const told = error instanceof Error ? error.message : String(error);
  return message === '' ? told : `${told}: ${message}`;
}

/** What a refused request said, in one line. */
export function refusalText(error: unknown): string {
  const response = (error as { response?: { status?: number; data?: { issue?: { diagnostics?: string }[] } } }).response;
  if (!response) return unreachable(error);
  const issues = response.data?.issue?.map(({ diagnostics }) => diagnostics ?? '').join(' ') ?? '';
  const hint = response.status === 401 ? ' (--token, or the variable PASSERELLE_TOKEN)' : '';
  return `${response.status ?? ''} ${issues}${hint}`.trim();
}

const mediaTypeOf = (bytes: Buffer): string => (/<\w*:?stylesheet/.test(bytes.subarray(0, 2000).toString('latin1')) ? 'application/xslt+xml' : 'text/xml');

/** Sends one CDA document. @returns Parameters with `document`, `resource`, `outcome` */
export function pushDocument(client: Client, bytes: Buffer, labels: readonly string[] = []): Promise<Resource> {
  const parameter = [
    { name: 'document', resource: { resourceType: 'Binary', contentType: mediaTypeOf(bytes), data: bytes.toString('base64') } },
    ...labels.map((code) => ({ name: 'securityLabel', valueCoding: { code } })),
  ];
  return operation(client, { resourceType: 'DocumentReference', name: 'submit-document', method: 'POST', input: { resourceType: 'Parameters', parameter } });
}

interface Page {
  readonly entry?: readonly { readonly resource: unknown }[];
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
}

/** Every entry of a Bundle and the pages after it. */
export async function allEntries(client: Client, first: Resource): Promise<unknown[]> {
  const entries: unknown[] = [];
  for (let page = first as unknown as Page; ;) {
    entries.push(...(page.entry ?? []));
    const next = page.link?.find(({ relation }) => relation === 'next')?.url;
    if (next === undefined) return entries;
    page = await client.request(next) as unknown as Page;
  }
}

/** The id of the Patient with this INS, as far as the caller may see. @param ins `urn:oid:OID|matricule` or `OID|matricule` */
export async function patientId(client: Client, ins: string): Promise<string | undefined> {
  const identifier = ins.startsWith('urn:oid:') ? ins : `urn:oid:${ins}`;
  const found = await client.search({ resourceType: 'Patient', searchParams: { identifier }, options: { postSearch: true } } as Parameters<Client['search']>[0]) as { entry?: { resource: { id: string } }[] };
  return found.entry?.[0]?.resource.id;
}
