import { type Table } from './table';

const patient = (id: string, more: object): object => ({ resourceType: 'Patient', id, ...more });
const named = (id: string, name: object, more: object = {}): object => patient(id, { name: [name], ...more });
const q = (query: string, ids: string) => ['Patient', query, ids] as const;

export const strings: Table = {
  title: 'string',
  resources: [
    named('eve', { family: 'Lefèvre', given: ['Eve'] }), named('evelyn', { family: 'LEFEVRE', given: ['Evelyn', 'Severine'] }), named('jp', { family: 'Dupont-Martin', given: ['Jean-Pierre'], prefix: ['Dr'], suffix: ['Jr'] }), named('art', { family: "D'Artagnan", given: ['Charles'] }), named('tour', { family: 'De La Tour', text: 'Georges de La Tour' }),
    named('oe', { family: 'Œuvrard', given: ['Lætitia'] }), named('ss', { family: 'Strauß' }), named('pipe', { family: 'A,B|C$D\\E' }), named('percent', { family: '100%' }), named('under', { family: 'a_b' }), named('cjk', { family: '山田' }),
    patient('paris', { address: [{ line: ['12 rue de la Paix', 'Bâtiment B'], city: 'Paris', postalCode: '75002', state: 'Île-de-France', country: 'FR', district: 'Seine', use: 'home', text: 'chez Dupond' }] }),
    patient('two', { name: [{ family: 'Noir' }, { family: 'Blanc', given: ['Anne'] }] }), patient('none', { gender: 'female' }),
  ],
  rows: [
    // From the start of the field, whatever the case and the accents.
    q('given=eve', 'eve evelyn'), q('given=Eve', 'eve evelyn'), q('given=EVÉ', 'eve evelyn'), q('given=verine', ''), q('given=severine', 'evelyn'), q('family=lefevre', 'eve evelyn'), q('family=LEFÈVRE', 'eve evelyn'), q('family=lefevre2', ''),
    // A family name from each of its parts too.
    q('family=martin', 'jp'), q('family=dupont', 'jp'), q('family=dupont martin', 'jp'), q('family=dupontmartin', 'jp'), q('family=artagnan', 'art'), q("family=d'artagnan", 'art'), q('family=tour', 'tour'), q('family=la tour', 'tour'), q('family=latour', 'tour'), q('family=our', ''), q('given=pierre', ''), q('given=jean', 'jp'), q('given=jeanpierre', 'jp'),
    q('family=oeuvrard', 'oe'), q('family=Œuv', 'oe'), q('given=laetitia', 'oe'), q('family=strauss', 'ss'), q('family=山', 'cjk'), q('family=田', ''),
    // Name: every part of it. Signs of query languages are signs.
    q('name=dr', 'jp'), q('name=jr', 'jp'), q('name=georges', 'tour'), q('name=anne', 'two'), q('name=eve', 'eve evelyn'), q('family=100%25', 'percent'), q('family=%25', ''), q('family=_', ''), q('family=a_', 'art pipe under'), q('family=.*', ''),
    q('name=noir&name=blanc', 'two'), q('name=noir,eve', 'two eve evelyn'), q('family=noir&given=anne', 'two'),
    // Exactly as written, and anywhere.
    q('given:exact=Eve', 'eve'), q('given:exact=eve', ''), q('given:exact=EVE', ''), q('given:exact=Évé', ''), q('family:exact=Lefèvre', 'eve'), q('family:exact=Lefevre', ''), q('family:exact=Martin', ''), q('family:exact=Dupont-Martin', 'jp'), q('family:exact=A\\,B\\|C\\$D\\\\E', 'pipe'), q('given:exact=Severine,Eve', 'eve evelyn'), q('family:exact=DUPONT-MARTIN', ''),
    q('given:contains=ve', 'eve evelyn'), q('given:contains=VER', 'evelyn'), q('family:contains=artin', 'jp'), q('family:contains=tag', 'art'), q('family:contains=èv', 'eve evelyn'), q('name:contains=orge', 'tour'), q('family:contains=zzz', ''), q('given:contains=pierre', 'jp'),
    // Addresses.
    q('address=12 rue', 'paris'), q('address=rue', ''), q('address:contains=rue', 'paris'), q('address=batiment', 'paris'), q('address=paris', 'paris'), q('address=ile-de-france', 'paris'), q('address=75002', 'paris'), q('address=fr', 'paris'), q('address=chez', 'paris'), q('address=seine', 'paris'), q('address-city=PAR', 'paris'), q('address-city=75', ''), q('address-postalcode=750', 'paris'), q('address-country=FR', 'paris'), q('address-state=île', 'paris'), q('address:exact=Paris', 'paris'), q('address:exact=paris', ''),
    // What is said alike: any word of a name, each of those that are asked for.
    q('phonetic=lefaivre', 'eve evelyn'), q('phonetic=Dupond', 'jp'), q('phonetic=dupon martain', 'jp'), q('phonetic=dupond noir', ''), q('phonetic=jan', 'jp'), q('phonetic=blan,noire', 'two'), q('phonetic=artanian', ''), q('phonetic=artagnant', 'art'), q('phonetic:missing=true', 'paris none'), q('_filter=phonetic eq dupond', 'jp'),
    q('family:missing=true', 'paris none'), q('address:missing=false', 'paris'), q('name:missing=true&address:missing=true', 'none'),
  ],
  refused: [
    ['Patient', 'phonetic:exact=x', /it takes :missing$|it takes :missing\./], ['Patient', 'phonetic=-', /a name/], ['Patient', '_filter=phonetic co x', /phonetic/], ['Patient', 'family=', /value/], ['Patient', 'family=,', /value/], ['Patient', 'family:below=x', /:exact, :contains/], ['Patient', 'family:text=x', /:exact, :contains/], ['Patient', 'family:exact:contains=x', /more than one modifier/], ['Patient', 'familly=x', /familly/], ['Patient', 'family:missing=oui', /true or false/], ['Patient', 'family=a%00b', /U\+0000/],
  ],
};
