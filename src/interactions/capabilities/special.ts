/** What a search takes beside the search parameters of its type (https://hl7.org/fhir/R4/search.html), as metadata tells it. */
import type { FullText } from '../../search/index/full-text.js';

interface Special {
  readonly name: string;
  readonly type: 'special' | 'string';
  readonly documentation: string;
  /** Where it is offered. */
  readonly offered: (fullText: FullText) => boolean;
}
const always = (): boolean => true;

const specials: readonly Special[] = [
  { name: '_filter', type: 'special', documentation: 'Tests joined by and, or, not; at most FILTER_LIMIT of them.', offered: always },
  { name: '_list', type: 'special', documentation: 'The id of a List: what it holds now.', offered: always },
  { name: '_text', type: 'string', documentation: 'Words of the narrative, folded and stemmed for French. Those of whole resources (_content) are indexed where FULL_TEXT=content.', offered: (fullText) => fullText !== 'off' },
  { name: '_content', type: 'string', documentation: 'Words of the whole resource, folded and stemmed for French.', offered: (fullText) => fullText === 'content' },
];

/** Rows of `rest.searchParam`; they have no definition of the base standard that fits every type. */
export const specialParams = (fullText: FullText) => specials.filter(({ offered }) => offered(fullText)).map(({ name, type, documentation }) => ({ name, type, documentation }));
