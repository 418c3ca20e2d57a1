/** Asks the embedded store by hand: one connection, one prepared statement after another. */
import { join } from 'node:path';
import { decodeText } from '../../../store/body/codec.js';
import { openReadConnection, type Row } from '../../../store/embedded/connection.js';
import { readNames } from '../../../store/embedded/names.js';
import { bundleOf, type ByHand, type Told } from './answer.js';
import { countedTo, countOf, isAboutEach } from './questions.js';
import { statements } from './sql.js';

/** @param folder of the server @param base of its addresses */
export function askSql(folder: string, base: string): ByHand & { close(): void } {
  const connection = openReadConnection(join(folder, 'store'));
  const names = readNames(connection);
  const texts = new Map<string, string>();
  const written = (text: string): string => {
    const known = texts.get(text) ?? text.replace(/\{([^}]+)\}/g, (_, name: string) => String(names.id(name) ?? -1));
    texts.set(text, known);
    return known;
  };
  const rows = (text: string, argument?: string): Row[] => {
    const sql = written(text);
    return connection.prepare(sql).all(...sql.split('?').slice(1).map(() => argument ?? ''));
  };
  const told = (row: Row): Told => {
    const [, type, id, body] = row as readonly [number, number, string, string | Buffer];
    return { type: names.text(type), id, text: decodeText(body) };
  };
  return {
    async ask(question, patient) {
      const { page, total, along } = statements[question];
      const argument = isAboutEach(question) ? patient : undefined;
      const matches = rows(page, argument);
      const counted = matches.length < countOf(question) ? matches.length : Number(total === undefined ? matches[0]?.[4] : rows(total, argument)[0]?.[0]);
      const brought = along === undefined ? [] : rows(along, JSON.stringify(matches.map(([rid]) => rid)));
      return bundleOf(base, matches.map(told), brought.map(told), counted > countedTo ? undefined : counted);
    },
    close: () => connection.close(),
  };
}
