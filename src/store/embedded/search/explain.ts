/** A search with every statement of it noted, then explained by SQLite. */
import { mostQueries, planLines, type Explanation, type ExplainedQuery } from '../../search/explanation.js';
import type { Connection, Row, Statement } from '../connection.js';
import type { Names } from '../names.js';
import type { SqlValue } from '../sql.js';
import { searchPage, type SearchRequest } from './page.js';

interface Noted {
  readonly args: readonly SqlValue[];
  rows: number;
}

/** The same connection, which tells what is asked of it. */
function noting(connection: Connection, noted: Map<string, Noted>): Connection {
  const note = (text: string, args: readonly SqlValue[], rows: number): void => {
    const known = noted.get(text) ?? { args, rows: 0 };
    known.rows += rows;
    noted.set(text, known);
  };
  const told = (text: string): Statement => {
    const statement = connection.prepare(text);
    return {
      run: (...args) => statement.run(...args),
      get(...args) {
        const row = statement.get(...args);
        note(text, args, row === undefined ? 0 : 1);
        return row;
      },
      all(...args): Row[] {
        const rows = statement.all(...args);
        note(text, args, rows.length);
        return rows;
      },
    };
  };
  return { prepare: told, exec: (text) => connection.exec(text), get inTransaction() { return connection.inTransaction; }, close: () => connection.close() };
}

function explained(planner: Connection, text: string, { args, rows }: Noted): ExplainedQuery {
  const plan = planner.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...args);
  return { text: text.replace(/\s+/g, ' ').trim(), rows, steps: plan.map((row) => String(row[3])) };
}

/**
 * In the snapshot that the connection is in.
 * @param planner a connection for this alone: in libsql 0.5.29 a statement that explains stays open, and from then on the
 * connection that it was made on never leaves the next snapshot that it takes
 * @throws Failure as `searchPage`
 */
export function explainSearch(connection: Connection, names: Names, request: SearchRequest, planner: Connection): Explanation {
  const noted = new Map<string, Noted>();
  const { matches } = searchPage(noting(connection, noted), names, request);
  return {
    store: 'embedded', plan: planLines(request.plan), matches: matches.length,
    queries: [...noted].slice(0, mostQueries).map(([text, one]) => explained(planner, text, one)),
  };
}
