/** The first tour of the demonstration: commands that work as they are pasted, whatever the folder they are pasted in. */

export interface TourFacts {
  /** The FHIR base. */
  readonly base: string;
  /** Files that hold `Authorization: Bearer …`, for `curl -H @FILE`. */
  readonly headers: { readonly professional: string; readonly patient: string; readonly system: string };
  /** A document that is not loaded yet, about the person of the tour. */
  readonly document: string;
  /** `OID|matricule` of the person. */
  readonly ins: string;
  readonly patientId: string;
  /** RPPS of the professional who is refused. */
  readonly rpps: string;
}

export interface TourStep {
  readonly title: string;
  readonly command: string;
}

const quote = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;
const pick = (expression: string): string => `node -pe ${quote(`JSON.parse(require("fs").readFileSync(0)).${expression}`)}`;

/** @returns the steps in order; each command stands alone */
export function tourSteps({ base, headers, document, ins, patientId, rpps }: TourFacts): readonly TourStep[] {
  const curl = (as: keyof typeof headers, rest: string) => `curl -sS -H ${quote(`@${headers[as]}`)} ${rest}`;
  const get = (as: keyof typeof headers, path: string) => curl(as, quote(`${base}/${path}`));
  const identifier = `urn:oid:${encodeURIComponent(ins)}`;
  const documents = `DocumentReference?patient.identifier=${identifier}&status=current`;
  const refusal = JSON.stringify({
    resourceType: 'Consent', status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    patient: { reference: `Patient/${patientId}` },
    policy: [{ uri: 'https://profiles.ihe.net/ITI/PCF/Policy-basic-normal' }],
    provision: { type: 'deny', actor: [{
      role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] },
      reference: { identifier: { system: 'https://rpps.esante.gouv.fr', value: rpps } },
    }] },
  });
  return [
    { title: "Push a document (the provider's software)", command: curl('system', `-H 'Content-Type: text/xml' --data-binary ${quote(`@${document}`)} ${quote(`${base}/DocumentReference/$submit-document`)}`) },
    { title: 'Find the documents of the person by INS (the professional)', command: get('professional', documents) },
    { title: 'Read the newest one: its metadata, then its bytes', command: get('professional', `${documents}&_sort=-date&_count=1`) },
    { title: '', command: `curl -sS -H ${quote(`@${headers.professional}`)} "${base}/Binary/$(${get('professional', `${documents}&_sort=-date&_count=1`)} | ${pick('entry[0].resource.content[0].attachment.url.split("/").pop()')})"` },
    { title: 'Fetch the whole record as a Bundle (the patient app)', command: get('patient', `Patient/${patientId}/$everything?_count=1000`) },
    { title: 'Refuse this professional (the patient app)', command: curl('patient', `-H 'Content-Type: application/fhir+json' -d ${quote(refusal)} ${quote(`${base}/Consent`)}`) },
    { title: 'See them refused: for them the person does not exist any more', command: get('professional', `Patient/${patientId}`) },
    { title: '', command: get('professional', documents) },
    { title: 'Lift the refusal (the patient app)', command: `curl -sS -X DELETE -H ${quote(`@${headers.patient}`)} "${base}/Consent/$(${get('patient', 'Consent?status=active&_sort=-_lastUpdated&_count=1')} | ${pick('entry[0].resource.id')})"` },
  ];
}

export const tourText = (steps: readonly TourStep[]): string =>
  steps.map(({ title, command }) => `${title === '' ? '' : `\n# ${title}\n`}${command}\n`).join('');
