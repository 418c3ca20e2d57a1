/** Position entries: where a Location is (https://hl7.org/fhir/R4/location-definitions.html#Location.position). */
import { Decimal, type JsonObject } from '../../fhir/json.js';
import { placeOf } from '../geo.js';
import type { Run, Visit } from './run.js';

const degrees = (value: unknown): number => (typeof value === 'number' || value instanceof Decimal ? Number(value) : NaN);

export function positionVisits(param: string): Readonly<Record<string, Visit>> {
  const position: Visit = (value, run: Run) => {
    const { latitude, longitude } = value as JsonObject;
    const place = placeOf(degrees(latitude), degrees(longitude));
    if (place) run.position.push({ param, contained: run.contained, ...place, mark: undefined });
  };
  return { 'Location.position': position };
}
