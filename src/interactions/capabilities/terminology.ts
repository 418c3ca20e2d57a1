/**
 * `metadata?mode=terminology`: https://hl7.org/fhir/R4/terminologycapabilities.html. There is no terminology service here, and
 * the statement says just that; searches look value sets and code systems up that are stored here.
 */
import { instantText } from '../../fhir/date.js';
import type { Services } from '../services.js';

const words = 'No terminology operations are offered ($expand, $validate-code, $lookup, $translate, $subsumes). In searches, :in and :not-in use the value sets, :above and :below the code systems that are stored here.';

/** @param built ms UTC */
export const terminologyCapabilities = ({ version, baseUrl }: Pick<Services, 'version' | 'baseUrl'>, built: number) => ({
  resourceType: 'TerminologyCapabilities',
  status: 'active',
  date: instantText(built),
  description: words,
  kind: 'instance',
  software: { name: 'Passerelle', version },
  implementation: { description: 'Passerelle', url: baseUrl },
});
