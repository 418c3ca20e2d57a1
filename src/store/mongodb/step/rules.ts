/** The rules that Consents give, kept in the records of the Patients that they are about. */
import type { ConsentRule } from '../../../access/facts.js';
import { readOptions } from '../connection.js';
import { Effect, type RuleFields } from '../documents.js';
import type { StepReading } from './standing.js';

/** One for each actor. */
const fieldsOf = (consent: string, { effect, actors, document, from, until }: ConsentRule): RuleFields[] =>
  (actors ?? [undefined]).map((actor) => ({
    e: Effect[effect], f: from, u: until, c: consent, ...(actor === undefined ? {} : { a: actor }), ...(document === undefined ? {} : { d: document }),
  }));

/**
 * @param rules what the Consent gives from now on; none lifts all that it gave
 * @param before Patients to whose records it gave rules so far
 * @returns those to whose records it gives rules now
 */
export async function replaceRules(reading: StepReading, consent: string, rules: readonly ConsentRule[], before: readonly string[]): Promise<string[]> {
  const { records } = reading.collections;
  const options = readOptions(reading);
  const given = new Map<string, RuleFields[]>();
  for (const rule of rules) given.set(rule.patient, [...(given.get(rule.patient) ?? []), ...fieldsOf(consent, rule)]);
  if (before.length > 0) await records.updateMany({ _id: { $in: [...before] } }, { $pull: { r: { c: consent } } }, options);
  for (const [_id, fields] of given) await records.updateOne({ _id }, { $push: { r: { $each: fields } } }, { ...options, upsert: true });
  return [...given.keys()];
}
