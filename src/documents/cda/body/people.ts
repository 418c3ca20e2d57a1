/** Who stands behind an entry, where an element of FHIR takes them (rules 3.6). */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import type { Named } from '../../draft.js';
import { attribute, child, children } from '../datatypes/elements.js';
import { timeOf } from '../datatypes/timestamps.js';
import type { Entry } from './scribe.js';

const set = (...types: readonly string[]): ReadonlySet<string> => new Set(types);
/** Resource types that an element may refer to (https://hl7.org/fhir/R4). */
export const TAKES = {
  recorder: set('Practitioner', 'PractitionerRole', 'Patient', 'RelatedPerson'),
  informationSource: set('Practitioner', 'PractitionerRole', 'Patient', 'RelatedPerson', 'Organization'),
  observationPerformer: set('Practitioner', 'PractitionerRole', 'Organization', 'Patient', 'RelatedPerson'),
  immunizationPerformer: set('Practitioner', 'PractitionerRole', 'Organization'),
  procedurePerformer: set('Practitioner', 'PractitionerRole', 'Organization', 'Patient', 'RelatedPerson', 'Device'),
  reportPerformer: set('Practitioner', 'PractitionerRole', 'Organization'),
  collector: set('Practitioner', 'PractitionerRole'),
} as const;

/** Those that the elements name and that the target takes, in order. */
export function named(elements: readonly XmlElement[], takes: ReadonlySet<string>, { scribe, reading }: Entry): Named[] {
  return elements.flatMap((element) => {
    const who = scribe.context.person(element);
    if (who === undefined) {
      reading.leftOut(`${element.name === 'author' || element.name === 'informant' ? 'an' : 'a'} ${element.name} who is not named`);
      return [];
    }
    if (takes.has(who.type)) return [who];
    reading.leftOut(`a ${element.name} that is a ${who.type}`);
    return [];
  });
}

export const reference = ({ reference: to }: Named): JsonObject => ({ reference: to });

/** The author of an entry: its own, else its section's, else the first professional author of the document. */
export function authorOf(statement: XmlElement, takes: ReadonlySet<string>, entry: Entry): Named | undefined {
  const own = named(children(statement, 'author'), takes, entry)[0];
  if (own !== undefined) return own;
  const ofSection = named(entry.section.authors, takes, entry)[0];
  if (ofSection !== undefined) return ofSection;
  const { professionalAuthor } = entry.scribe.context;
  return professionalAuthor !== undefined && takes.has(professionalAuthor.type) ? professionalAuthor : undefined;
}

/** When its own author wrote an entry. */
export const authoredAt = (statement: XmlElement, { reading }: Entry): string | undefined => timeOf(child(child(statement, 'author'), 'time'), reading);

/** The first informant that the target takes. */
export const informant = (statement: XmlElement, takes: ReadonlySet<string>, entry: Entry): Named | undefined => named(children(statement, 'informant'), takes, entry)[0];

/** A reference, undefined for nobody. */
export const refer = (who: Named | undefined): JsonObject | undefined => (who === undefined ? undefined : reference(who));

export const performers = (statement: XmlElement): XmlElement[] => children(statement, 'performer').filter((performer) => attribute(performer, 'nullFlavor') === undefined);
