/**
 * `metadata`: what this server really offers, built from the route table and the search parameters, so that it never
 * promises more than there is (https://hl7.org/fhir/R4/capabilitystatement.html). Built once, on first demand.
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { resourceTypes } from '../fhir/definitions.js';
import { instantText } from '../fhir/date.js';
import { compartmentTypes, searchParametersOf } from '../search/parameters.js';
import { fhirJson, httpDate } from './answers.js';
import { notModified } from './conditional-read.js';
import { servedFormats } from './negotiate.js';
import { isStrict, readParameters } from './parameters.js';
import { fail } from '../fhir/failure.js';
import { patchTypes } from './patch-format.js';
import type { Handler, Route } from './routes.js';
import type { Services } from './services.js';

/** Codes of https://hl7.org/fhir/R4/valueset-type-restful-interaction.html */
const typeInteractions = ['read', 'vread', 'update', 'patch', 'delete', 'history-instance', 'history-type', 'create', 'search-type'];
/** One address takes both kinds of Bundle; the others are themselves. */
const systemInteractions: Readonly<Record<string, readonly string[] | undefined>> = {
  transaction: ['transaction', 'batch'], batch: ['transaction', 'batch'], 'search-system': ['search-system'], 'history-system': ['history-system'],
};
/** Types are described in groups, between which other requests have their turn. */
const group = 8;

interface Statement {
  readonly bytes: Buffer;
  readonly tag: string;
  /** ms UTC */
  readonly built: number;
}

const serves = (route: Route, type: string): boolean => route.pattern[0] === ':type' || route.pattern[0] === type;
const offers = (rows: readonly Route[], method: Route['method'], length: number): boolean => rows.some((row) => row.method === method && row.pattern.length === length);

const operationOf = ({ interaction, operation }: Route) => ({ name: interaction.slice(1), ...operation });
function operationsOf(rows: readonly Route[]): { operation?: ReturnType<typeof operationOf>[] } {
  const byName = new Map(rows.filter((row) => row.operation !== undefined).map((row) => [row.interaction, operationOf(row)]));
  return byName.size === 0 ? {} : { operation: [...byName.values()] };
}

/** Reference parameters by the type that they point at: what `_revinclude` can follow. */
async function backwards(): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for (const [index, source] of resourceTypes.entries()) {
    if (index % group === 0) await setImmediate();
    for (const { code, targets } of searchParametersOf(source)) {
      for (const target of targets) {
        const list = found.get(target);
        if (list) list.push(`${source}:${code}`);
        else found.set(target, [`${source}:${code}`]);
      }
    }
  }
  return found;
}

function searchOf(type: string, revIncludes: readonly string[]) {
  const parameters = searchParametersOf(type);
  const includes = parameters.filter(({ kind }) => kind === 'reference').map(({ code }) => `${type}:${code}`);
  return {
    ...(includes.length > 0 ? { searchInclude: includes } : {}),
    ...(revIncludes.length > 0 ? { searchRevInclude: revIncludes } : {}),
    searchParam: parameters.map(({ code, url, kind }) => ({ name: code, definition: url, type: kind === 'position' ? 'special' : kind })),
  };
}

function resourceOf(type: string, { routes, limits }: Services, revIncludes: readonly string[]) {
  const rows = routes.filter((row) => row.level !== 'system' && serves(row, type));
  const codes = new Set(rows.map(({ interaction }) => interaction));
  return {
    type,
    interaction: typeInteractions.filter((code) => codes.has(code)).map((code) => ({ code })),
    versioning: 'versioned',
    readHistory: codes.has('vread'),
    updateCreate: codes.has('update'),
    conditionalCreate: codes.has('create'),
    conditionalRead: codes.has('read') ? 'full-support' : 'not-supported',
    conditionalUpdate: offers(rows, 'PUT', 1),
    conditionalDelete: !offers(rows, 'DELETE', 1) ? 'not-supported' : limits.conditionalDelete.value > 1 ? 'multiple' : 'single',
    referencePolicy: ['literal', 'logical', 'local'],
    ...(codes.has('search-type') ? searchOf(type, revIncludes) : {}),
    ...operationsOf(rows.filter(({ pattern }) => pattern[0] === type)),
  };
}

const compartmentUrl = (type: string): string => `http://hl7.org/fhir/CompartmentDefinition/${type.charAt(0).toLowerCase()}${type.slice(1)}`;

const whereTokens = 'Send Authorization: Bearer with an access token (RS256 or ES256) whose audience is this FHIR base.';

function securityOf({ authorization }: Services) {
  if (authorization?.mode === 'open') return { cors: false, description: 'Open: no token is asked for, and every caller is the operator. Not for real data.' };
  const issuers = authorization?.issuers ?? [];
  const from = issuers.length === 0 ? '' : ` Issuers whose tokens are taken: ${issuers.join(', ')} (see /.well-known/openid-configuration of each).`;
  return {
    cors: false,
    service: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'OAuth', display: 'OAuth' }], text: 'OAuth 2.0 bearer token' }],
    description: `${whereTokens}${from} A caller sees what the rules of access and the consents of each person allow; the rest does not exist for them.`,
  };
}

async function statementOf(services: Services): Promise<Statement> {
  const { routes, version, baseUrl, demo, clock } = services;
  const built = clock();
  const revIncludes = await backwards();
  const resource: ReturnType<typeof resourceOf>[] = [];
  for (const [index, type] of resourceTypes.entries()) {
    if (index % group === 0) await setImmediate();
    resource.push(resourceOf(type, services, revIncludes.get(type) ?? []));
  }
  const ofSystem = new Set(routes.filter(({ level }) => level === 'system').flatMap(({ interaction }) => systemInteractions[interaction] ?? []));
  const bytes = Buffer.from(JSON.stringify({
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
      security: securityOf(services),
      resource,
      ...(ofSystem.size > 0 ? { interaction: [...ofSystem].map((code) => ({ code })) } : {}),
      ...(routes.some(({ interaction }) => interaction === 'search-compartment') ? { compartment: compartmentTypes().map(compartmentUrl) } : {}),
      ...operationsOf(routes.filter(({ pattern, level }) => level === 'system' || pattern[0] === ':type')),
    }],
  }));
  return { bytes, built, tag: `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
}

const statements = new WeakMap<Services, Promise<Statement>>();
function statement(services: Services): Promise<Statement> {
  let known = statements.get(services);
  if (!known) {
    known = statementOf(services);
    statements.set(services, known);
  }
  return known;
}

const capabilities: Handler = async (exchange, services) => {
  const mode = readParameters(exchange.query, ['mode'], isStrict(exchange, services)).one('mode');
  if (mode !== undefined && mode !== 'full' && mode !== 'normative') throw fail('bad-parameter', { parameter: 'mode', reason: 'its value here is full or normative' });
  const { bytes, tag, built } = await statement(services);
  const audit = { interaction: 'capabilities', patients: [] };
  // Public, and the same for everyone: the one answer that may be kept.
  const headers = { ETag: tag, 'Last-Modified': httpDate(built), 'Cache-Control': 'public, no-cache' };
  if (notModified(exchange.headers, tag, built)) return { status: 304, headers, audit };
  return { status: 200, headers: { 'Content-Type': fhirJson, ...headers }, body: bytes, audit };
};

export const capabilitiesRoute: Route = {
  method: 'GET', pattern: ['metadata'], interaction: 'capabilities', level: 'system', handler: capabilities, public: true,
};
