/** One WriteSet as one step: judged, then written, all or nothing. */
import type { AccessFacts } from '../../../access/facts.js';
import { unpackPart } from '../../../search/packed-entries.js';
import type { AccessWrite, ContentRef, DeleteWrite, ResourceKey } from '../../port.js';
import { encodeText } from '../../body/codec.js';
import type { Connection } from '../connection.js';
import { Exposure, farPast, State } from '../schema.js';
import type { WireOutcome, WirePut, WireSet, WireWrite } from '../wire.js';
import { textHash, versionText } from '../../body/text.js';
import type { BulkInsert } from './bulk.js';
import type { Chains } from './chains.js';
import type { Claims } from './claims.js';
import { StepConflict, StepLater } from './conflict.js';
import type { Contents } from './contents.js';
import type { EntryRows, Named, Numbers } from './entry-rows.js';
import type { Guards } from './guards.js';
import type { Interning } from './interning.js';
import type { OwnerRows } from './owner-rows.js';
import type { Rules } from './rules.js';

/** What stands of a resource before the step. */
export interface Standing {
  readonly rid: number;
  readonly type: number;
  readonly version: number;
  readonly lu: number;
  readonly sd: number;
  readonly state: number;
  readonly exposure: number;
  readonly pt: number;
  readonly st: number;
}
interface Place<W extends WireWrite = WireWrite> {
  readonly write: W;
  readonly rid: number;
  /** undefined: never written nor mentioned */
  readonly standing: Standing | undefined;
  /** Halves of the text of a put that is not `big`. */
  readonly before: string;
  readonly after: string;
  /** Of its part. */
  readonly named: Named;
  /** Packed entries of a put. */
  readonly more: readonly Uint8Array[];
  /** Of a put that is `own`. */
  readonly bytes?: Uint8Array | undefined;
}
const isPut = (place: Place): place is Place<WirePut> => place.write.kind === 'put';

export interface Rooms {
  readonly interning: Interning;
  readonly numbers: Numbers;
  readonly entries: EntryRows;
  readonly owners: OwnerRows;
  readonly chains: Chains;
  readonly claims: Claims;
  readonly rules: Rules;
  readonly contents: Contents;
  readonly guards: Guards;
  readonly newResources: BulkInsert;
  readonly bodies: BulkInsert;
}

export class WriteSets {
  /** Documents that resources of this set were drawn from, with the labels of their chains once they are settled. */
  private readonly drawnFrom = new Map<number, number | undefined>();

  constructor(private readonly connection: Connection, private readonly rooms: Rooms, private readonly now: () => number) {}

  /**
   * @throws StepConflict when a guard, an expectation or a claim does not hold
   * @throws StepLater when a resource was already written at this instant
   */
  apply({ parts, guards }: WireSet): WireOutcome {
    this.drawnFrom.clear();
    const failed = this.rooms.guards.judge(guards);
    if (failed !== undefined) throw new StepConflict(failed);
    const places = this.places(parts);
    const generation = this.generation();
    for (const place of places) {
      if (isPut(place) && place.write.entries.by !== generation) throw new StepConflict({ kind: 'index' });
      this.judge(place);
    }
    this.takeClaims(places);
    for (const place of places) this.write(place);
    this.rooms.newResources.flush();
    this.rooms.bodies.flush();
    this.rooms.owners.flush();
    this.rooms.entries.flush();
    return { versions: places.flatMap((place) => this.outcome(place)) };
  }

  /** Of the parameters that entries have to be made by. */
  private generation(): number {
    return Number(this.connection.prepare("SELECT value FROM meta WHERE key = 'generation'").get()?.[0] ?? 0);
  }

  /** Every resource of the set gets its number first, so that what refers to it is no mere mention. */
  private places(parts: WireSet['parts']): Place[] {
    const seen = new Set<number>();
    return parts.flatMap(({ writes, names, bodies, entries, contents }) => {
      let [at, packed, own] = [0, 0, 0];
      const parsed = JSON.parse(writes) as WireWrite[];
      this.rooms.interning.meet(parsed);
      const named = this.rooms.entries.named(names);
      return parsed.map((write): Place => {
        const known = this.rooms.interning.met(write.type, write.id);
        const rid = known ?? this.rooms.interning.newRid(write.type, write.id);
        if (seen.has(rid)) throw new TypeError(`${write.type}/${write.id} stands twice in one step`);
        seen.add(rid);
        const halves = write.kind === 'put' && write.big === undefined;
        const [before = '', after = ''] = halves ? bodies.slice(at, at + 2) : [];
        if (halves) at += 2;
        const more = entries.slice(packed, packed += write.kind === 'put' ? write.more ?? 0 : 0);
        const bytes = write.kind === 'put' && write.own === true ? contents[own++] : undefined;
        return { write, rid, standing: known === undefined ? undefined : this.standing(known), before, after, named, more, bytes };
      });
    });
  }

