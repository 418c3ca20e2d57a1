/** An act that was performed (.62) → Procedure (french-interop 6.7). */
import type { JsonObject } from '../../../../fhir/json.js';
import type { XmlElement } from '../../../../fhir/xml/tree.js';
import { codings, concept } from '../../datatypes/codes.js';
import { child, children, compact } from '../../datatypes/elements.js';
import { choiceOf, spanOf } from '../../datatypes/intervals.js';
import { emptyReason } from '../absence.js';
import { denialOf, statusOf, type Denial } from '../denial.js';
import { authorOf, informant, named, performers, refer, TAKES } from '../people.js';
import { awaitReasons } from '../reasons-of.js';
import type { Entry, Mapper } from '../scribe.js';
import { identifiers, isToCome, notes, partsOf, take, textIn } from '../statements.js';
import type { Kind } from '../templates.js';
import { elementsRead, inlineNote, tellUnread } from '../unread.js';

const read = elementsRead('performer informant targetSiteCode approachSiteCode priorityCode');
const taken: ReadonlySet<Kind> = new Set(['comment', 'reference', 'problem']);
const statuses: Readonly<Record<string, string>> = {
  completed: 'completed', active: 'in-progress', new: 'preparation', held: 'on-hold', suspended: 'on-hold', aborted: 'stopped', cancelled: 'not-done',
};

export const procedure: Mapper = (statement, entry) => {
  const { scribe, reading } = entry;
  const denial = denialOf(statement);
  const empty = emptyReason(codings(child(statement, 'code')));
  if (empty !== undefined) {
    if (denial === 'denied') reading.leftOut('a denial of "no known procedure", which says nothing');
    else scribe.emptyReason ??= empty;
    return [];
  }
  const text = textIn(statement, entry);
  const code = concept(child(statement, 'code'), reading) ?? (text === undefined ? undefined : { text });
  if (code === undefined) {
    reading.leftOut('an act that is not named');
    return [];
  }
  tellUnread(statement, read, entry);
  const parts = take(partsOf(statement, entry), taken, entry);
  const time = spanOf(child(statement, 'effectiveTime'), reading);
  if (child(statement, 'priorityCode') !== undefined) reading.leftOut('the priority of an act');
  const resource: JsonObject = compact({
    resourceType: 'Procedure',
    identifier: identifiers(statement),
    status: status(statement, denial, time.start, entry),
    code,
    subject: { reference: scribe.context.subject },
    ...choiceOf('performed', time),
    recorder: refer(authorOf(statement, TAKES.recorder, entry)),
    asserter: refer(informant(statement, TAKES.recorder, entry)),
    performer: performers(statement).flatMap((performer) => {
      const function_ = concept(child(performer, 'functionCode'), reading);
      return named([performer], TAKES.procedurePerformer, entry).map(({ reference }) => compact({ function: function_, actor: { reference } }));
    }),
    bodySite: [...children(statement, 'targetSiteCode'), ...children(statement, 'approachSiteCode')].map((site) => concept(site, reading)).filter((site) => site !== undefined),
    note: [...(concept(child(statement, 'code'), reading) === undefined ? [] : inlineNote(statement, entry)), ...notes(parts, entry)],
  });
  awaitReasons(resource, parts, entry);
  return [scribe.draft(resource)];
};

/** What is to come is not done, whatever its statusCode says. */
function status(statement: XmlElement, denial: Denial | undefined, start: string | undefined, entry: Entry): string {
  const written = statusOf(statement);
  if (denial === 'error') return 'entered-in-error';
  if (denial === 'denied') return 'not-done';
  const found = written !== undefined && Object.hasOwn(statuses, written) ? (statuses[written] ?? 'unknown') : 'unknown';
  const future = isToCome(start, entry);
  return future && (found === 'completed' || found === 'in-progress' || found === 'unknown') ? 'preparation' : found;
}
