/**
 * `metadata`: what this server really offers, built from the route table and the search parameters, so that it never
 * promises more than there is (https://hl7.org/fhir/R4/capabilitystatement.html). Those that the mode
 * names are built once, on first demand.
 */
import { createHash } from 'node:crypto';
import { instantText } from '../fhir/date.js';
import { commonParameters, compartmentTypes } from '../search/parameters.js';
import { fhirJson, httpDate } from './answers.js';
import { notModified } from './conditional-read.js';
import { masked, maskIn, maskKey, maskParameters, type Mask } from './mask.js';
import { servedFormats } from './negotiate.js';
import { isStrict, readParameters } from './parameters.js';
import { fail } from '../fhir/failure.js';
import { patchTypes } from './patch-format.js';
import { limitsText } from './capabilities/limits.js';
import { describedResources, operationsOf, searchParamOf } from './capabilities/resources.js';
import { specialParams } from './capabilities/special.js';
import { terminologyCapabilities } from './capabilities/terminology.js';
import { isOffered, type Handler, type Route } from './routes.js';
import type { Services } from './services.js';

/** One address takes both kinds of Bundle; the others are themselves. */
const systemInteractions: Readonly<Record<string, readonly string[] | undefined>> = {
  transaction: ['transaction', 'batch'], batch: ['transaction', 'batch'], 'search-system': ['search-system'], 'history-system': ['history-system'],
};
interface Statement {
  readonly type: string;
  readonly bytes: Buffer;
  /** Of parts of it that were asked for, by what they hold. */
  readonly parts: Map<string, Promise<Buffer>>;
  readonly tag: string;
  /** ms UTC */
  readonly built: number;
}

const compartmentUrl = (type: string): string => `http://hl7.org/fhir/CompartmentDefinition/${type.charAt(0).toLowerCase()}${type.slice(1)}`;

const whereTokens = 'Send Authorization: Bearer with an access token (RS256 or ES256) whose audience is this FHIR base.';

function securityOf({ authorization, cors }: Services) {
  if (authorization?.mode === 'open') return { cors: cors === true, description: 'Open: no token is asked for, and every caller is the operator. Not for real data.' };
  const issuers = authorization?.issuers ?? [];
  const from = issuers.length === 0 ? '' : ` Issuers whose tokens are taken: ${issuers.join(', ')} (see /.well-known/openid-configuration of each).`;
  return {
    cors: cors === true,
    service: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'OAuth', display: 'OAuth' }], text: 'OAuth 2.0 bearer token' }],
    description: `${whereTokens}${from} A caller sees what the rules of access and the consents of each person allow; the rest does not exist for them.`,
  };
}

type Resource = Readonly<Record<string, unknown>>;

async function capabilityStatement(services: Services, built: number): Promise<Resource> {
  const { version, baseUrl, demo } = services;
  const routes = services.routes.filter((route) => isOffered(route, services));
  const ofSystem = new Set(routes.filter(({ level }) => level === 'system').flatMap(({ interaction }) => systemInteractions[interaction] ?? []));
  const offers = (interaction: string): boolean => routes.some((route) => route.interaction === interaction);
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: instantText(built),
    kind: 'instance',
    software: { name: 'Passerelle', version },
    implementation: { description: demo ? 'Passerelle, as a demonstration: fictitious data only' : 'Passerelle', url: baseUrl },
    fhirVersion: '4.0.1',
    format: servedFormats,
    ...(routes.some(({ method }) => method === 'PATCH') ? { patchFormat: patchTypes } : {}),
    rest: [{
      mode: 'server',
      documentation: limitsText(services),
      security: securityOf(services),
      resource: await describedResources(routes, services),
      ...(ofSystem.size > 0 ? { interaction: [...ofSystem].map((code) => ({ code })) } : {}),
      ...(offers('search-system') ? { searchParam: [...commonParameters().map(searchParamOf), ...specialParams(services.fullText)] } : {}),
      ...operationsOf(routes.filter(({ pattern, level }) => level === 'system' || pattern[0] === ':type')),
      ...(offers('search-compartment') ? { compartment: compartmentTypes().map(compartmentUrl) } : {}),
    }],
  };
}

/** What `mode` may name, and the statement that answers it. */
const modes = { full: capabilityStatement, normative: capabilityStatement, terminology: async (services: Services, built: number): Promise<Resource> => terminologyCapabilities(services, built) } as const;
type Mode = keyof typeof modes;
const isMode = (text: string): text is Mode => Object.hasOwn(modes, text);

async function statementOf(services: Services, make: (typeof modes)[Mode]): Promise<Statement> {
  const built = services.clock();
  const made = await make(services, built);
  const type = String(made.resourceType);
  const bytes = Buffer.from(JSON.stringify(made));
  return { type, bytes, built, parts: new Map(), tag: `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
}

interface Statements {
  /** Of the parameters that they tell. */
  readonly index: string;
  readonly made: Map<(typeof modes)[Mode], Promise<Statement>>;
}
const statements = new WeakMap<Services, Statements>();
const indexOf = ({ index }: Services): string => (index === undefined ? '' : `${index.state.generation} ${index.state.job?.params?.length ?? 0}`);

/** Each is made once, on first demand, and once more when the parameters change. */
function statement(services: Services, mode: Mode): Promise<Statement> {
  const index = indexOf(services);
  const before = statements.get(services);
  const known = before?.index === index ? before : { index, made: new Map<(typeof modes)[Mode], Promise<Statement>>() };
  statements.set(services, known);
  const make = modes[mode];
  const made = known.made.get(make) ?? statementOf(services, make);
  known.made.set(make, made);
  return made;
}

/** So many parts are remembered: nobody needs a token to ask for one. */
const mostParts = 32;

/** A part of a statement, made once for all that ask for the same. */
function partOf({ type, bytes, parts }: Statement, mask: Mask, services: Services): Promise<Buffer> {
  const key = maskKey(mask, type);
  const known = parts.get(key);
  if (known) return known;
  if (parts.size >= mostParts) parts.clear();
  const made = masked({ type, text: bytes.toString() }, mask, services).then((text) => Buffer.from(text));
  parts.set(key, made);
  made.catch(() => parts.delete(key));
  return made;
}

const capabilities: Handler = async (exchange, services) => {
  const given = readParameters(exchange.query, ['mode', ...maskParameters], isStrict(exchange, services));
  const mode = given.one('mode') ?? 'full';
  const mask = maskIn(given);
  if (!isMode(mode)) throw fail('bad-parameter', { parameter: 'mode', reason: `its value is ${Object.keys(modes).join(', ')}` });
  const whole = await statement(services, mode);
  const { bytes, tag, built } = whole;
  const audit = { interaction: 'capabilities', patients: [] };
  // Public, and the same for everyone: the one answer that may be kept.
  const headers = { ETag: tag, 'Last-Modified': httpDate(built), 'Cache-Control': 'public, no-cache' };
  if (notModified(exchange.headers, tag, built)) return { status: 304, headers, audit };
  return { status: 200, headers: { 'Content-Type': fhirJson, ...headers }, body: mask ? await partOf(whole, mask, services) : bytes, audit };
};

export const capabilitiesRoute: Route = {
  method: 'GET', pattern: ['metadata'], interaction: 'capabilities', level: 'system', handler: capabilities, public: true,
};