  private standing(rid: number): Standing | undefined {
    const row = this.connection.prepare('SELECT type, version, lu, sd, state, exposure, pt, st FROM res WHERE rid = ?').get(rid);
    if (row === undefined) return undefined;
    const [type, version, lu, sd, state, exposure, pt, st] = row as unknown as [number, number, number, number, number, number, number, number];
    return { rid, type, version, lu, sd, state, exposure, pt, st };
  }

  private judge({ write, standing }: Place): void {
    const state = standing?.state ?? State.mentioned;
    const current = state === State.mentioned ? undefined : standing?.version;
    const live = state === State.live;
    const holds = write.kind === 'access' ? live
      : write.kind === 'delete' && !live ? false
        : write.expect === 'any' || (write.expect === 'absent' ? !live : write.expect.version === current);
    const key = { type: write.type, id: write.id };
    if (!holds) throw new StepConflict({ kind: 'version', key, ...(current === undefined ? {} : { current }), deleted: state === State.deleted });
    if (write.kind !== 'access' && current !== undefined && standing !== undefined && standing.lu >= this.now()) throw new StepLater();
  }

  /** What is let go of is free for the others of the set. */
  private takeClaims(places: readonly Place[]): void {
    const { claims } = this.rooms;
    for (const { write, rid, standing } of places) {
      if (write.kind !== 'access' && standing !== undefined && standing.state !== State.mentioned) claims.release(rid, write.claims);
    }
    for (const { write, rid, standing } of places) {
      if (write.kind === 'access') continue;
      if (write.kind === 'delete' || standing?.state === State.deleted) claims.holderTurns(write.claims);
      for (const claim of write.claims) {
        const holder = claims.take(rid, claim);
        if (holder !== undefined) throw new StepConflict({ kind: 'claim', claim, holder: this.keyOf(holder, places) });
      }
    }
  }

  private keyOf(rid: number, places: readonly Place[]): ResourceKey {
    const within = places.find((place) => place.rid === rid)?.write;
    if (within !== undefined) return { type: within.type, id: within.id };
    const [type, id] = this.connection.prepare('SELECT n.text, r.id FROM res r CROSS JOIN name n ON n.id = r.type WHERE r.rid = ?').get(rid) as unknown as [string, string];
    return { type, id };
  }

  private write(place: Place): void {
    if (isPut(place)) return this.put(place);
    return place.write.kind === 'delete' ? this.remove(place as Place<DeleteWrite>) : this.access(place as Place<AccessWrite>);
  }

  private put(place: Place<WirePut>): void {
    const { write, rid, standing, named, more } = place;
    const { owners, entries, interning } = this.rooms;
    const { sd } = write.entries;
    const type = interning.name(write.type);
    const version = (standing?.version ?? 0) + 1;
    const patients = owners.patients(write.access);
    if (standing !== undefined) this.retire(standing);
    // The access row rules every version (design 3.5), but what was another person's stays theirs.
    if (standing !== undefined && owners.changesHands(standing, patients)) this.connection.prepare('UPDATE past SET apart = 1 WHERE rid = ?').run(rid);
    const exposure = Exposure[write.access.exposure];
    if (standing !== undefined && standing.version > 0 && (standing.exposure === Exposure.public) !== (exposure === Exposure.public)) {
      this.connection.prepare('UPDATE past SET shared = ? WHERE rid = ?').run(exposure === Exposure.public ? 1 : 0, rid);
    }
    owners.put(rid, type, sd, patients, standing);
    const st = owners.structures(rid, standing, write.access.structures);
    const document = this.document(rid, write.access);
    const columns = [version, this.now(), sd, State.live, exposure, patients.pt, document, st] as const;
    if (standing === undefined) this.rooms.newResources.add(rid, type, write.id, ...columns);
    else this.connection.prepare('UPDATE res SET version = ?, lu = ?, sd = ?, state = ?, exposure = ?, pt = ?, doc = ?, st = ? WHERE rid = ?').run(...columns, rid);
    this.putBody(place, version);
    if (write.type === 'Consent' || write.access.rules !== undefined) this.rooms.rules.replace(rid, write.access.rules ?? []);
    entries.addLists(rid, write.entries, named);
    for (const part of more) entries.add(rid, unpackPart(part, sd));
  }

