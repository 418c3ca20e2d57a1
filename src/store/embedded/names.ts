/** Interned texts (types, parameters, systems, units, structures) as seen from one connection. */
import type { Connection } from './connection.js';

export interface Names {
  /** The number of a text, or undefined when nothing stored bears it yet. */
  id(text: string): number | undefined;
  /** @throws TypeError for a number that no name has */
  text(id: number): string;
}

/** Names never change and never go, so what was once found is kept. */
export function readNames(connection: Connection): Names {
  const ids = new Map<string, number>();
  const texts = new Map<number, string>();
  const byText = connection.prepare('SELECT id FROM name WHERE text = ?');
  const byId = connection.prepare('SELECT text FROM name WHERE id = ?');
  return {
    id(text) {
      const known = ids.get(text);
      if (known !== undefined) return known;
      const id = byText.get(text)?.[0];
      if (typeof id !== 'number') return undefined;
      if (ids.size >= keptNames) ids.clear();
      ids.set(text, id);
      return id;
    },
    text(id) {
      const known = texts.get(id);
      if (known !== undefined) return known;
      const text = byId.get(id)?.[0];
      if (typeof text !== 'string') throw new TypeError(`No name ${id}`);
      if (texts.size >= keptNames) texts.clear();
      texts.set(id, text);
      return text;
    },
  };
}
const keptNames = 20_000;
