/** What only the store itself can see: rows that hang together with nothing, counts that do not add up, a damaged file. */
import type { Finding } from '../../upkeep.js';
import { inSnapshot, type Connection } from '../connection.js';
import { readNames } from '../names.js';
import { chunksPerContent, entryTableNames, Exposure, severalOwners, State } from '../schema.js';

/** Findings of one kind that are told. */
const most = 1000;

interface Inspection {
  readonly text: string;
  /** Selects numbers of resources, or of contents. */
  readonly select: string;
  readonly of?: 'content';
}

const stored = `state <> ${State.mentioned}`;
const isStored = (rid: string): string => `EXISTS (SELECT 1 FROM res s WHERE s.rid = ${rid} AND s.${stored})`;
const isLive = (rid: string): string => `EXISTS (SELECT 1 FROM res s WHERE s.rid = ${rid} AND s.state = ${State.live})`;
/** How many versions name each content. */
const named = `WITH named(id) AS (SELECT content FROM body WHERE content > 0 UNION ALL SELECT big FROM body WHERE big > 0
  UNION ALL SELECT content FROM past WHERE content > 0 UNION ALL SELECT big FROM past WHERE big > 0), counted(id, n) AS (SELECT id, count(*) FROM named GROUP BY id)`;

const bytes: readonly Inspection[] = [
  { of: 'content', text: 'has chunks, but is not there', select: `SELECT DISTINCT k / ${chunksPerContent} FROM chunk WHERE NOT EXISTS (SELECT 1 FROM content c WHERE c.id = k / ${chunksPerContent})` },
  { of: 'content', text: 'is named by a version, but is not there', select: `${named} SELECT id FROM counted WHERE NOT EXISTS (SELECT 1 FROM content c WHERE c.id = counted.id)` },
  { of: 'content', text: 'counts other versions than those that name it', select: `${named} SELECT c.id FROM content c LEFT JOIN counted USING (id) WHERE c.held <> COALESCE(n, 0)` },
  { text: 'has a current text, but is not live', select: `SELECT rid FROM body WHERE NOT ${isLive('body.rid')}` },
  { text: 'has past versions, but is not there', select: `SELECT DISTINCT rid FROM past WHERE NOT ${isStored('past.rid')}` },
  { text: 'bears a time later than the clock of the store', select: "SELECT rid FROM res WHERE lu > (SELECT value FROM meta WHERE key = 'clock')" },
];

const claims: readonly Inspection[] = [
  { text: 'holds a claim, but is not there', select: `SELECT DISTINCT rid FROM claim WHERE NOT ${isStored('claim.rid')}` },
  // A deleted document keeps its identifier and a deleted Patient their INS, everything else frees what it held.
  {
    text: 'is deleted, but holds a claim', select: `SELECT DISTINCT c.rid FROM claim c JOIN res r ON r.rid = c.rid AND r.state = ${State.deleted}
      WHERE c.kind NOT IN (SELECT id FROM name WHERE text IN ('document', 'patient-ins'))`,
  },
];

const entries: readonly Inspection[] = entryTableNames.map((name) =>
  ({ text: `has index entries (${name}), but is not live`, select: `SELECT rid FROM ${name} INDEXED BY ${name}_r WHERE NOT ${isLive(`${name}.rid`)} GROUP BY rid` }));

