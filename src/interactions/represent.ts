/**
 * The one place where an answer takes the form that its caller asked for. Handlers answer FHIR JSON; here it becomes XML, or
 * is laid out for people. Nothing holds the event loop: long texts go to a lane, Bundles are written entry by entry.
 */
import { JsonLayout } from '../fhir/json-layout.js';
import { isObject, parseStored, type JsonObject } from '../fhir/json.js';
import { openFhirXml, writeFhirElement, writeFhirXml } from '../fhir/xml/codec.js';
import { fhirJson } from './answers.js';
import type { Answer, Exchange } from './exchange.js';
import type { AnswerHeaders } from './headers.js';
import type { Lanes, Task } from './lane.js';
import { bestRepresentation, representationOf, type Representation } from './negotiate.js';
import { createPace } from './pace.js';
import { ResourceParts } from './parts.js';

type Body = NonNullable<Answer['body']>;
export type Represent = (answer: Answer, asked: Pick<Exchange, 'headers' | 'query'>) => Answer | Promise<Answer>;
/** Where nothing is negotiated. */
export const asMade: Represent = (answer) => answer;

interface XmlInput {
  /** FHIR JSON: a resource, or an entry of a Bundle. */
  readonly text: string;
  readonly of: 'resource' | 'entry';
  readonly pretty: boolean;
}

function objectOf(text: string): JsonObject {
  const value = parseStored(text);
  if (!isObject(value)) throw new TypeError('The text of an answer is not a JSON object');
  return value;
}
const xmlOf = ({ text, of, pretty }: XmlInput): string => (of === 'entry' ? writeFhirElement('Bundle.entry', 'entry', objectOf(text), pretty) : writeFhirXml(objectOf(text), pretty));

/** Its facts are the bytes of the XML; there is nothing left to finish. */
export const xmlTask: Task<XmlInput, { readonly xml: Uint8Array }, null, null, null> = {
  name: 'xml', open: (input) => ({ facts: { xml: Buffer.from(xmlOf(input)) }, session: null }), finish: () => null,
};

async function writeXml(input: XmlInput, lanes: Lanes): Promise<Uint8Array> {
  const opened = await lanes.open(xmlTask, input, input.text.length);
  opened.close();
  return opened.facts.xml;
}

/** Entries one by one, between turns of the event loop. */
async function* entriesInXml(entries: Iterable<string> | AsyncIterable<string>, pretty: boolean, lanes: Lanes): AsyncGenerator<Uint8Array> {
  const pace = createPace();
  for await (const text of entries) {
    yield await writeXml({ text, of: 'entry', pretty }, lanes);
    await pace();
  }
}

async function* dataInXml(data: Iterable<string> | AsyncIterable<string>, pretty: boolean): AsyncGenerator<string> {
  yield `${pretty ? '\n  ' : ''}<data value="`;
  yield* data;
  yield '"/>';
}

async function* partsInXml({ given: { head, element, parts } }: ResourceParts, pretty: boolean, lanes: Lanes): AsyncGenerator<string | Uint8Array> {
  const [before, after] = openFhirXml(objectOf(`${head}}`), pretty);
  yield before;
  yield* element === 'entry' ? entriesInXml(parts, pretty, lanes) : dataInXml(parts, pretty);
  yield after;
}

async function textOf(body: Body): Promise<string> {
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  const pieces: string[] = [];
  for await (const piece of body) pieces.push(typeof piece === 'string' ? piece : Buffer.from(piece).toString());
  return pieces.join('');
}

/** Characters that are laid out at once. */
const atOnce = 128 * 1024;
/** Laid out piece by piece. */
async function* laidOut(text: string | AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const layout = new JsonLayout();
  const pace = createPace();
  for await (const piece of typeof text === 'string' ? slices(text) : text) {
    yield layout.write(typeof piece === 'string' ? piece : Buffer.from(piece).toString());
    await pace();
  }
}
function* slices(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += atOnce) yield text.slice(at, at + atOnce);
}

function inJson(body: Body): Body {
  if (body instanceof Uint8Array) return Buffer.from(new JsonLayout().write(Buffer.from(body).toString()));
  return typeof body === 'string' && body.length <= atOnce ? new JsonLayout().write(body) : laidOut(body);
}

/** @throws Failure unavailable when a lane dies */
async function inXml(body: Body, pretty: boolean, lanes: Lanes): Promise<Body> {
  if (body instanceof ResourceParts) return partsInXml(body, pretty, lanes);
  return writeXml({ text: await textOf(body), of: 'resource', pretty }, lanes);
}

/** Bodies that their makers keep as bytes are the same for everyone: each form is made once. */
const kept = new WeakMap<Uint8Array, Map<string, Promise<Body>>>();
function once(body: Body, { format, pretty }: Representation, make: () => Promise<Body>): Promise<Body> {
  if (!(body instanceof Uint8Array)) return make();
  const forms = kept.get(body) ?? new Map<string, Promise<Body>>();
  kept.set(body, forms);
  const key = `${format} ${pretty}`;
  const made = forms.get(key) ?? make();
  forms.set(key, made);
  // What failed is tried again.
  made.catch(() => forms.delete(key));
  return made;
}

/** Headers that were true of the JSON text alone are left out. */
function headersOf({ headers }: Answer, contentType: string): AnswerHeaders {
  const changed: { -readonly [name in keyof AnswerHeaders]: AnswerHeaders[name] } = { ...headers, 'Content-Type': contentType, Vary: 'Accept' };
  delete changed['Content-Length'];
  return changed;
}

/**
 * @returns the answer in the form that `_format`, Accept and `_pretty` ask for; what is not FHIR JSON stays as it is
 * @throws Failure not-acceptable, unavailable when a lane dies
 */
export function createRepresent(lanes: Lanes): Represent {
  return (answer, asked) => {
    const { body } = answer;
    if (answer.status === 304) return { ...answer, headers: { ...answer.headers, Vary: 'Accept' } };
    if (answer.asIs || body === undefined || answer.headers['Content-Type'] !== fhirJson) return answer;
    // What came in the body was not judged before; it only asked, so it may be refused now.
    const form = answer.asked === undefined ? bestRepresentation(asked) : representationOf({ headers: asked.headers, query: answer.asked }, false);
    if (form.format === 'json' && !form.pretty) return { ...answer, headers: { ...answer.headers, 'Content-Type': form.contentType, Vary: 'Accept' } };
    return once(body, form, async () => (form.format === 'xml' ? inXml(body, form.pretty, lanes) : inJson(body)))
      .then((made) => ({ ...answer, headers: headersOf(answer, form.contentType), body: made }));
  };
}
