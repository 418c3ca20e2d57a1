/** References: their forms, finding them in a resource, and giving them other targets (https://hl7.org/fhir/R4/references.html). */
import { isId } from './id.js';
import { isObject, type Json, type JsonObject } from './json.js';
import { rewriteLinks } from './narrative-links.js';
import { membersOf } from './xml/members.js';

export type ParsedReference =
  | { readonly form: 'local'; readonly type: string; readonly id: string; readonly version?: string }
  | { readonly form: 'contained'; readonly id: string }
  | { readonly form: 'urn'; readonly url: string }
  | { readonly form: 'absolute'; readonly url: string }
  /** `Patient?identifier=…`, only inside a transaction. */
  | { readonly form: 'conditional'; readonly type: string; readonly query: string };

const typeName = /^[A-Z][A-Za-z]{1,63}$/;

/** @returns undefined when the text is none of the forms */
function local(path: string): ParsedReference | undefined {
  const [type = '', id = '', history, version, ...rest] = path.split('/');
  if (!typeName.test(type) || !isId(id) || rest.length > 0) return undefined;
  if (history === undefined) return { form: 'local', type, id };
  return history === '_history' && version !== undefined && isId(version) ? { form: 'local', type, id, version } : undefined;
}

/**
 * @param text the value of Reference.reference
 * @param bases absolute FHIR bases that count as this server, without a slash at the end
 */
export function parseReference(text: string, bases: readonly string[] = []): ParsedReference | undefined {
  if (text.startsWith('#')) return { form: 'contained', id: text.slice(1) };
  if (text.startsWith('urn:')) return { form: 'urn', url: text };
  if (/^https?:\/\//.test(text)) {
    const base = bases.find((own) => text.startsWith(`${own}/`));
    return (base === undefined ? undefined : local(text.slice(base.length + 1))) ?? { form: 'absolute', url: text };
  }
  const mark = text.indexOf('?');
  if (mark > 0 && typeName.test(text.slice(0, mark))) return { form: 'conditional', type: text.slice(0, mark), query: text.slice(mark + 1) };
  return local(text);
}

/** Calls `visit` for every Reference (an object with a text `reference`), contained resources and extensions included; not what a Bundle holds. */
export function walkReferences(value: Json, visit: (reference: JsonObject & { reference: string }, path: string) => void, path = ''): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => walkReferences(item, visit, `${path}[${index}]`));
  } else if (isObject(value)) {
    if (typeof value.reference === 'string') visit(value as JsonObject & { reference: string }, path);
    const bundle = value.resourceType === 'Bundle';
    for (const key in value) {
      const member = value[key];
      if (bundle && key === 'entry') continue;
      if (typeof member === 'object' && member !== null) walkReferences(member, visit, path === '' ? key : `${path}.${key}`);
    }
  }
}

/** Datatypes whose value may be the address of a resource. A canonical names a definition wherever it lies: it is not replaced (trules). */
const addresses: ReadonlySet<string> = new Set(['uri', 'url', 'oid', 'uuid']);
/** `system` and the url of an extension name a vocabulary; what an identifier says is never an address, whatever it looks like. */
const mayBeAddress = (structure: string, name: string, code: string): boolean =>
  (structure === 'Reference' && name === 'reference') || (addresses.has(code) && name !== 'system' && !(structure === 'Extension' && name === 'url'));

/**
 * A copy in which every address that is a key of `targets` (a `urn:uuid:` or a conditional reference, in a Reference, a uri,
 * a url, a link of a narrative) is replaced, a fragment after it kept. Every other text is left as it is, and so are the
 * entries of a Bundle: what they refer to is told by the Bundle itself.
 * https://hl7.org/fhir/R4/http.html#trules
 * @param resource that `validate` has nothing against
 */
export function rewriteReferences<T extends JsonObject>(resource: T, targets: ReadonlyMap<string, string>): T {
  return targets.size === 0 ? resource : (rewritten(resource, String(resource.resourceType), targets) as T);
}

function rewritten(object: JsonObject, structure: string, targets: ReadonlyMap<string, string>): JsonObject {
  const members = membersOf(structure);
  const copy: JsonObject = {};
  for (const name in object) {
    const member = members.get(name.replace(/^_/, ''));
    const within = name.startsWith('_') ? 'Element' : member?.type.structure ?? '';
    const change = (part: Json): Json => {
      if (typeof part === 'string') return member ? rewrittenText(part, structure, name, member.type.code, targets) : part;
      if (Array.isArray(part)) return part.map(change);
      if (!isObject(part) || !member) return part;
      return rewritten(part, within === 'Resource' ? String(part.resourceType) : within, targets);
    };
    const value = object[name] as Json;
    copy[name] = structure === 'Bundle' && name === 'entry' ? value : change(value);
  }
  return copy;
}

function rewrittenText(text: string, structure: string, name: string, code: string, targets: ReadonlyMap<string, string>): string {
  if (code === 'xhtml') return rewriteLinks(text, (address) => replaced(address, targets));
  return mayBeAddress(structure, name, code) ? replaced(text, targets) : text;
}

/** What stands before a fragment. */
export const withoutFragment = (address: string): string => {
  const hash = address.indexOf('#');
  return hash > 0 ? address.slice(0, hash) : address;
};

function replaced(text: string, targets: ReadonlyMap<string, string>): string {
  const whole = targets.get(text);
  if (whole !== undefined) return whole;
  const before = withoutFragment(text);
  const target = before === text ? undefined : targets.get(before);
  return target === undefined ? text : target + text.slice(before.length);
}