const owners: readonly Inspection[] = [
  { text: 'belongs to people, but names none', select: `SELECT rid FROM res WHERE ${stored} AND exposure IN (${Exposure.owned}, ${Exposure.subject}) AND pt = 0` },
  { text: 'belongs to nobody, but names an owner', select: `SELECT rid FROM res WHERE ${stored} AND exposure IN (${Exposure.public}, ${Exposure.private}) AND pt <> 0` },
  { text: 'is not in the record of its owner', select: `SELECT rid FROM res r WHERE ${stored} AND pt > 0 AND NOT EXISTS (SELECT 1 FROM own o WHERE o.pt = r.pt AND o.type = r.type AND o.sd = r.sd AND o.rid = r.rid)` },
  { text: 'has several owners, who are not named', select: `SELECT rid FROM res r WHERE ${stored} AND pt = ${severalOwners} AND (SELECT count(*) FROM owner o WHERE o.rid = r.rid) < 2` },
  {
    text: 'is not in the record of one of its owners',
    select: 'SELECT DISTINCT w.rid FROM owner w JOIN res r ON r.rid = w.rid WHERE NOT EXISTS (SELECT 1 FROM own o WHERE o.pt = w.pt AND o.type = r.type AND o.sd = r.sd AND o.rid = r.rid)',
  },
  {
    text: 'is in a record of which it is no part',
    select: `SELECT DISTINCT o.rid FROM own o WHERE NOT EXISTS (SELECT 1 FROM res r WHERE r.rid = o.rid AND r.${stored} AND r.type = o.type AND r.sd = o.sd
      AND (r.pt = o.pt OR (r.pt = ${severalOwners} AND EXISTS (SELECT 1 FROM owner w WHERE w.rid = r.rid AND w.pt = o.pt))))`,
  },
  { text: 'has an owner of whom nothing is known', select: 'SELECT DISTINCT o.rid FROM own o WHERE NOT EXISTS (SELECT 1 FROM res p WHERE p.rid = o.pt)' },
  { text: 'has a second writer, but no first one', select: 'SELECT DISTINCT w.rid FROM wrote w WHERE NOT EXISTS (SELECT 1 FROM res r WHERE r.rid = w.rid AND r.st <> 0)' },
];

const documents: readonly Inspection[] = [
  { text: 'is ruled by a document that has no access row', select: `SELECT rid FROM res r WHERE ${stored} AND doc > 0 AND NOT EXISTS (SELECT 1 FROM doc d WHERE d.rid = r.doc)` },
  { text: 'is a document without access row', select: `SELECT rid FROM res WHERE ${stored} AND type IN (SELECT id FROM name WHERE text = 'DocumentReference') AND doc <> rid` },
  {
    text: 'does not bear the labels of its chain',
    select: 'SELECT rid FROM doc WHERE labels <> (SELECT max(d.own & 1) | max(d.own & 2) | max(d.own & 4) FROM doc d WHERE d.chain = doc.chain)',
  },
  { text: 'has chain keys or authors, but no access row', select: 'SELECT doc FROM doc_key WHERE doc NOT IN (SELECT rid FROM doc) UNION SELECT doc FROM author WHERE doc NOT IN (SELECT rid FROM doc)' },
  { text: 'gives consent rules, but is not live', select: `SELECT DISTINCT consent FROM rule WHERE NOT ${isLive('rule.consent')}` },
  { text: 'gives a rule about somebody of whom nothing is known', select: 'SELECT DISTINCT consent FROM rule WHERE NOT EXISTS (SELECT 1 FROM res p WHERE p.rid = rule.patient)' },
  { text: 'masks a document that has no access row', select: 'SELECT DISTINCT consent FROM rule WHERE doc > 0 AND NOT EXISTS (SELECT 1 FROM doc d WHERE d.rid = rule.doc)' },
];

const inspections: readonly Inspection[] = [...bytes, ...claims, ...entries, ...owners, ...documents];

/** One finding for each resource or content and each thing that is wrong with it. */
export async function* inspectStore(connection: Connection): AsyncIterable<Finding> {
  for (const text of fileFaults(connection)) yield { subject: 'database file', text };
  const names = readNames(connection);
  const label = (rid: number): string => {
    const row = connection.prepare('SELECT type, id FROM res WHERE rid = ?').get(rid);
    return row === undefined ? `resource ${rid}` : `${names.text(row[0] as number)}/${String(row[1])}`;
  };
  for (const { text, select, of } of inspections) {
    const found = inSnapshot(connection, () => connection.prepare(`${select} LIMIT ${most}`).all());
    for (const [number] of found) yield { subject: of === 'content' ? `content ${Number(number)}` : label(number as number), text };
  }
}

/** What the database says of its own file. */
function fileFaults(connection: Connection): string[] {
  return connection.prepare('PRAGMA integrity_check(100)').all().map(([text]) => String(text)).filter((text) => text !== 'ok');
}
