/**
 * `Composition/[id]/$document`: a document Bundle of a Composition and of what it refers to
 * (https://hl7.org/fhir/R4/composition-operation-document.html). It holds what the caller may see; what is missing is named in it.
 */
import { instantText } from '../fhir/date.js';
import { fail, outcomeOf, type Issue } from '../fhir/failure.js';
import { newId } from '../fhir/id.js';
import { parseStored, type JsonObject } from '../fhir/json.js';
import { parseReference } from '../fhir/reference.js';
import { textAnswer, versionUrl } from '../interactions/answers.js';
import { fullUrl, ownersOf } from '../interactions/bundle.js';
import type { Exchange } from '../interactions/exchange.js';
import { inOrder } from '../interactions/pace.js';
import { isStrict, readParameters, type Parameters } from '../interactions/parameters.js';
import { findVersion } from '../interactions/read.js';
import type { Handler, Route } from '../interactions/routes.js';
import type { Services } from '../interactions/services.js';
import { withDraft } from '../interactions/write/body-draft.js';
import { create } from '../interactions/write/create.js';
import { factsLookup } from '../interactions/write/facts-lookup.js';
import { requireWriter } from '../interactions/write/writers.js';
import type { Written } from '../interactions/write/written.js';
import type { StoredVersion } from '../store/port.js';
import { bringsMembers, membersOf, type Member } from './document-members.js';
import { parametersQuery } from './parameters-body.js';

/** Reads under way at a time. */
const width = 8;
const nameOf = ({ type, id }: Pick<Member, 'type' | 'id'>): string => `${type}/${id}`;

/** The id of the Composition: of the address, or on the type of `id`, which may be a URL of ours. @throws Failure bad-parameter */
function compositionOf({ path }: Exchange, given: Parameters, { baseUrls }: Services): string {
  const id = given.one('id');
  if (path.length === 3) {
    if (id !== undefined) throw fail('bad-parameter', { parameter: 'id', reason: 'the address names the Composition already' });
    return path[1] ?? '';
  }
  if (id === undefined) throw fail('bad-parameter', { parameter: 'id', reason: 'it is required: the id of a Composition' });
  if (!/[/:]/.test(id)) return id;
  const parsed = parseReference(id, baseUrls);
  if (parsed?.form !== 'local' || parsed.type !== 'Composition') throw fail('bad-parameter', { parameter: 'id', reason: 'it is not a Composition of this server' });
  return parsed.id;
}

/** @throws Failure bad-parameter */
function persists(given: Parameters): boolean {
  if (given.one('graph') !== undefined) throw fail('bad-parameter', { parameter: 'graph', reason: 'a document is made by the rules of the standard, not by a GraphDefinition' });
  const value = given.one('persist');
  if (value !== undefined && value !== 'true' && value !== 'false') throw fail('bad-parameter', { parameter: 'persist', reason: 'its value is true or false' });
  return value === 'true';
}

interface Gathered {
  readonly found: readonly StoredVersion[];
  readonly missing: readonly string[];
}

/** A member as the caller sees it; the bytes of a Binary do not stand in its text. */
async function read({ type, id, version }: Member, { grant }: Exchange, { store }: Services): Promise<StoredVersion | undefined> {
  if (type === 'Binary') return undefined;
  const found = version === undefined ? await store.read(grant, { type, id }) : /^[1-9]\d{0,8}$/.test(version) ? await store.vread(grant, { type, id }, Number(version)) : undefined;
  return found?.deleted ? undefined : found;
}

/** The Composition and its members, level by level. @throws Failure too-costly */
async function gather(composition: StoredVersion, exchange: Exchange, services: Services): Promise<Gathered> {
  const { value, setting } = services.limits.operation;
  const found = [composition];
  const known = new Set([nameOf(composition)]);
  const missing: string[] = [];
  for (let level: readonly StoredVersion[] = [composition]; level.length > 0;) {
    const wanted: Member[] = [];
    for (const { text } of level.filter(({ type }) => bringsMembers(type))) {
      const { here, elsewhere } = membersOf(parseStored(text) as JsonObject, services.baseUrls);
      missing.push(...elsewhere);
      for (const member of here) {
        if (known.has(nameOf(member))) continue;
        known.add(nameOf(member));
        wanted.push(member);
      }
    }
    if (known.size > value) throw fail('too-costly', { reason: `The document would hold more than ${value} resources (${setting}).` });
    const versions = await inOrder(wanted, width, (member) => read(member, exchange, services));
    missing.push(...wanted.filter((_, at) => versions[at] === undefined).map(nameOf));
    level = versions.filter((one) => one !== undefined);
    found.push(...level);
  }
  return { found, missing };
}

