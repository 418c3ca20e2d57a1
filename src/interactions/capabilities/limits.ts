/** The limits in force, told in words: R4 has no element for them. */
import { sizeText } from '../../fhir/size-text.js';
import type { Limit, Services } from '../services.js';

const setBy = ({ setting }: Limit): string => `(${setting})`;

/** Markdown, for `rest.documentation`. */
export function limitsText({ limits, store, baseUrl }: Pick<Services, 'limits' | 'store' | 'baseUrl'>): string {
  const { maxCommitWrites, maxCommitBytes } = store.capabilities;
  const rows: readonly (readonly [what: string, value: string])[] = [
    ['FHIR body', `${sizeText(limits.body.value)} ${setBy(limits.body)}`],
    ['CDA document', `${sizeText(limits.document.value)} ${setBy(limits.document)}`],
    ['Binary sent as bytes', `${sizeText(limits.binary.value)} ${setBy(limits.binary)}`],
    ['Entries of a batch or transaction', `${limits.entries.value} ${setBy(limits.entries)}`],
    ['Resources written in one step', String(maxCommitWrites)],
    ...(maxCommitBytes === undefined ? [] : [['Texts and index entries written in one step', `${maxCommitBytes} bytes (TRANSACTION_STORE_BYTES)`] as const]),
    ['Matches on a page', `${limits.pageDefault.value} ${setBy(limits.pageDefault)}, at most ${limits.pageMax.value} ${setBy(limits.pageMax)}`],
    ['Matches that a conditional delete deletes', `${limits.conditionalDelete.value} ${limits.conditionalDelete.value === 1 ? '(CONDITIONAL_DELETE)' : setBy(limits.conditionalDelete)}`],
    ['Versions looked at for one page of a history of a type or of the system', `${limits.history.value} ${setBy(limits.history)}`],
  ];
  return [`FHIR R4 at ${baseUrl}. Limits in force:`, '', ...rows.map(([what, value]) => `- ${what}: ${value}`)].join('\n');
}
