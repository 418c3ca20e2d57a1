/** FHIR XML of a Bundle of 100 resources, written and read on one core. */
import { parseJson, type JsonObject } from '../../fhir/json.js';
import { readResource } from '../../fhir/resource.js';
import { writeFhirXml } from '../../fhir/xml/codec.js';
import { recordSize, recordTransaction } from './bundles.js';
import { megabytesPerSecond } from './calibrate.js';
import { atLeast, type Bar } from './report.js';

/** MB of XML per second. */
const bar = 20;

export function xmlBars(): readonly Bar[] {
  const bundle = parseJson(recordTransaction()) as JsonObject;
  const bytes = Buffer.from(writeFhirXml(bundle));
  const works = [['written', () => writeFhirXml(bundle)], ['read', () => readResource(bytes, 'xml')]] as const;
  return works.map(([what, work]) => {
    // The first ones compile what they run.
    megabytesPerSecond(bytes.length, work);
    return atLeast(`XML of a Bundle of ${recordSize} resources ${what}, MB/s`, bar, megabytesPerSecond(bytes.length, work));
  });
}
