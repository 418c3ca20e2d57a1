/**
 * `authorization/consent` of the header to Consent: that somebody agreed, or objected, to something which the document is
 * about. It never has the scope of privacy, so it never enters the access decision (rules 5.4).
 */
import type { JsonObject } from '../../../fhir/json.js';
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { concept } from '../datatypes/codes.js';
import { child, children, compact } from '../datatypes/elements.js';
import type { Reading } from '../datatypes/reading.js';
import { identifierOf, tokenOf } from './identifiers.js';

const scope: JsonObject = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment', display: 'Treatment' }] };

/** @param patient `Patient/…`; @param documentTime FHIR dateTime of the document */
export function consentsOf(clinicalDocument: XmlElement, patient: string, documentTime: string | undefined, reading: Reading): JsonObject[] {
  return children(clinicalDocument, 'authorization').flatMap((authorization) => children(authorization, 'consent')).flatMap((consent) => {
    const code = concept(child(consent, 'code'), reading);
    if (code === undefined) return [];
    const identifier = children(consent, 'id').map(tokenOf).filter((token) => token !== undefined).map((token) => identifierOf(token));
    return [compact({
      resourceType: 'Consent', identifier, status: 'active', scope, category: [code], patient: { reference: patient }, dateTime: documentTime, policyRule: code,
    })];
  });
}
