/** What a table of cases is made of. Every expectation is told by https://hl7.org/fhir/R4/search.html and rules 6.6, never by an answer. */
export interface Table {
  readonly title: string;
  /** FHIR JSON; as text where the digits of a number count. */
  readonly resources: readonly (object | string)[];
  /** type, query, ids of the answer in any order */
  readonly rows: readonly (readonly [type: string, query: string, ids: string])[];
  /** type, query, ids of the answer in their order */
  readonly ordered?: readonly (readonly [type: string, query: string, ids: string])[];
  /** type, query, what the refusal says */
  readonly refused?: readonly (readonly [type: string, query: string, says: RegExp])[];
}
/** Dates without a zone are read here, and `ap` is measured from this instant. */
export const timeZone = 'Europe/Paris';
export const now = Date.UTC(2026, 0, 1);
export const base = 'https://server.example/fhir';
export const ucum = 'http://unitsofmeasure.org';
export const loinc = 'http://loinc.org';

export const coding = (system: string | undefined, code: string | undefined, display?: string): object => ({ coding: [{ ...(system === undefined ? {} : { system }), ...(code === undefined ? {} : { code }), ...(display === undefined ? {} : { display }) }] });
export const observation = (id: string, more: object): object => ({ resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, ...more });
/** ids but those named */
export const except = (all: string, ...out: string[]): string => all.split(' ').filter((id) => !out.includes(id)).join(' ');
