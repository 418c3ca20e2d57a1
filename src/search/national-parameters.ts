/**
 * Parameters beyond base R4 that the French and IHE guides ask for. Data: one row each, and the types of the elements that
 * their expressions touch and base expressions do not.
 *
 * ANS "Partage de documents de santé en mobilité" 3.1.1, IHE MHD 4.2.
 */
import type { PublishedParameter } from './definitions.js';

const pdsm = 'https://interop.esante.gouv.fr/ig/fhir/pdsm';
const mhd = 'https://profiles.ihe.net/ITI/MHD';

export const nationalParameters: readonly PublishedParameter[] = [
  {
    code: 'creation', base: ['DocumentReference'], type: 'date',
    url: `${mhd}/SearchParameter/DocumentReference-Creation`,
    expression: 'DocumentReference.content.attachment.creation',
  },
  {
    code: 'period-start', base: ['DocumentReference'], type: 'date',
    url: `${pdsm}/SearchParameter/PDSm-DocumentReference-period-start`,
    expression: 'DocumentReference.context.period.start',
  },
  {
    code: 'period-end', base: ['DocumentReference'], type: 'date',
    url: `${pdsm}/SearchParameter/PDSm-DocumentReference-period-end`,
    expression: 'DocumentReference.context.period.end',
  },
  {
    code: 'isArchived', base: ['DocumentReference', 'List'], type: 'token',
    url: `${pdsm}/SearchParameter/PDSm-isArchived`,
    expression: `extension.where(url='${pdsm}/StructureDefinition/pdsm-ext-is-archived').value`,
  },
  {
    code: 'authorOrg', base: ['List'], type: 'reference', target: ['Organization'],
    url: `${pdsm}/SearchParameter/PDSm-List-authorOrg`,
    expression: `List.extension.where(url='${mhd}/StructureDefinition/ihe-authorOrg').value`,
  },
  {
    code: 'designationType', base: ['List'], type: 'token',
    url: `${mhd}/SearchParameter/List-DesignationType`,
    expression: `List.extension.where(url='${mhd}/StructureDefinition/ihe-designationType').value`,
  },
  {
    code: 'sourceId', base: ['List'], type: 'token',
    url: `${mhd}/SearchParameter/List-SourceId`,
    expression: `List.extension.where(url='${mhd}/StructureDefinition/ihe-sourceId').value`,
  },
];

export const nationalElements: Readonly<Record<string, readonly string[]>> = {
  'Attachment.creation': ['dateTime'],
  'Period.start': ['dateTime'],
  'Period.end': ['dateTime'],
  'DocumentReference.extension': ['*', 'Extension'],
  'List.extension': ['*', 'Extension'],
};
