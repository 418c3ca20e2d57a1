/** Which media types are taken and given. FHIR R4 "Content Types and encodings": https://hl7.org/fhir/R4/http.html#mime-type */
import { fail } from '../fhir/failure.js';
import type { Exchange } from './exchange.js';
import { readAccept, readMediaType, type MediaRange, type MediaType } from './media-types.js';

export type FhirFormat = 'json' | 'xml';
export type BodyFormat = FhirFormat;

/** What is served, the most preferred first: a generic type is answered by that very type, as the standard asks. */
const served: ReadonlyMap<string, FhirFormat> = new Map([
  ['application/fhir+json', 'json'], ['application/fhir+xml', 'xml'], ['application/json', 'json'], ['application/xml', 'xml'],
  ['text/json', 'json'], ['text/xml', 'xml'], ['application/json+fhir', 'json'], ['application/xml+fhir', 'xml'],
]);
const typesOf = (format: FhirFormat): ReadonlySet<string> => new Set([...served].filter(([, of]) => of === format).map(([type]) => type));
export const jsonTypes = typesOf('json');
export const xmlTypes = typesOf('xml');
/** The types that mean FHIR and nothing else, those of older releases too. */
export const fhirTypes: ReadonlySet<string> = new Set([...served.keys()].filter((type) => type.includes('fhir')));
const formal: Readonly<Record<FhirFormat, string>> = { json: 'application/fhir+json', xml: 'application/fhir+xml' };
/** As metadata and refusals tell them. */
export const servedFormats: readonly string[] = [formal.json, formal.xml, 'json', 'xml'];
const formats = Object.values(formal).join(', ');

/** `type/subtype` in lower case, without parameters. */
export const mediaType = (contentType: string): string => contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** The charset parameter, lower case. */
export const charsetOf = (contentType: string): string | undefined => (contentType.includes(';') ? readMediaType(contentType).parameters.get('charset')?.toLowerCase() : undefined);

const ourVersions: ReadonlySet<string> = new Set(['4.0', '4.0.1']);
/** The parameter `fhirVersion` is absent or names this release. */
const isOurVersion = ({ parameters }: MediaType): boolean => ourVersions.has(parameters.get('fhirversion') ?? '4.0');
const utf8Names: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii']);
const isUtf8 = ({ parameters }: MediaType): boolean => utf8Names.has(parameters.get('charset')?.toLowerCase() ?? 'utf-8');

/** The format of a FHIR body. @throws Failure unsupported-type, bad-charset */
export function bodyFormat(contentType: string): BodyFormat {
  const format = served.get(mediaType(contentType));
  if (format === undefined) throw fail('unsupported-type', { type: contentType.slice(0, 100), accepted: formats });
  requireOurVersion(contentType);
  if (format === 'json') requireUtf8(contentType);
  return format;
}

/** @throws Failure unsupported-type for a body of another release of FHIR */
export function requireOurVersion(contentType: string): void {
  if (contentType.includes(';') && !isOurVersion(readMediaType(contentType))) throw fail('unsupported-type', { type: contentType.slice(0, 100), accepted: `${formats}, fhirVersion 4.0` });
}

/** JSON is UTF-8. @throws Failure bad-charset */
export function requireUtf8(contentType: string): void {
  if (contentType.includes(';') && !isUtf8(readMediaType(contentType))) throw fail('bad-charset', { reason: 'FHIR JSON is UTF-8' });
}

/** The form that an answer takes. */
export interface Representation {
  readonly format: FhirFormat;
  /** As the header says it. */
  readonly contentType: string;
  readonly pretty: boolean;
}

/** What was chosen before anybody looked at `_pretty`. */
type Choice = Representation & { readonly pretty: false };
const choiceOf = (type: string, asked?: MediaType): Choice => {
  const version = asked?.parameters.get('fhirversion');
  return { format: served.get(type) ?? 'json', contentType: `${type};${version === undefined ? '' : ` fhirVersion=${version};`} charset=utf-8`, pretty: false };
};

/** How exactly a range names a type; 0 when it does not. */
function exactness({ name }: MediaRange, type: string): number {
  if (name === type) return 3;
  if (name === '*/*') return 1;
  return name.endsWith('/*') && type.startsWith(name.slice(0, -1)) ? 2 : 0;
}

