/** Media types as headers write them: RFC 9110 sections 8.3.1 and 12.5.1. */

export interface MediaType {
  /** `type/subtype` in lower case, `*` for any. */
  readonly name: string;
  /** Names in lower case, values without their quotes. */
  readonly parameters: ReadonlyMap<string, string>;
}
export interface MediaRange extends MediaType {
  /** 0 (refused) to 1. */
  readonly quality: number;
}

/** Splits at a sign that stands outside of quotes. */
const split = (text: string, parts: RegExp): readonly string[] => text.match(parts) ?? [];
const listed = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;
const parted = /(?:[^;"]|"(?:[^"\\]|\\.)*"?)+/g;

const unquoted = (value: string): string => (value.startsWith('"') ? value.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1') : value);

export function readMediaType(text: string): MediaType {
  const [name = '', ...rest] = split(text, parted);
  const parameters = new Map(rest.map((part): [string, string] => {
    const at = part.indexOf('=');
    return at < 0 ? [part.trim().toLowerCase(), ''] : [part.slice(0, at).trim().toLowerCase(), unquoted(part.slice(at + 1).trim())];
  }));
  return { name: name.trim().toLowerCase(), parameters };
}

/** A weight that cannot be read counts as none. */
function qualityOf(weight: string | undefined): number {
  const quality = weight === undefined || weight === '' ? 1 : Number(weight);
  return quality >= 0 && quality <= 1 ? quality : 1;
}

/** The ranges of an Accept header, in their order. A lone `*`, which old clients send, means any type. */
export function readAccept(header: string): readonly MediaRange[] {
  return split(header, listed).map(readMediaType).filter(({ name }) => name !== '')
    .map(({ name, parameters }) => ({ name: name === '*' ? '*/*' : name, parameters, quality: qualityOf(parameters.get('q')) }));
}
