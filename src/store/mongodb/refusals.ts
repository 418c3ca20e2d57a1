/** Why a store cannot be opened: one clear line each, without secrets. */
import { MongoError, MongoMissingDependencyError, MongoServerError } from 'mongodb';
import { StoreRefused } from '../refused.js';
import { Code, codeOf } from './faults.js';

/** Where the store is, without user and password. @param url that the driver takes: in another, a character that is not encoded may hide where they end */
export function placeOf(url: string): string {
  const rest = url.replace(/^mongodb(\+srv)?:\/\//, '');
  return rest.slice(rest.lastIndexOf('@', rest.indexOf('/') < 0 ? rest.length : rest.indexOf('/')) + 1).replace(/\?.*$/, '').replace(/\/$/, '');
}

export const standAlone = (place: string): StoreRefused => new StoreRefused(
  `The MongoDB server at ${place} stands alone and has no transactions. Start it with --replSet rs0, then make it a replica set of one: mongosh --host ${place.split('/')[0] ?? place} --eval 'rs.initiate()'`,
);

const connectionCauses: readonly (readonly [test: RegExp, text: string])[] = [
  [/ECONNREFUSED/, 'nothing listens there'],
  [/ENOTFOUND|EAI_AGAIN|querySrv|ENODATA/, 'its name cannot be resolved'],
  [/ETIMEDOUT|timed out|timeout/i, 'it does not answer'],
  [/certificate|TLS|SSL/i, 'the TLS connection fails'],
];

function selectionText(thrown: MongoError): string {
  const text = `${thrown.message} ${String(thrown.cause ?? '')}`;
  return connectionCauses.find(([test]) => test.test(text))?.[1] ?? 'no primary is there (if it is new: rs.initiate())';
}

/** Names no place: where it begins cannot be told. What the driver threw may repeat the URL. */
export const unusable = (): StoreRefused => new StoreRefused('STORE_URL is not a MongoDB URL that can be used: look at its hosts, its options and its database, and percent-encode each of : / ? # [ ] @ in user and password.');

type Rule = readonly [test: (thrown: MongoError) => boolean, text: (place: string, thrown: MongoError) => string];
const isAuthentication = (thrown: MongoError): boolean => codeOf(thrown) === Code.authenticationFailed || codeOf(thrown) === 8000
  || /Authentication failed/i.test(`${thrown.message} ${String(thrown.cause ?? '')}`);
/** Known when the first server answers: the driver then finds none that it can use. */
const isTooOld = (thrown: MongoError): boolean => [thrown, thrown.cause].some((each) => each instanceof MongoError && each.name === 'MongoCompatibilityError');

const rules: readonly Rule[] = [
  [isTooOld, (place) => `The MongoDB server at ${place} is too old for this version.`],
  [isAuthentication, (place) => `MongoDB at ${place} refuses the user or the password of STORE_URL.`],
  [(thrown) => codeOf(thrown) === Code.unauthorized, (place) => `The user of STORE_URL lacks a right on the database at ${place}: it needs the role readWrite there.`],
  [(thrown) => thrown instanceof MongoMissingDependencyError, (_, thrown) => `An option of STORE_URL needs the module "${(thrown as MongoMissingDependencyError).dependencyName}", which this server does not bring.`],
  [(thrown) => codeOf(thrown) === Code.outOfDisk, (place) => `The disk of MongoDB at ${place} is full.`],
  [(thrown) => thrown.name === 'MongoServerSelectionError' || thrown.name.includes('Network'), (place, thrown) => `MongoDB at ${place} cannot be reached: ${selectionText(thrown)}.`],
  [(thrown) => thrown instanceof MongoServerError, (place, thrown) => `MongoDB at ${place} refuses to serve as a store: ${(thrown as MongoServerError).codeName ?? `code ${String((thrown as MongoServerError).code)}`}.`],
];

/** What is thrown where a URL says what cannot be; the driver's parser of URLs throws what bears no class of the driver. */
const misread: readonly string[] = ['MongoParseError', 'MongoInvalidArgumentError', 'MongoAPIError'];
const isResolver = (thrown: Error): boolean => 'syscall' in thrown && /^(?:query|getaddrinfo)/.test(String(thrown.syscall));

/** Whatever opening threw, as one line where it is the database's doing. */
export function refusalOf(url: string, thrown: unknown): unknown {
  if (thrown instanceof Error && misread.includes(thrown.name)) return unusable();
  // The records of mongodb+srv are looked up before there is a driver that could tell.
  if (thrown instanceof Error && isResolver(thrown)) return new StoreRefused(`MongoDB at ${placeOf(url)} cannot be reached: its name cannot be resolved.`);
  if (!(thrown instanceof MongoError)) return thrown;
  const rule = rules.find(([test]) => test(thrown));
  return rule === undefined ? thrown : new StoreRefused(rule[1](placeOf(url), thrown));
}