const missingIssue = (name: string): Issue => ({
  severity: 'warning', code: 'not-found', diagnostics: `The Composition refers to ${name}, which is not in this document: it is not here for this caller.`,
});

function documentText(id: string, moment: number, { found, missing }: Gathered, baseUrl: string): string {
  const entries = found.map((one) => `{"fullUrl":${JSON.stringify(fullUrl(baseUrl, one))},"resource":${one.text}}`);
  if (missing.length > 0) entries.push(`{"fullUrl":"urn:uuid:${newId()}","resource":${JSON.stringify(outcomeOf(missing.slice(0, 100).map(missingIssue)))}}`);
  const time = instantText(moment);
  return `{"resourceType":"Bundle","id":"${id}","meta":{"lastUpdated":"${time}"},"identifier":{"system":"urn:ietf:rfc:3986","value":"urn:uuid:${id}"},"type":"document","timestamp":"${time}","entry":[${entries.join(',')}]}`;
}

/**
 * A stored document is a copy that its person's masks and labels would not reach: only what they do not rule is copied.
 * @throws Failure forbidden, invalid
 */
function requireStorable({ found: [composition, ...others] }: Gathered): void {
  const ruled = [composition, ...others].find((one) => one?.document !== undefined || one?.type === 'Consent' || one?.type === 'DocumentReference');
  if (ruled) throw fail('invalid', { reason: `persist=true: ${nameOf(ruled)} is ruled by labels and consents of its own, which a copy would not follow. Ask for the document without storing it.` });
  const owners = new Set(composition?.owners);
  const stranger = others.find((one) => one.owners.some((owner) => !owners.has(owner)));
  if (stranger) throw fail('invalid', { reason: `persist=true: ${nameOf(stranger)} belongs to somebody else than the Composition.` });
}

/** Stores the document as any Bundle that is posted. */
async function stored(text: string, exchange: Exchange, services: Services): Promise<Written> {
  const bytes = Buffer.from(text);
  const body: Exchange['body'] = { contentType: 'application/fhir+json', bytes: async () => bytes, async *stream() { yield bytes; } };
  const context = { services, grant: exchange.grant, lookup: factsLookup(services, exchange.grant) };
  return withDraft({ ...exchange, signal: exchange.signal, body }, services, { type: 'Bundle' }, (draft) => create(context, draft, 'Bundle'));
}

const document: Handler = async (exchange, services) => {
  const query = await parametersQuery(exchange);
  const given = readParameters(query, ['id', 'persist', 'graph'], isStrict(exchange, services));
  const persist = persists(given);
  if (persist) requireWriter(exchange.grant, 'Bundle');
  const id = compositionOf(exchange, given, services);
  const composition = await findVersion({ grant: exchange.grant, path: ['Composition', id] }, services);
  const gathered = await gather(composition, exchange, services);
  const audit = { interaction: '$document', type: 'Composition', id, patients: ownersOf(gathered.found) };
  const text = documentText(newId(), services.clock(), gathered, services.baseUrl);
  if (!persist) return { ...textAnswer(200, text, audit), asked: query };
  requireStorable(gathered);
  const { version } = await stored(text, exchange, services);
  return { ...textAnswer(200, version.text, audit, { Location: versionUrl(services.baseUrl, version) }), asked: query };
};

const row = {
  interaction: '$document', handler: document,
  operation: { definition: 'http://hl7.org/fhir/OperationDefinition/Composition-document', documentation: 'Parameters: id (on the type), persist. What the caller may not see is named as missing.' },
} as const satisfies Partial<Route>;
const places = [{ pattern: ['Composition', ':id', '$document'], level: 'instance' }, { pattern: ['Composition', '$document'], level: 'type' }] as const;

export const documentRoutes: readonly Route[] = places.flatMap((place): Route[] => [{ ...row, ...place, method: 'GET' }, { ...row, ...place, method: 'POST' }]);
