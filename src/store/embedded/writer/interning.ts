/**
 * Numbers for texts and for resources, as the one writer gives them. What a step added is forgotten when the step is
 * rolled back; numbers are never given twice.
 */
import type { ResourceKey } from '../../port.js';
import type { Connection } from '../connection.js';

const kept = 200_000;
const keptAbsent = 10_000;

/** A map in front of a table, whose additions can be taken back. */
class Known {
  private readonly numbers = new Map<string, number>();
  private added: string[] = [];

  get(key: string): number | undefined {
    return this.numbers.get(key);
  }
  remember(key: string, number: number): number {
    this.numbers.set(key, number);
    this.added.push(key);
    return number;
  }
  forget(key: string): void {
    this.numbers.delete(key);
  }
  settle(): void {
    this.added = [];
    if (this.numbers.size >= kept) this.numbers.clear();
  }
  undo(): void {
    for (const key of this.added) this.numbers.delete(key);
    this.added = [];
  }
  clear(): void {
    this.numbers.clear();
    this.added = [];
  }
}

const nextOf = (connection: Connection, sql: string): number => ((connection.prepare(sql).get()?.[0] as number | null | undefined) ?? 0) + 1;

export class Interning {
  private readonly names = new Known();
  private readonly rids = new Known();
  /** Texts that have no number: nobody but this thread gives one. */
  private readonly absent = new Set<string>();
  private nextName: number;
  private nextRid: number;

  constructor(private readonly connection: Connection) {
    this.nextName = nextOf(connection, 'SELECT max(id) FROM name');
    this.nextRid = Math.max(nextOf(connection, 'SELECT max(rid) FROM res'), nextOf(connection, "SELECT value FROM meta WHERE key = 'rid'"));
  }

  /** The number of a text, or undefined when nothing stored bears it yet. */
  knownName(text: string): number | undefined {
    const known = this.names.get(text);
    if (known !== undefined || this.absent.has(text)) return known;
    const stored = this.connection.prepare('SELECT id FROM name WHERE text = ?').get(text)?.[0] as number | undefined;
    if (stored !== undefined) return this.names.remember(text, stored);
    if (this.absent.size >= keptAbsent) this.absent.clear();
    this.absent.add(text);
    return undefined;
  }

  /** The number of a text, given to it now when it has none. */
  name(text: string): number {
    const known = this.knownName(text);
    if (known !== undefined) return known;
    this.absent.delete(text);
    const id = this.nextName++;
    this.connection.prepare('INSERT INTO name(id, text) VALUES (?, ?)').run(id, text);
    return this.names.remember(text, id);
  }

  /** The number of a resource that was written or mentioned before. */
  rid(type: string, id: string): number | undefined {
    const key = `${type}/${id}`;
    const known = this.rids.get(key);
    if (known !== undefined) return known;
    const stored = this.connection.prepare('SELECT rid FROM res WHERE id = ? AND type = ?').get(id, this.name(type))?.[0] as number | undefined;
    return stored === undefined ? undefined : this.rids.remember(key, stored);
  }

  /** Looks up together what {@link met} is then asked for one by one: most of what a step writes is new. */
  meet(keys: readonly ResourceKey[]): void {
    const unknown = keys.filter(({ type, id }) => this.met(type, id) === undefined).map(({ id }) => id);
    if (unknown.length === 0) return;
    const stored = this.connection.prepare('SELECT n.text, r.id, r.rid FROM json_each(?) j CROSS JOIN res r ON r.id = j.value CROSS JOIN name n ON n.id = r.type').all(JSON.stringify(unknown));
    for (const [type, id, rid] of stored) this.rids.remember(`${String(type)}/${String(id)}`, rid as number);
  }

  /** As {@link rid}, for a resource that was met in this step. */
  met(type: string, id: string): number | undefined {
    return this.rids.get(`${type}/${id}`);
  }

  /** A number for a resource that has none; its row in `res` is to be inserted in the same step. */
  newRid(type: string, id: string): number {
    return this.rids.remember(`${type}/${id}`, this.nextRid++);
  }

  /** Gives a text the number that it had in the store that it comes from. */
  placeName(text: string, id: number): void {
    if (this.names.get(text) !== undefined) throw new TypeError('A text is given a second number');
    this.absent.delete(text);
    this.nextName = Math.max(this.nextName, id + 1);
    this.connection.prepare('INSERT INTO name(id, text) VALUES (?, ?)').run(id, text);
    this.names.remember(text, id);
  }

  /** Gives a resource the number that it had in the store that it comes from. */
  placeRid(type: string, id: string, rid: number): void {
    this.nextRid = Math.max(this.nextRid, rid + 1);
    this.rids.remember(`${type}/${id}`, rid);
  }

  forgetRid(type: string, id: string): void {
    this.rids.forget(`${type}/${id}`);
  }

  /** The greatest number given so far: kept in `meta` when rows go, so that it is not given again. */
  get lastRid(): number {
    return this.nextRid - 1;
  }

  /** A step stands. */
  settle(): void {
    this.names.settle();
    this.rids.settle();
  }
  /** A step was rolled back. */
  undo(): void {
    this.names.undo();
    this.rids.undo();
  }
  /** The whole transaction was rolled back. */
  clear(): void {
    this.names.clear();
    this.rids.clear();
  }
}
