/** Token entries (https://hl7.org/fhir/R4/search.html#token), with the strings of `:text` and the tokens of `:of-type` beside them. */
import { fold } from '../fold.js';
import type { Run, Visit } from './run.js';

interface Coding { readonly system?: unknown; readonly code?: unknown; readonly display?: unknown }
interface Concept { readonly coding?: unknown; readonly text?: unknown }
interface Identified { readonly system?: unknown; readonly value?: unknown; readonly type?: Concept }

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function add(run: Run, param: string, system: string, code: string): void {
  if (system === '' && code === '') return;
  run.token.push({ param, contained: run.contained, code, system, mark: undefined });
}
function addText(run: Run, param: string, text: unknown): void {
  if (typeof text !== 'string' || text === '') return;
  run.aside.push({ param, contained: run.contained, exact: text, folded: fold(text), mark: undefined });
}

/** @returns FHIR type -> the visit that adds its entries under `param` */
export function tokenVisits(param: string): Readonly<Record<string, Visit>> {
  const text = `${param}:text`;
  const ofType = `${param}:of-type`;
  const coding: Visit = (value, run) => {
    const { system, code, display } = value as Coding;
    add(run, param, textOf(system), textOf(code));
    addText(run, text, display);
  };
  const concept: Visit = (value, run) => {
    const { coding: codings, text: words } = value as Concept;
    const before = run.token.length;
    if (Array.isArray(codings)) for (const each of codings) if (each !== null) coding(each, run);
    addText(run, text, words);
    // A concept in words only is there, though no code finds it: `:missing` sees this entry.
    if (run.token.length === before && typeof words === 'string') run.token.push({ param, contained: run.contained, code: '', system: '', mark: undefined });
  };
  const identifier: Visit = (value, run) => {
    const { system, value: given, type } = value as Identified;
    add(run, param, textOf(system), textOf(given));
    if (type === undefined || type === null) return;
    addText(run, text, type.text);
    if (typeof given !== 'string' || !Array.isArray(type.coding)) return;
    for (const each of type.coding as Coding[]) {
      if (each !== null && typeof each.code === 'string') add(run, ofType, textOf(each.system), `${each.code}|${given}`);
    }
  };
  /** A contact point has no system of codes; its own kind (phone, email) is taken as one too. Capitals say nothing in an address of mail. */
  const contact: Visit = (value, run) => {
    const { system, value: given } = value as Identified;
    if (typeof given !== 'string') return;
    const text = system === 'email' ? given.toLowerCase() : given;
    add(run, param, '', text);
    if (typeof system === 'string') add(run, param, system, text);
  };
  const plain: Visit = (value, run) => {
    if (typeof value === 'string') add(run, param, '', value);
  };
  const boolean: Visit = (value, run) => {
    if (typeof value === 'boolean') add(run, param, '', String(value));
  };
  return {
    CodeableConcept: concept, Coding: coding, Identifier: identifier, ContactPoint: contact, boolean,
    code: plain, string: plain, id: plain, uri: plain, oid: plain, uuid: plain, markdown: plain,
  };
}
