import { type Table } from './table';

const location = (id: string, partOf?: string): object => ({ resourceType: 'Location', id, status: 'active', ...(partOf === undefined ? {} : { partOf: { reference: `Location/${partOf}` } }) });
const organization = (id: string, partOf?: string): object => ({ resourceType: 'Organization', id, ...(partOf === undefined ? {} : { partOf: { reference: `Organization/${partOf}` } }) });
const encounter = (id: string, at: string, by?: string): object => ({ resourceType: 'Encounter', id, status: 'finished', class: { code: 'AMB' }, location: [{ location: { reference: `Location/${at}` } }], ...(by === undefined ? {} : { serviceProvider: { reference: `Organization/${by}` } }) });
const e = (query: string, ids: string) => ['Encounter', query, ids] as const;
const l = (query: string, ids: string) => ['Location', query, ids] as const;

/** site > (wing > (room1, room2), garden); a circle of two. */
export const hierarchies: Table = {
  title: 'hierarchies of references',
  resources: [
    location('site'), location('wing', 'site'), location('room1', 'wing'), location('room2', 'wing'), location('garden', 'site'), location('circle1', 'circle2'), location('circle2', 'circle1'),
    organization('group'), organization('hospital', 'group'), organization('ward', 'hospital'),
    encounter('atSite', 'site', 'group'), encounter('inWing', 'wing', 'hospital'), encounter('inRoom1', 'room1', 'ward'), encounter('inRoom2', 'room2'), encounter('inGarden', 'garden'), encounter('inCircle', 'circle1'), encounter('lost', 'gone'),
  ],
  rows: [
    e('location=wing', 'inWing'), e('location:below=wing', 'inWing inRoom1 inRoom2'), e('location:below=Location/wing', 'inWing inRoom1 inRoom2'), e('location:below=site', 'atSite inWing inRoom1 inRoom2 inGarden'), e('location:below=room1', 'inRoom1'), e('location:above=room1', 'atSite inWing inRoom1'), e('location:above=site', 'atSite'), e('location:below=gone', 'lost'), e('location:below=nobody', ''),
    e('location:below=circle2', 'inCircle'), e('location:above=circle2', 'inCircle'), e('location:below=room1,garden', 'inRoom1 inGarden'), e('location:below=wing&service-provider:below=hospital', 'inWing inRoom1'), e('service-provider:below=group', 'atSite inWing inRoom1'), e('service-provider:above=ward', 'atSite inWing inRoom1'),
    l('partof=site', 'wing garden'), l('partof:below=site', 'wing room1 room2 garden'), l('partof:below=wing', 'room1 room2'), l('partof:above=wing', 'wing room1 room2 garden'), l('partof:missing=true', 'site'), l('_has:Encounter:location:service-provider:below=hospital', 'wing room1'),
  ],
  refused: [['Encounter', 'subject:below=Patient/x', /it takes/], ['Encounter', 'location:below=Organization/x', /Type\/id, of Location/], ['Encounter', 'location:below=https://elsewhere.example/Location/x', /no hierarchy/]],
};
