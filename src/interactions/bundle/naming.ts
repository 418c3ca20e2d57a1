/** A failure inside a Bundle says which entry it is about. */
import { Failure, type Issue } from '../../fhir/failure.js';

/** The FHIRPath of an issue, as seen from the Bundle. */
function inEntry(expression: string, index: number): string {
  if (expression.startsWith('Bundle.')) return expression;
  const [, rest = ''] = /^[A-Z][A-Za-z]*(.*)$/s.exec(expression) ?? [undefined, `.${expression}`];
  return `Bundle.entry[${index}].resource${rest}`;
}

export const issueInEntry = (issue: Issue, index: number): Issue =>
  ({ ...issue, expression: issue.expression?.length ? issue.expression.map((one) => inEntry(one, index)) : [`Bundle.entry[${index}]`] });

/** The same failure, its expressions led by `Bundle.entry[index]`. */
export const failureInEntry = (failure: Failure, index: number): Failure =>
  new Failure(failure.failure, failure.status, failure.issues.map((issue) => issueInEntry(issue, index)), failure.headers, failure.concerns);

/** Runs the work on an entry; whatever it refuses, it refuses by the entry's name. */
export async function named<T>(index: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Failure ? failureInEntry(error, index) : error;
  }
}
