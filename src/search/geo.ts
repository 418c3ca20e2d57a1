/**
 * Places on the Earth, for `near` (https://hl7.org/fhir/R4/location.html#positional). A place is a point of the unit sphere; two
 * places are near when the straight line between their points is short enough, which is the great-circle distance told
 * without trigonometry: whatever a store computes with, it decides alike.
 */

/** Mean radius of the Earth (IUGG), metres. */
const radius = 6_371_008.8;
/** Bands of latitude to a degree: about 28 km each. */
const bandsPerDegree = 4;
/** More bands than this are one range, whose longitudes are only checked. */
const separateBands = 40;
/** Widens the box by what rounding may take from it; the exact check follows. */
const slack = 1e-9;

export interface Place {
  /** Degrees, -90 to 90. */
  readonly latitude: number;
  /** Degrees, -180 to 180. */
  readonly longitude: number;
}
export interface Point { readonly x: number; readonly y: number; readonly z: number }

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

export function pointOf({ latitude, longitude }: Place): Point {
  const around = Math.cos(radians(latitude));
  // -180 and 180 are one meridian.
  const east = radians(longitude === -180 ? 180 : longitude);
  return { x: around * Math.cos(east), y: around * Math.sin(east), z: Math.sin(radians(latitude)) };
}

/** The band of latitude that a place lies in. */
export const bandOf = (latitude: number): number => Math.floor((latitude + 90) * bandsPerDegree);

/** @returns undefined when it is no place of the Earth */
export function placeOf(latitude: number, longitude: number): Place | undefined {
  const there = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  return there ? { latitude, longitude } : undefined;
}

/** A piece of a box: bands from one to another, longitudes from west to east. */
export interface Strip {
  readonly from: number;
  readonly to: number;
  readonly west: number;
  readonly east: number;
}
export interface Area {
  readonly centre: Point;
  /** Square of the longest straight line from the centre, on the unit sphere. */
  readonly reach: number;
  /** Together they hold every place of the area. */
  readonly strips: readonly Strip[];
}

/** @param metres along the surface */
export function areaAround(centre: Place, metres: number): Area {
  const angle = Math.min(metres / radius, Math.PI);
  const degrees = (angle * 180) / Math.PI + slack;
  const south = Math.max(centre.latitude - degrees, -90);
  const north = Math.min(centre.latitude + degrees, 90);
  const [from, to] = [bandOf(south), bandOf(north)];
  const bands = to - from < separateBands ? Array.from({ length: to - from + 1 }, (_, at) => ({ from: from + at, to: from + at })) : [{ from, to }];
  const widths = longitudes(centre, angle, south === -90 || north === 90);
  return { centre: pointOf(centre), reach: (2 * Math.sin(angle / 2)) ** 2, strips: bands.flatMap((band) => widths.map((width) => ({ ...band, ...width }))) };
}

/** Longitudes that a circle touches: all around a pole, in two pieces across the date line. */
function longitudes({ latitude, longitude }: Place, angle: number, pole: boolean): readonly Pick<Strip, 'west' | 'east'>[] {
  const ratio = Math.sin(angle) / Math.cos(radians(latitude));
  if (pole || ratio >= 1) return [{ west: -180, east: 180 }];
  const half = (Math.asin(ratio) * 180) / Math.PI + slack;
  const [west, east] = [longitude - half, longitude + half];
  if (west <= -180) return [{ west: -180, east }, { west: west + 360, east: 180 }];
  return east >= 180 ? [{ west, east: 180 }, { west: -180, east: east - 360 }] : [{ west, east }];
}

/** Whether a place lies within so many metres of another, computed as the stores do. */
export function isWithin(place: Place, centre: Place, metres: number): boolean {
  const { centre: from, reach } = areaAround(centre, metres);
  const { x, y, z } = pointOf(place);
  return (x - from.x) * (x - from.x) + (y - from.y) * (y - from.y) + (z - from.z) * (z - from.z) <= reach;
}
