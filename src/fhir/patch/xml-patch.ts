/** XML Patch (RFC 5261) on the FHIR XML of a resource. */
import { Failure, fail } from '../failure.js';
import { PathError } from '../fhirpath/lexer.js';
import type { Json, JsonObject } from '../json.js';
import { readFhirXml, writeFhirXml } from '../xml/codec.js';
import { copyNode, depthOf, plainElement, readEditable, type EditableElement, type EditableNode } from '../xml/editable.js';
import { fhirNamespace, xhtmlNamespace } from '../xml/members.js';
import { badPatch, Budget, patchFailed, requireFew, type Patch } from './patch.js';
import { parseSelector, select, type Located, type Selected, type Step } from './selector.js';

type Name = 'add' | 'replace' | 'remove';

interface Operation {
  readonly name: Name;
  readonly selector: readonly Step[];
  /** Its attributes: `pos`, `type`, `ws`. */
  readonly options: Readonly<Record<string, string | undefined>>;
  readonly content: readonly EditableNode[];
  readonly scope: Readonly<Record<string, string | undefined>>;
  readonly depth: number;
  /** `operation 3 (replace)`, counted from 1. */
  readonly place: string;
}

interface Work {
  root: EditableElement;
  readonly budget: Budget;
}

/** Deepest nesting that the XML door takes. */
const maxDepth = 256;
/** What FHIR calls them; a patch that declares a prefix otherwise is taken by its word. */
const usualPrefixes = { f: fhirNamespace, fhir: fhirNamespace, h: xhtmlNamespace, xhtml: xhtmlNamespace, '': fhirNamespace };

const isBlank = (node: EditableNode | undefined): boolean => node?.kind === 'text' && !/\S/.test(node.text);
const textIn = (content: readonly EditableNode[]): string => content.map((node) => (node.kind === 'text' ? node.text : '')).join('');

/** The source of what is changed is no longer what it says. */
function touch(located: Located | undefined): void {
  for (let at = located; at; at = at.up) if (at.node.kind === 'element') delete at.node.source;
}

function depthAt(located: Located): number {
  let depth = 0;
  for (let at: Located | undefined = located; at; at = at.up) depth++;
  return depth;
}

/** @throws Failure patch-failed for none and for several */
function one({ root, budget }: Work, { selector, place }: Operation): Selected {
  const [found, ...more] = select(selector, root, budget.spend);
  if (!found) throw patchFailed(`the selector of ${place} finds nothing`);
  if (more.length > 0) throw patchFailed(`the selector of ${place} finds several nodes`);
  return found;
}

function attributeName(text: string, { scope, place }: Operation): string {
  const [first = '', local] = text.split(':');
  if (local === undefined) return first;
  const uri = scope[first];
  if (uri === undefined) throw badPatch(`${place} uses a prefix that is not declared`);
  return `{${uri}}${local}`;
}

function add(work: Work, operation: Operation): void {
  const { options: { type, pos }, content, place, depth } = operation;
  const found = one(work, operation);
  if (found.kind !== 'node') throw patchFailed(`${place} can add to a node only`);
  if (type !== undefined) return addNamed(found, type, operation);
  if (depthAt(found) + depth > maxDepth) throw patchFailed(`${place} would nest the resource deeper than ${maxDepth} levels`);
  const nodes = content.map(copyNode);
  touch(found);
  const { node, up } = found;
  if (pos === 'before' || pos === 'after') {
    if (!up) throw patchFailed(`${place} would add beside the resource`);
    const siblings = up.node.children;
    siblings.splice(siblings.indexOf(node) + (pos === 'after' ? 1 : 0), 0, ...nodes);
  } else if (node.kind !== 'element') throw patchFailed(`${place} can add into an element only`);
  else if (pos === 'prepend') node.children.unshift(...nodes);
  else node.children.push(...nodes);
}

/** An attribute (`@name`) or a declaration (`namespace::prefix`). */
function addNamed(found: Located, type: string, operation: Operation): void {
  const { content, place } = operation;
  const { node } = found;
  if (node.kind !== 'element') throw patchFailed(`${place} can add it to an element only`);
  const isAttribute = type.startsWith('@');
  const into = isAttribute ? node.attributes : node.declarations;
  const name = isAttribute ? attributeName(type.slice(1), operation) : type.slice('namespace::'.length);
  if (Object.hasOwn(into, name)) throw patchFailed(`${place} would add what is there already: replace it`);
  into[name] = textIn(content);
  touch(found);
}

function replace(work: Work, operation: Operation): void {
  const { content, place, depth } = operation;
  const found = one(work, operation);
  if (found.kind !== 'node') {
    (found.kind === 'attribute' ? found.owner.node.attributes : found.owner.node.declarations)[found.name] = textIn(content);
    return touch(found.owner);
  }
  const { node, up } = found;
  const [next, ...more] = node.kind === 'text' ? [{ kind: 'text', text: textIn(content) } as const] : content.filter((child) => !isBlank(child)).map(copyNode);
  if (!next || more.length > 0 || next.kind !== node.kind) throw patchFailed(`${place} must hold one node of the kind that it replaces`);
  if (depthAt(found) + depth > maxDepth) throw patchFailed(`${place} would nest the resource deeper than ${maxDepth} levels`);
  touch(up);
  if (up) up.node.children[up.node.children.indexOf(node)] = next;
  else if (next.kind === 'element') work.root = next;
}

