/**
 * Every setting: its name, what it accepts, its default and its reason. One table, read by the server, printed by
 * `passerelle --help` and by `docs/settings.md`.
 */
import { isIP } from 'node:net';
import { resolve } from 'node:path';

type Parse<T> = (text: string) => T | undefined;

interface Setting<T> {
  readonly name: string;
  /** What a value looks like, in words. */
  readonly accepts: string;
  /** The default as it would be written, or in words when it depends on other settings. */
  readonly default: string;
  readonly reason: string;
  readonly parse: Parse<T>;
}

const MB = 1024 * 1024;
const sizes: Readonly<Record<string, number>> = { '': 1, KB: 1024, MB, GB: 1024 * MB };

const text: Parse<string> = (value) => (value.length > 0 ? value : undefined);
const bytes = (least: number, most: number): Parse<number> => (value) => {
  const match = /^(\d{1,9})\s?(KB|MB|GB|)$/.exec(value);
  const size = match ? Number(match[1]) * (sizes[match[2] ?? ''] ?? 1) : Number.NaN;
  return size >= least && size <= most ? size : undefined;
};
/** What is read as one text: a text of the language has fewer than 512 MB. */
const inMemory = bytes(1, 500 * MB);
const whole = (least: number, most: number): Parse<number> => (value) => {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
};
const oneOf = <const T extends string>(...values: readonly T[]): Parse<T> => (value) => values.find((known) => known === value);
const truth: Parse<boolean> = (value) => ({ true: true, false: false })[value];
const switchOnOff: Parse<boolean> = (value) => ({ on: true, off: false })[value];
const httpUrl: Parse<string> = (value) =>
  URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && !/[?#]/.test(value) ? value.replace(/\/+$/, '') : undefined;
/** An issuer's keys are fetched from it: https, or http on this machine. */
const issuerUrl: Parse<string> = (value) => {
  const url = httpUrl(value);
  return url !== undefined && (url.startsWith('https:') || isLoopback(new URL(url).hostname)) ? url : undefined;
};
const list = (item: Parse<string>): Parse<readonly string[]> => (value) => {
  const items = value.split(',').map((part) => item(part.trim()));
  return items.every((part) => part !== undefined) ? items : undefined;
};
/** As a browser names it in the header Origin (RFC 6454 6.2). */
const origin: Parse<string> = (value) => (value === '*' || (/^https?:\/\//.test(value) && URL.canParse(value) && new URL(value).origin === value) ? value : undefined);
const origins: Parse<readonly string[]> = (value) => {
  const items = list(origin)(value);
  return items?.includes('*') && items.length > 1 ? undefined : items;
};
/** An address, or a network of them in CIDR form. */
const network: Parse<string> = (value) => {
  const [address = '', prefix, ...more] = value.split('/');
  const version = isIP(address);
  return version !== 0 && more.length === 0 && (prefix === undefined || whole(0, version === 4 ? 32 : 128)(prefix) !== undefined) ? value : undefined;
};
const timeZone: Parse<string> = (value) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};
const storeUrl: Parse<string> = (value) => (/^(file:.+|memory:|mongodb(\+srv)?:\/\/.+)$/.test(value) ? value : undefined);

const setting = <T>(name: string, accepts: string, fallback: string, reason: string, parse: Parse<T>): Setting<T> =>
  ({ name, accepts, default: fallback, reason, parse });

/** The table. Sizes are written 50MB, 256KB or in bytes. */
export const settings = {
  host: setting('HOST', 'a host name or an address', '127.0.0.1', 'Where the server listens. Only this machine, unless told otherwise.', text),
  port: setting('PORT', 'a port, 0 to 65535 (0 takes a free one)', '8080', 'Where the server listens.', whole(0, 65535)),
  baseUrl: setting('BASE_URL', 'an http or https URL without query', 'http://HOST:PORT', 'How callers reach the server: every link is made from it. The FHIR base is BASE_URL/fhir.', httpUrl),
  baseUrlAliases: setting('BASE_URL_ALIASES', 'URLs, separated by commas', 'none', 'Other addresses of this server: references under them count as local.', list(httpUrl)),
  corsOrigins: setting('CORS_ORIGINS', 'origins such as https://app.example, separated by commas, or *', 'none', 'Web apps of these origins may call the server from a browser. * lets all of them; no cookie is ever taken from any.', origins),
  trustProxy: setting('TRUST_PROXY', 'addresses and networks such as 10.0.0.0/8, separated by commas', 'none', 'Proxies whose X-Forwarded-For is believed when the log names a caller. Links are made from BASE_URL, whatever a proxy says.', list(network)),
  metricsHost: setting('METRICS_HOST', 'a host name or an address', 'HOST and PORT on loopback, else none', 'Where /metrics is served, on METRICS_PORT, and nowhere else. Unless it is set, a server that can be reached beyond loopback serves no metrics.', text),
  metricsPort: setting('METRICS_PORT', 'a port, 0 to 65535 (0 takes a free one)', '9464', 'The port of METRICS_HOST.', whole(0, 65535)),
  dataDir: setting('DATA_DIR', 'a folder that is there or can be made', './data', 'Holds the embedded store, the audit log and the key of the test issuer.', text),
  storeUrl: setting('STORE_URL', 'file:FOLDER, memory:, or a mongodb:// or mongodb+srv:// URL', 'file:DATA_DIR/store', 'Where resources are kept. memory: forgets everything at the end; mongodb: a replica set or sharded cluster, for any number of servers.', storeUrl),
  readConcern: setting('READ_CONCERN', 'majority or linearizable', 'majority', 'MongoDB only. linearizable makes each read by id wait until a majority has confirmed the primary: no stale read, even from a primary that was cut off, for a round trip among the members.', oneOf('majority', 'linearizable')),
  transactionStoreBytes: setting('TRANSACTION_STORE_BYTES', 'a size, 1 to 1000GB', 'a tenth of the cache of the database', 'MongoDB only. Most bytes of texts and index entries in one transaction, and in all that run at once: the database holds them in its cache until the end. Beyond: 413.', bytes(1, 1000 * 1024 * MB)),
  authMode: setting('AUTH_MODE', 'token or open', 'token', 'open makes every caller the operator: for a closed machine only.', oneOf('token', 'open')),
  authIssuers: setting('AUTH_ISSUERS', 'https URLs of issuers (http on loopback) or the word embedded, separated by commas', 'embedded on loopback, else none', 'Who may sign access tokens. embedded is a test issuer of the server itself, at BASE_URL/auth.', list((value) => (value === 'embedded' ? value : issuerUrl(value)))),
  authAudience: setting('AUTH_AUDIENCE', 'text', 'the FHIR base', 'The audience that a token must name.', text),
  demo: setting('DEMO', 'true or false', 'false', 'Says aloud that this is a demonstration: lets open and embedded listen beyond loopback.', truth),
  identityDomain: setting('IDENTITY_DOMAIN', 'production or test', 'production', 'production refuses test and demonstration INS; test takes every INS OID. A store keeps its domain.', oneOf('production', 'test')),
  timeZone: setting('TIME_ZONE', 'an IANA time zone', 'Europe/Paris', 'How dates without a zone are read, in data and in questions.', timeZone),
  logLevel: setting('LOG_LEVEL', 'fatal, error, warn, info, debug, trace or silent', 'info', 'How much is logged. No level logs identifiers or bodies.', oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent')),
  searchHandling: setting('SEARCH_HANDLING', 'strict or lenient', 'strict', 'strict refuses unknown search parameters, lenient ignores and names them. A caller chooses with Prefer: handling=….', oneOf('strict', 'lenient')),
  referentialIntegrity: setting('REFERENTIAL_INTEGRITY', 'on or off', 'off', 'on refuses to delete what others refer to, and to refer to what is not there.', switchOnOff),
  bodyLimit: setting('BODY_LIMIT', 'a size, such as 50MB or 256KB, 1 to 500MB', '50MB', 'Largest FHIR body. Beyond: 413.', inMemory),
  documentLimit: setting('DOCUMENT_LIMIT', 'a size, such as 50MB or 256KB, 1 to 500MB', '50MB', 'Largest CDA document. Beyond: 413.', inMemory),
  binaryLimit: setting('BINARY_LIMIT', 'a size, such as 200MB, 1 to 1000GB', '200MB', 'Largest Binary sent as bytes: it is streamed, never held whole. Beyond: 413.', bytes(1, 1000 * 1024 * MB)),
  inflateRatio: setting('INFLATE_RATIO', 'a number, 2 to 1000', '100', 'Most bytes that one byte of a gzip body may become, once it is over 1 MB; the limits above count what it becomes. Beyond: 413.', whole(2, 1000)),
  compressFrom: setting('COMPRESS_FROM', 'a size, such as 1KB, 0 to 1GB, or off', '1KB', 'Texts of this size and more are sent as gzip to callers who take it.', (value) => (value === 'off' ? Infinity : bytes(0, 1024 * MB)(value))),
  urlLimit: setting('URL_LIMIT', 'characters, 256 to 65536', '8192', 'Longest URL, path and query. Beyond: 414.', whole(256, 65_536)),
  entriesLimit: setting('ENTRIES_LIMIT', 'a number, 1 to 50000', '5000', 'Most entries in a batch or transaction. Beyond: 413.', whole(1, 50_000)),
  conditionalDelete: setting('CONDITIONAL_DELETE', 'single or multiple', 'single', 'multiple lets DELETE with criteria delete everything that they find, in one step; single refuses several matches (412).', oneOf('single', 'multiple')),
  conditionalDeleteLimit: setting('CONDITIONAL_DELETE_LIMIT', 'a number, 2 to 1000', '100', 'Most matches that CONDITIONAL_DELETE=multiple deletes. Beyond: 412, and nothing is deleted.', whole(2, 1000)),
  pageDefault: setting('PAGE_DEFAULT', 'a number, 1 to 1000', '20', 'Matches on a page when _count is not given.', whole(1, 1000)),
  pageMax: setting('PAGE_MAX', 'a number, 1 to 10000', '1000', 'Most matches on a page; a larger _count is cut to it, as FHIR allows.', whole(1, 10_000)),
  includeLimit: setting('INCLUDE_LIMIT', 'a number, 10 to 10000', '1000', 'Most resources that _include and _revinclude bring to one page: the page holds fewer matches where they would bring more, and says so where one match does.', whole(10, 10_000)),
  includeDepth: setting('INCLUDE_DEPTH', 'a number, 1 to 20', '10', 'Levels that :iterate follows; what lies deeper is left out, and the answer says so.', whole(1, 20)),
  operationLimit: setting('OPERATION_LIMIT', 'a number, 10 to 100000', '5000', 'Most resources that one $lastn, or one $meta of a type or of the system, looks at. Beyond: 422.', whole(10, 100_000)),
  expansionLimit: setting('EXPANSION_LIMIT', 'a number, 1 to 50000', '5000', 'Most codes that a value set (:in, :not-in), or what a code subsumes (:above, :below), stands for in a search. Beyond: 422.', whole(1, 50_000)),
  hierarchyLimit: setting('HIERARCHY_LIMIT', 'a number, 1 to 10000', '1000', 'Most resources that the hierarchy of a reference (:above, :below) is made of in a search. Beyond: 422.', whole(1, 10_000)),
  ownParametersLimit: setting('SEARCH_PARAMETERS_LIMIT', 'a number, 0 to 1000', '100', 'Most active SearchParameters of the operator. Every write makes entries for each that its type has.', whole(0, 1_000)),
  nearDistance: setting('NEAR_DISTANCE', 'kilometres, 1 to 20000', '10', 'What is near when a search for Locations does not say how far.', whole(1, 20_000)),
  filterLimit: setting('FILTER_LIMIT', 'a number, 1 to 500', '50', 'Most tests and brackets that one _filter is made of. Beyond: 422.', whole(1, 500)),
  sortBudget: setting('SORT_BUDGET', 'a number, 100 to 100000', '10000', 'Most resources that one search puts into an order that no index has. Beyond: 422.', whole(100, 100_000)),
  fullText: setting('FULL_TEXT', 'off, text or content', 'text', 'Words that are indexed: text those of narratives (_text), content those of whole resources too (_content), which every write pays for. After a change what is stored is indexed anew.', oneOf('off', 'text', 'content')),
  historyDelete: setting('HISTORY_DELETE', 'on or off', 'off', 'on lets the operator erase past versions for good: DELETE [type]/[id]/_history, and one by DELETE [type]/[id]/_history/[version]. off: 405.', switchOnOff),
  historyBudget: setting('HISTORY_BUDGET', 'a number, 100 to 1000000', '20000', 'Most versions looked at for one page of the history of a type or of the whole system; beyond, the caller sees too few of them: 422 too-costly. A person reads their own record without it.', whole(100, 1_000_000)),
  requestTimeout: setting('REQUEST_TIMEOUT', 'seconds, 1 to 3600', '120', 'Longest time that a request may take to arrive.', whole(1, 3600)),
  maxInFlight: setting('MAX_IN_FLIGHT', 'a number, 1 to 100000', '512', 'Most requests served at once. Beyond: 503 with Retry-After.', whole(1, 100_000)),
  shutdownTimeout: setting('SHUTDOWN_TIMEOUT', 'seconds, 1 to 600', '20', 'How long SIGTERM waits for requests under way.', whole(1, 600)),
} as const;

type Name = keyof typeof settings;
type Parsed = { readonly [K in Name]?: (typeof settings)[K] extends Setting<infer T> ? T : never };

/** The settings in force: every default filled in. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly baseUrl: string;
  readonly fhirBase: string;
  readonly baseUrlAliases: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly trustProxy: readonly string[];
  /** Absent: metrics are on the main listener when that is on loopback, else nowhere. */
  readonly metricsHost?: string;
  readonly metricsPort: number;
  readonly dataDir: string;
  readonly storeUrl: string;
  readonly readConcern: 'majority' | 'linearizable';
  /** Absent: a tenth of the database's cache. */
  readonly transactionStoreBytes?: number;
  readonly authMode: 'token' | 'open';
  readonly authIssuers: readonly string[];
  readonly authAudience: string;
  readonly demo: boolean;
  readonly identityDomain: 'production' | 'test';
  readonly timeZone: string;
  readonly logLevel: string;
  readonly searchHandling: 'strict' | 'lenient';
  readonly referentialIntegrity: boolean;
  readonly bodyLimit: number;
  readonly documentLimit: number;
  readonly binaryLimit: number;
  readonly inflateRatio: number;
  /** Bytes; Infinity for never. */
  readonly compressFrom: number;
  readonly urlLimit: number;
  readonly entriesLimit: number;
  readonly conditionalDelete: 'single' | 'multiple';
  readonly conditionalDeleteLimit: number;
  readonly pageDefault: number;
  readonly pageMax: number;
  readonly operationLimit: number;
  readonly includeLimit: number;
  readonly includeDepth: number;
  readonly ownParametersLimit: number;
  readonly expansionLimit: number;
  readonly hierarchyLimit: number;
  /** Kilometres. */
  readonly nearDistance: number;
  readonly filterLimit: number;
  readonly sortBudget: number;
  readonly fullText: 'off' | 'text' | 'content';
  readonly historyDelete: boolean;
  readonly historyBudget: number;
  readonly requestTimeout: number;
  readonly maxInFlight: number;
  readonly shutdownTimeout: number;
}

/** A setting that cannot be used; the message names it and what it accepts. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/** True for the addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Whether only this machine can reach the server, under its own address and under that of its links. */
export const staysOnLoopback = ({ host, baseUrl }: Pick<Settings, 'host' | 'baseUrl'>): boolean => isLoopback(host) && isLoopback(new URL(baseUrl).hostname);

function parseAll(environment: Readonly<Record<string, string | undefined>>): Parsed {
  const parsed: Partial<Record<Name, unknown>> = {};
  for (const [key, { name, accepts, parse }] of Object.entries(settings) as [Name, Setting<unknown>][]) {
    const written = environment[name]?.trim();
    if (written === undefined || written === '') continue;
    const value = parse(written);
    if (value === undefined) throw new SettingError(refusal(name, written, accepts));
    parsed[key] = value;
  }
  return parsed as Parsed;
}

/** The words of a setting that is refused. */
export function refusal(name: string, written: string, accepts: string): string {
  return `${name} is "${name === 'STORE_URL' ? '…' : written}", but accepts ${accepts}.`;
}

/** Where the embedded store is unless STORE_URL says otherwise. */
export const defaultStoreUrl = (dataDir: string): string => `file:${dataDir}/store`;

const number = (setting: Setting<number>): number => setting.parse(setting.default) ?? Number.NaN;
/** Numbers whose default depends on nothing else. */
const plainNumbers = [
  'metricsPort', 'bodyLimit', 'documentLimit', 'binaryLimit', 'inflateRatio', 'compressFrom',
  'urlLimit', 'entriesLimit', 'conditionalDeleteLimit', 'pageDefault', 'pageMax', 'includeLimit',
  'includeDepth', 'operationLimit', 'ownParametersLimit', 'expansionLimit', 'hierarchyLimit', 'nearDistance',
  'filterLimit', 'sortBudget', 'historyBudget', 'requestTimeout', 'maxInFlight', 'shutdownTimeout',
] as const satisfies readonly Name[];
type PlainNumber = (typeof plainNumbers)[number];
const numbersOf = (given: Parsed): Readonly<Record<PlainNumber, number>> =>
  Object.fromEntries(plainNumbers.map((key) => [key, given[key] ?? number(settings[key])])) as Record<PlainNumber, number>;

/**
 * Reads the settings.
 * @param environment usually process.env
 * @throws SettingError naming the setting and what it accepts
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const given = parseAll(environment);
  const host = given.host ?? settings.host.default;
  const port = given.port ?? number(settings.port);
  const baseUrl = given.baseUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const dataDir = resolve(given.dataDir ?? settings.dataDir.default);
  const loopback = staysOnLoopback({ host, baseUrl });
  const result: Settings = {
    host,
    port,
    baseUrl,
    fhirBase: `${baseUrl}/fhir`,
    baseUrlAliases: given.baseUrlAliases ?? [],
    corsOrigins: given.corsOrigins ?? [],
    trustProxy: given.trustProxy ?? [],
    ...(given.metricsHost === undefined ? {} : { metricsHost: given.metricsHost }),
    ...numbersOf(given),
    dataDir,
    storeUrl: given.storeUrl ?? defaultStoreUrl(dataDir),
    readConcern: given.readConcern ?? 'majority',
    ...(given.transactionStoreBytes === undefined ? {} : { transactionStoreBytes: given.transactionStoreBytes }),
    authMode: given.authMode ?? 'token',
    authIssuers: given.authIssuers ?? (loopback ? ['embedded'] : []),
    authAudience: given.authAudience ?? `${baseUrl}/fhir`,
    demo: given.demo ?? false,
    identityDomain: given.identityDomain ?? 'production',
    timeZone: given.timeZone ?? settings.timeZone.default,
    logLevel: given.logLevel ?? settings.logLevel.default,
    searchHandling: given.searchHandling ?? 'strict',
    referentialIntegrity: given.referentialIntegrity ?? false,
    conditionalDelete: given.conditionalDelete ?? 'single',
    fullText: given.fullText ?? 'text',
    historyDelete: given.historyDelete ?? false,
  };
  refuseUnsafe(result, loopback);
  return result;
}

/** Secure unless told otherwise: without a real issuer the server listens on loopback only (design 3.12). */
function refuseUnsafe(settings: Settings, loopback: boolean): void {
  if (loopback || settings.demo) return;
  const beyond = 'beyond loopback (HOST or BASE_URL). Set DEMO=true if this is a demonstration.';
  if (settings.authMode === 'open') throw new SettingError(`AUTH_MODE=open is refused ${beyond}`);
  if (settings.authIssuers.includes('embedded')) throw new SettingError(`AUTH_ISSUERS=embedded is refused ${beyond}`);
  if (settings.authIssuers.length === 0) {
    throw new SettingError('AUTH_ISSUERS is empty: name the issuer whose tokens are taken (an https URL), or listen on loopback only.');
  }
}