  private putBody({ write: { content, big }, rid, before, after, bytes }: Place<WirePut>, version: number): void {
    if (content !== undefined && bytes !== undefined) this.rooms.contents.put(content, bytes, this.now());
    else if (content !== undefined) this.hold(content);
    if (big !== undefined) this.hold(big);
    const text = big === undefined ? before + versionText(version, this.now()) + after : undefined;
    const stored = text === undefined ? [null, null] as const : [encodeText(text), textHash(text)] as const;
    this.rooms.bodies.add(rid, big?.cut ?? before.length, Number(content?.content ?? 0), Number(big?.content ?? 0), ...stored);
  }

  private hold({ content }: Pick<ContentRef, 'content'>): void {
    if (!this.rooms.contents.hold(Number(content))) throw new TypeError('The bytes that a write names are not staged (any more)');
  }

  /** rid of the document whose chain rules the resource. */
  private document(rid: number, { document, documentFacts }: AccessFacts): number {
    if (documentFacts !== undefined) {
      this.rooms.chains.put(rid, documentFacts);
      return rid;
    }
    if (document === undefined) return 0;
    const drawnFrom = this.rooms.numbers.mention('DocumentReference', document);
    if (!this.drawnFrom.has(drawnFrom)) this.rooms.chains.mention(drawnFrom);
    this.drawnFrom.set(drawnFrom, undefined);
    return drawnFrom;
  }

  /** The current version becomes a past one. */
  private retire({ rid, type, version, lu, state, exposure }: Standing): void {
    const shared = exposure === Exposure.public ? 1 : 0;
    if (state === State.live) {
      this.connection.prepare('INSERT INTO past(rid, version, lu, deleted, cut, content, big, b, h, type, shared) SELECT rid, ?, ?, 0, cut, content, big, b, h, ?, ? FROM body WHERE rid = ?').run(version, lu, type, shared, rid);
      this.connection.prepare('DELETE FROM body WHERE rid = ?').run(rid);
      this.rooms.entries.remove(rid);
    } else if (state === State.deleted) {
      this.connection.prepare('INSERT INTO past(rid, version, lu, deleted, cut, content, big, b, type, shared) VALUES (?, ?, ?, 1, 0, 0, 0, NULL, ?, ?)').run(rid, version, lu, type, shared);
    }
  }

  private remove({ write, rid, standing }: Place<DeleteWrite>): void {
    if (standing === undefined) throw new TypeError('Only what stands can be deleted');
    this.retire(standing);
    this.connection.prepare(`UPDATE res SET version = ?, lu = ?, state = ${State.deleted} WHERE rid = ?`).run(standing.version + 1, this.now(), rid);
    if (write.type === 'Consent') this.rooms.rules.replace(rid, []);
  }

  private access({ write, rid, standing }: Place<AccessWrite>): void {
    const st = this.rooms.owners.structures(rid, standing, write.structures);
    if (st !== standing?.st) this.connection.prepare('UPDATE res SET st = ? WHERE rid = ?').run(st, rid);
  }

  private outcome({ write, standing }: Place): number[] {
    if (write.kind === 'access') return [];
    const document = write.kind === 'put' && write.access.documentFacts === undefined ? write.access.document : undefined;
    return [(standing?.version ?? 0) + 1, this.now(), document === undefined ? 0 : this.labelsOf(document)];
  }

  /** Labels of the chain of a document, once everything of the set is written. */
  private labelsOf(document: string): number {
    const rid = this.rooms.numbers.mention('DocumentReference', document);
    const labels = this.drawnFrom.get(rid) ?? this.rooms.chains.labels(rid);
    this.drawnFrom.set(rid, labels);
    return labels;
  }

  /** Forgets what a step gathered before it failed. */
  clear(): void {
    const { newResources, bodies, owners, entries } = this.rooms;
    for (const gathered of [newResources, bodies, owners, entries]) gathered.clear();
  }
}

/** A row of `res` for a resource that is only spoken of. */
export const mentionColumns = [0, 0, farPast, State.mentioned, Exposure.private, 0, 0, 0] as const;
export const bodyColumns = ['rid', 'cut', 'content', 'big', 'b', 'h'] as const;
export const newResourceColumns = ['rid', 'type', 'id', 'version', 'lu', 'sd', 'state', 'exposure', 'pt', 'doc', 'st'] as const;
