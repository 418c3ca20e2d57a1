/** The id that a request is named by in the answer, the audit record and the log. */
import { newId } from '../fhir/id.js';

/** Digits enough for a matricule, with or without its key, whatever divides them (2A and 2B are departments). */
const likeMatricule = /\d{11}|\d{5}2[AB]\d{6}/i;

/** The request id of the caller is kept when it is harmless, so that two logs can be read side by side; it never bears a matricule (rules 2.5). */
export function requestId(given: string | string[] | undefined): string {
  const harmless = typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) && !likeMatricule.test(given.replace(/[._-]/g, ''));
  return harmless ? given : newId();
}
