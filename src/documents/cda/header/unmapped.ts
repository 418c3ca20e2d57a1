/** What the header says and no resource takes: named in the outcome, once for each element. */
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { attribute, child, children } from '../datatypes/elements.js';
import type { Body } from '../recognize.js';

/** They stand in the Composition, which a level 1 document does not have. */
const ofComposition = ['dataEnterer', 'informant', 'informationRecipient', 'authenticator', 'participant'] as const;

const isContact = (element: XmlElement): boolean => {
  const classCode = attribute(child(element, 'relatedEntity'), 'classCode');
  return classCode === 'ECON' || classCode === 'NOK';
};
const isGeneralPractitioner = (element: XmlElement): boolean => attribute(child(element, 'functionCode'), 'code') === 'PCP';

export function unmappedHeader(clinicalDocument: XmlElement, { level }: Body): string[] {
  const here = (name: string): XmlElement[] => children(clinicalDocument, name);
  const found: string[] = [];
  if (level === 1) {
    for (const name of ofComposition) {
      if (here(name).some((element) => !isContact(element) && !isGeneralPractitioner(element))) found.push(`${name}: kept in the document only, which has no Composition to name them in.`);
    }
    if (here('documentationOf').some((documentation) => child(child(documentation, 'serviceEvent'), 'performer') !== undefined)) found.push('documentationOf/serviceEvent/performer: kept in the document only, which has no Composition to name them in.');
  }
  if (here('documentationOf').some((documentation) => children(child(documentation, 'serviceEvent'), 'performer').length > 1)) found.push('documentationOf/serviceEvent/performer: of several, the first one is named.');
  return found;
}
