import { type Table } from './table';

const place = (id: string, latitude: number, longitude: number): string => `{"resourceType":"Location","id":"${id}","status":"active","position":{"latitude":${latitude},"longitude":${longitude}}}`;
const q = (near: string, ids: string) => ['Location', `near=${near}`, ids] as const;

/** Distances from Notre-Dame by the haversine: Louvre 1.3 km, Eiffel 4.1, Versailles 17.5, Lille 204, Marseille 660, Fort-de-France 6,850. */
export const places: Table = {
  title: 'near',
  resources: [
    place('dame', 48.85296, 2.34992), place('louvre', 48.86061, 2.33764), place('eiffel', 48.85837, 2.29448), place('versailles', 48.80486, 2.12036), place('lille', 50.62925, 3.05726), place('marseille', 43.29648, 5.36978), place('fort', 14.60365, -61.06698),
    place('westFiji', -16.5, 179.99), place('eastFiji', -16.5, -179.99), place('pole', 89.99, 0), place('beyond', 89.99, 180), place('dateline', 0, 180), place('dateline2', 0, -180),
    { resourceType: 'Location', id: 'nowhere', status: 'active', name: 'Ailleurs' },
    { resourceType: 'Encounter', id: 'visit', status: 'finished', class: { code: 'AMB' }, location: [{ location: { reference: 'Location/eiffel' } }] },
    { resourceType: 'Encounter', id: 'far', status: 'finished', class: { code: 'AMB' }, location: [{ location: { reference: 'Location/lille' } }] },
  ],
  rows: [
    q('48.85296|2.34992|1|km', 'dame'), q('48.85296|2.34992|1.5|km', 'dame louvre'), q('48.85296|2.34992|1500|m', 'dame louvre'), q('48.85296|2.34992|1|mi', 'dame louvre'), q('48.85296|2.34992|1|[mi_i]', 'dame louvre'), q('48.85296|2.34992|5', 'dame louvre eiffel'), q('48.85296|2.34992|20|km', 'dame louvre eiffel versailles'), q('48.85296|2.34992|250|km', 'dame louvre eiffel versailles lille'), q('48.85296|2.34992|1000|km', 'dame louvre eiffel versailles lille marseille'), q('48.85296|2.34992|7000|km', 'dame louvre eiffel versailles lille marseille fort pole beyond'),
    q('48.85296|2.34992|0|km', 'dame'), q('48.85296|2.34992', 'dame louvre eiffel'), q('48.85296|2.34992||', 'dame louvre eiffel'), q('48.85296|2.34992||mi', 'dame louvre eiffel'), q('48.85296|2.34992|30000|km', 'dame louvre eiffel versailles lille marseille fort westFiji eastFiji pole beyond dateline dateline2'), q('4.885296e1|2.34992|1|km', 'dame'),
    // Across the date line, around a pole.
    q('-16.5|179.99|5|km', 'westFiji eastFiji'), q('-16.5|-179.99|5|km', 'westFiji eastFiji'), q('-16.5|-179.99|1|km', 'eastFiji'), q('90|0|2|km', 'pole beyond'), q('89.99|90|2|km', 'pole beyond'), q('89.99|0|1|km', 'pole'), q('0|180|1|km', 'dateline dateline2'), q('0|-180|0|km', 'dateline dateline2'), q('-90|0|100|km', ''),
    q('48.85296|2.34992|1|km,50.62925|3.05726|1|km', 'dame lille'), ['Location', 'near=48.85296|2.34992|20|km&near=48.80486|2.12036|15|km', 'eiffel versailles'], ['Location', 'near:missing=true', 'nowhere'], ['Location', 'near:missing=false&near=14.6|-61.06|5|km', 'fort'],
    ['Encounter', 'location.near=48.85296|2.34992|5|km', 'visit'], ['Location', '_has:Encounter:location:status=finished&near=50.6|3|20|km', 'lille'],
  ],
  refused: [
    ['Location', 'near=48.85', /latitude\|longitude/], ['Location', 'near=91|0', /latitude/], ['Location', 'near=0|181', /latitude/], ['Location', 'near=a|b', /latitude/], ['Location', 'near=48|2|5|kg', /latitude/], ['Location', 'near=48|2|-5|km', /latitude/], ['Location', 'near=48|2|5|km|x', /latitude/], ['Location', 'near:exact=48|2', /:missing/], ['Location', '_sort=near', /no order/],
  ],
};
