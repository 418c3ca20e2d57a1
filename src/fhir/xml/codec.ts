/** FHIR XML (https://hl7.org/fhir/R4/xml.html) to the JSON form of a resource and back, by the definitions of R4. */
export { readFhirXml } from './read-fhir.js';
export { openFhirXml, writeFhirElement, writeFhirXml } from './write-fhir.js';