function remove(work: Work, operation: Operation): void {
  const { options: { ws }, place } = operation;
  const found = one(work, operation);
  if (found.kind !== 'node') {
    delete (found.kind === 'attribute' ? found.owner.node.attributes : found.owner.node.declarations)[found.name];
    return touch(found.owner);
  }
  const { node, up } = found;
  if (!up) throw patchFailed(`${place} would leave nothing of the resource`);
  touch(up);
  const siblings = up.node.children;
  const at = siblings.indexOf(node);
  const [before, after] = [ws === 'before' || ws === 'both', ws === 'after' || ws === 'both'];
  if ((before && !isBlank(siblings[at - 1])) || (after && !isBlank(siblings[at + 1]))) throw patchFailed(`${place} asks for blanks to be removed that are not there`);
  siblings.splice(at - Number(before), 1 + Number(before) + Number(after));
  joinTexts(siblings, at - Number(before));
}

/** Texts that have come to stand side by side are one. */
function joinTexts(siblings: EditableNode[], at: number): void {
  const [left, right] = [siblings[at - 1], siblings[at]];
  if (left?.kind === 'text' && right?.kind === 'text') siblings.splice(at - 1, 2, { kind: 'text', text: left.text + right.text });
}

const operations: Readonly<Record<Name, (work: Work, operation: Operation) => void>> = { add, replace, remove };
/** What the attributes of an operation may say. */
const optionShapes: Readonly<Record<Name, Readonly<Record<string, RegExp>>>> = {
  add: { pos: /^(?:prepend|before|after)$/, type: /^(?:@[\w.:-]+|namespace::[\w.-]+)$/ },
  replace: {},
  remove: { ws: /^(?:before|after|both)$/ },
};

function readOperation(element: EditableElement, number: number): Operation {
  const { name, attributes: { sel, ...options }, children, scope } = element;
  if (!Object.hasOwn(operations, name)) throw badPatch(`operation ${number} is none of add, replace, remove`);
  const place = `operation ${number} (${name})`;
  if (sel === undefined) throw badPatch(`${place} has no "sel"`);
  const shapes = optionShapes[name as Name];
  for (const option in options) if (!shapes[option]?.test(options[option] ?? '')) throw badPatch(`${place} has an attribute that it does not take, or of a value that it does not take`);
  if (name === 'remove' && children.some((child) => !isBlank(child) && child.kind !== 'comment')) throw badPatch(`${place} takes no content`);
  const prefixes: Record<string, string> = { ...usualPrefixes };
  for (const prefix in scope) prefixes[prefix] = scope[prefix] ?? '';
  try {
    const selector = parseSelector(sel, prefixes);
    return { name: name as Name, selector, options, content: children, scope: prefixes, depth: depthOf(element), place };
  } catch (error) {
    if (error instanceof PathError) throw badPatch(`the selector of ${place} cannot be read: ${error.message}`);
    throw error;
  }
}

/** @throws Failure bad-patch, too-costly */
export function readOperations(root: EditableElement): readonly Operation[] {
  const elements = root.children.filter((child) => child.kind === 'element');
  if (root.children.some((child) => child.kind === 'text' && !isBlank(child))) throw badPatch('an XML Patch holds text outside its operations');
  if (elements.length === 0) throw badPatch('an XML Patch has at least one operation');
  requireFew(elements.length);
  return elements.map((element, index) => readOperation(element, index + 1));
}

/** @param root is changed. @throws Failure patch-failed, too-costly */
export function runOperations(list: readonly Operation[], root: EditableElement, size: number): EditableElement {
  const work: Work = { root, budget: new Budget(size, list.length) };
  for (const operation of list) operations[operation.name](work, operation);
  return work.root;
}

/** Texts and values that a node brings, those of references as references. */
function contentsOf(node: EditableNode): readonly Json[] {
  if (node.kind !== 'element') return node.kind === 'text' ? [node.text.trim()] : [];
  const { value } = node.attributes;
  const own: Json[] = value === undefined ? [] : [node.name === 'reference' ? { reference: value } : value];
  return [...own, ...node.children.flatMap(contentsOf)];
}

/** The FHIR that the changed XML says. @throws Failure patch-failed */
function readBack(root: EditableElement): JsonObject {
  try {
    return readFhirXml(plainElement(root));
  } catch (error) {
    // It is not the body that is no resource: it is what the patch makes.
    if (error instanceof Failure) throw fail('patch-failed', {}, { issues: error.issues.map((issue) => ({ ...issue, diagnostics: issue.diagnostics.replace(/^The body/, 'What the patch leaves') })) });
    throw error;
  }
}

/**
 * @param bytes of the patch. @param charset of its Content-Type
 * @throws Failure bad-xml, xml-dtd, bad-charset, too-deep, bad-patch, too-costly
 */
export function readXmlPatch(bytes: Uint8Array, charset?: string): Patch {
  const list = readOperations(readEditable(bytes, charset === undefined ? {} : { charset }));
  return {
    values: list.flatMap(({ content }) => content.flatMap(contentsOf)),
    apply(resource, size) {
      const xml = Buffer.from(writeFhirXml(resource));
      return readBack(runOperations(list, readEditable(xml, { keepSource: xhtmlNamespace }), size));
    },
  };
}
