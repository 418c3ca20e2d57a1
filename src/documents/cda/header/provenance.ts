/** The Provenance of a document: what was made of it, who wrote it, signed it and sent it, and where it comes from (rules 3.7). */
import type { Issue } from '../../../fhir/failure.js';
import type { JsonObject } from '../../../fhir/json.js';
import { compact } from '../datatypes/elements.js';
import type { HeaderRoles } from './document-reference.js';
import type { People, Who } from './people.js';

const participantTypes = 'http://terminology.hl7.org/CodeSystem/provenance-participant-type';
/** The extension that keeps the outcome of the submission: the same first answer can be given again. */
export const outcomeUrl = 'urn:passerelle:StructureDefinition:submission-outcome';
const outcomeId = 'outcome';

export interface ProvenanceContext {
  readonly id: string;
  /** References of all that was made or changed. */
  readonly targets: readonly string[];
  /** Instant of reception. */
  readonly received: string;
  readonly binary: string;
  readonly people: People;
  /** IdNat_Struct of the pushing system; undefined for the operator. */
  readonly structure?: string;
  readonly issues: readonly Issue[];
}

const agentType = (system: string, code: string, display: string): JsonObject => ({ coding: [{ system, code, display }] });
const author = agentType(participantTypes, 'author', 'Author');
const legal = agentType(participantTypes, 'legal', 'Legal Authenticator');
const sender = agentType('http://dicom.nema.org/resources/ontology/DCM', '110153', 'Source Role ID');

function agent(type: JsonObject, who: Who, people: People): JsonObject {
  return { type, who: { reference: people.reference(who) } };
}

/** Issues as FHIR writes them (an empty OperationOutcome is not one). */
export const issuesOf = (issues: readonly Issue[]): JsonObject[] =>
  issues.map(({ severity, code, diagnostics, expression }) => compact({ severity, code, diagnostics, expression: expression === undefined ? undefined : [...expression] }));

export function provenanceOf(roles: HeaderRoles, { id, targets, received, binary, people, structure, issues }: ProvenanceContext): JsonObject {
  return compact({
    resourceType: 'Provenance',
    id,
    contained: [{ resourceType: 'OperationOutcome', id: outcomeId, issue: issuesOf(issues) }],
    extension: [{ url: outcomeUrl, valueReference: { reference: `#${outcomeId}` } }],
    target: targets.map((reference) => ({ reference })),
    recorded: received,
    agent: [
      ...roles.authors.map((who) => agent(author, who, people)),
      ...(roles.legal === undefined ? [] : [agent(legal, roles.legal, people)]),
      {
        type: sender,
        who: structure === undefined ? { display: 'Operator' } : { type: 'Organization', identifier: { system: 'urn:oid:1.2.250.1.71.4.2.2', value: structure } },
      },
    ],
    entity: [{ role: 'source', what: { reference: `Binary/${binary}` } }],
  });
}