/** The range that rules a type: the most exact one, the heavier of two that are alike. */
function rulingRange(ranges: readonly MediaRange[], type: string): MediaRange | undefined {
  return ranges.filter((range) => exactness(range, type) > 0)
    .sort((one, other) => exactness(other, type) - exactness(one, type) || other.quality - one.quality)[0];
}

/**
 * RFC 9110 12.5.1: the type of the greatest weight; among equals what is named rather than covered, then what is named first.
 * @returns undefined when nothing that is served is acceptable
 */
function chosenBy(accept: string): Choice | undefined {
  const ranges = readAccept(accept).filter((range) => isOurVersion(range) && isUtf8(range));
  const [best] = [...served.keys()].flatMap((type) => {
    const range = rulingRange(ranges, type);
    return range && range.quality > 0 ? [{ type, range, exact: exactness(range, type), place: ranges.indexOf(range) }] : [];
  }).sort((one, other) => other.range.quality - one.range.quality || other.exact - one.exact || one.place - other.place);
  return best && choiceOf(best.type, best.exact === 3 ? best.range : undefined);
}

/** Callers send the same few headers again and again. */
const known = new Map<string, Choice | undefined>();
const mostKnown = 200;
function choiceFor(accept: string): Choice | undefined {
  if (known.has(accept)) return known.get(accept);
  if (known.size >= mostKnown) known.clear();
  const choice = chosenBy(accept);
  known.set(accept, choice);
  return choice;
}

const usual = choiceOf(formal.json);
const shortNames: Readonly<Record<string, string>> = formal;

/** @param value of `_format`: a plus sign that was not percent-encoded has become a blank */
function namedFormat(value: string): Choice | undefined {
  const asked = readMediaType(value.trim().replaceAll(' ', '+').replace(/;\++/g, ';'));
  const format = served.get(Object.hasOwn(shortNames, asked.name) ? shortNames[asked.name] as string : asked.name);
  return format !== undefined && isOurVersion(asked) && isUtf8(asked) ? choiceOf(formal[format], asked) : undefined;
}

type Asked = Pick<Exchange, 'headers' | 'query'>;

/** `_format` of a query string, which wins over Accept. */
export const formatOf = (query: string): string | undefined => (query.includes('_format=') ? new URLSearchParams(query).get('_format') || undefined : undefined);

function choose({ headers, query }: Asked): Choice | undefined {
  const named = formatOf(query);
  if (named !== undefined) return namedFormat(named);
  const accept = headers['accept'];
  return accept === undefined || accept.trim() === '' ? usual : choiceFor(accept);
}

const flags: ReadonlyMap<string | undefined, boolean> = new Map([['true', true], ['false', false]]);
const prettyOf = (query: string): string | undefined => (query.includes('_pretty=') ? new URLSearchParams(query).get('_pretty') ?? undefined : undefined);

/**
 * The form of the answer, as `_format`, Accept and `_pretty` ask for it.
 * @param strict refuse a `_pretty` that is neither true nor false, else ignore it
 * @throws Failure not-acceptable, with the list; bad-parameter
 */
export function representationOf(asked: Asked, strict: boolean): Representation {
  const choice = choose(asked);
  if (!choice) throw fail('not-acceptable', { formats });
  if (asked.query === '') return choice;
  const pretty = prettyOf(asked.query);
  if (strict && pretty !== undefined && !flags.has(pretty)) throw fail('bad-parameter', { parameter: '_pretty', reason: 'its value is true or false' });
  return { ...choice, pretty: flags.get(pretty) ?? false };
}

/** As {@link representationOf}, for an answer that must be given whatever was asked for: JSON where nothing else is understood. */
export function bestRepresentation(asked: Asked): Representation {
  const choice = choose(asked) ?? usual;
  return asked.query === '' ? choice : { ...choice, pretty: flags.get(prettyOf(asked.query)) ?? false };
}

/** True where `_format` names FHIR, or Accept prefers it outright, so that a Binary is wanted as a resource (https://hl7.org/fhir/R4/binary.html#rest). */
export function asksForFhir({ headers, query }: Asked): boolean {
  const named = formatOf(query);
  if (named !== undefined) return namedFormat(named) !== undefined;
  const [first] = [...readAccept(headers['accept'] ?? '')].sort((one, other) => other.quality - one.quality);
  return first !== undefined && first.quality > 0 && (fhirTypes.has(first.name) || first.name.startsWith('application/fhir+'));
}
