/** Why a store cannot be opened: one clear line each, without secrets. */
import { MongoError, MongoServerError } from 'mongodb';
import { StoreRefused } from '../refused.js';
import { Code, codeOf } from './faults.js';

/** Where the store is, without user and password. */
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

const unusable = (place: string): string => `STORE_URL (${place}) is not a MongoDB URL that can be used.`;

type Rule = readonly [test: (thrown: MongoError) => boolean, text: (place: string, thrown: MongoError) => string];
const isAuthentication = (thrown: MongoError): boolean => codeOf(thrown) === Code.authenticationFailed || codeOf(thrown) === 8000
  || /Authentication failed/i.test(`${thrown.message} ${String(thrown.cause ?? '')}`);
/** Known when the first server answers: the driver then finds none that it can use. */
const isTooOld = (thrown: MongoError): boolean => [thrown, thrown.cause].some((each) => each instanceof MongoError && each.name === 'MongoCompatibilityError');

const rules: readonly Rule[] = [
  [isTooOld, (place) => `The MongoDB server at ${place} is too old for this version.`],
  [isAuthentication, (place) => `MongoDB at ${place} refuses the user or the password of STORE_URL.`],
  [(thrown) => codeOf(thrown) === Code.unauthorized, (place) => `The user of STORE_URL lacks a right on the database at ${place}: it needs the role readWrite there.`],
  [(thrown) => thrown.name === 'MongoParseError' || thrown.name === 'MongoInvalidArgumentError' || thrown.name === 'MongoAPIError', unusable],
  [(thrown) => codeOf(thrown) === Code.outOfDisk, (place) => `The disk of MongoDB at ${place} is full.`],
  [(thrown) => thrown.name === 'MongoServerSelectionError' || thrown.name.includes('Network'), (place, thrown) => `MongoDB at ${place} cannot be reached: ${selectionText(thrown)}.`],
  [(thrown) => thrown instanceof MongoServerError, (place, thrown) => `MongoDB at ${place} refuses to serve as a store: ${(thrown as MongoServerError).codeName ?? `code ${String((thrown as MongoServerError).code)}`}.`],
];

/** Whatever opening threw, as one line where it is the database's doing. */
export function refusalOf(url: string, thrown: unknown): unknown {
  // What the URL parser throws bears no class of the driver, and may repeat the URL.
  if (thrown instanceof Error && thrown.name === 'MongoParseError' && !(thrown instanceof MongoError)) return new StoreRefused(unusable(placeOf(url)));
  if (!(thrown instanceof MongoError)) return thrown;
  const rule = rules.find(([test]) => test(thrown));
  return rule === undefined ? thrown : new StoreRefused(rule[1](placeOf(url), thrown));
}
