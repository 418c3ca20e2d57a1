/** `near` (https://hl7.org/fhir/R4/location.html#positional): `latitude|longitude|distance|unit`, the distance and its unit optional. */
import { placeOf } from '../geo.js';
import type { Clause } from '../plan.js';
import { canonicalUnit } from '../ucum.js';
import { badParameter } from './asking.js';
import { splitEscaped, unescaped } from './form.js';
import type { Asked } from './leaves.js';

const decimal = /^[+-]?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?$/;
const numberOf = (text: string): number => (decimal.test(text) ? Number(text) : NaN);
const form = 'its value is latitude|longitude|distance|unit: degrees (WGS84), a distance with a UCUM unit of length (km when left out)';

/** What people write for units that UCUM writes otherwise. */
const usual: Readonly<Record<string, string | undefined>> = { mi: '[mi_i]', ft: '[ft_i]', yd: '[yd_i]' };

/** @throws Failure bad-parameter */
function metresIn(name: string, distance: string, unit: string): number {
  const canonical = canonicalUnit(usual[unit] ?? unit);
  const number = numberOf(distance);
  if (canonical?.unit !== 'ucum:m' || !(number >= 0)) throw badParameter(name, form);
  return number * canonical.factor;
}

export function nearLeaf({ name, parameter, asking }: Asked, value: string): Clause {
  const [latitude = '', longitude = '', distance = '', unit = '', ...rest] = splitEscaped(value, '|').map(unescaped);
  const place = placeOf(numberOf(latitude), numberOf(longitude));
  if (!place || rest.length > 0) throw badParameter(name, form);
  const metres = distance === '' ? asking.options.nearDistance : metresIn(name, distance, unit === '' ? 'km' : unit);
  return { kind: 'near', param: parameter.param, ...place, metres };
}
