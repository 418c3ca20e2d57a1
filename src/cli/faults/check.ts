/**
 * The checker of a campaign. Versions are the witness: the history of a register at the end is the order in which its writes
 * were done, and everything that anybody was told must agree with it.
 *
 * - Register: an operation that began after another had ended stands behind it in that order (linearizability).
 * - History: versions 1, 2, 3 …, times that grow; every acknowledged write once, under the version it was told; nothing that nobody wrote.
 * - Transactions are whole or absent; what is made under a name is made once.
 */
import type { FinalState, HistoryRead, Making, Operation, Promises, RegisterRead, RegisterWrite, Version } from './record.js';

/** @returns violations, one line each; none = everything was kept */
export function check(operations: readonly Operation[], state: FinalState, promises: Promises): string[] {
  const violations: string[] = [];
  const makings = operations.filter((operation) => operation.kind === 'making');
  for (const [register, some] of grouped(operations, (operation) => (operation.kind === 'making' ? undefined : operation.register))) {
    const versions = state.registers.get(register) ?? [];
    violations.push(...new RegisterCheck(some, versions, promises).violations().map((text) => `${register}: ${text}`));
  }
  return [...violations, ...transactions(operations, state), ...made(makings, state)];
}

function grouped<T>(all: readonly T[], nameOf: (one: T) => string | undefined): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const name = nameOf(one);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return groups;
}

/** An operation at its place in the order. */
interface Placed {
  readonly start: number;
  readonly end: number;
  readonly version: number;
  readonly writes: boolean;
}

class RegisterCheck {
  private readonly writes: readonly RegisterWrite[];
  private readonly reads: readonly RegisterRead[];
  private readonly histories: readonly HistoryRead[];
  private readonly writerOf: ReadonlyMap<string, RegisterWrite>;

  constructor(operations: readonly Operation[], private readonly versions: readonly Version[], private readonly promises: Promises) {
    this.writes = operations.filter((operation) => operation.kind === 'write');
    this.reads = operations.filter((operation) => operation.kind === 'read');
    this.histories = operations.filter((operation) => operation.kind === 'history');
    this.writerOf = new Map(this.writes.filter(({ value }) => value !== '').map((write) => [write.value, write]));
  }

  violations(): string[] {
    return [...this.ofHistory(), ...this.ofWrites(), ...this.ofReads(), ...this.ofHistories(), ...this.ofOrder()];
  }

  private at(version: number): Version | undefined {
    return this.versions[version - 1];
  }

  private *ofHistory(): Iterable<string> {
    const seen = new Set<string>();
    let tombstones = 0;
    for (const [at, { version, value, lastUpdated }] of this.versions.entries()) {
      if (version !== at + 1) yield `version ${version} stands where ${at + 1} should`;
      const before = this.versions[at - 1];
      if (before && lastUpdated <= before.lastUpdated) yield `version ${version} is not later than the one before`;
      if (value === '') tombstones++;
      else if (seen.has(value)) yield `the write of version ${version} was done twice`;
      seen.add(value);
      const writer = this.writerOf.get(value);
      if (value !== '' && writer === undefined) yield `version ${version} holds what nobody wrote`;
      if (writer?.outcome === 'refused') yield `version ${version} holds a write that was refused`;
    }
    const deletions = this.writes.filter(({ value, outcome }) => value === '' && outcome !== 'refused').length;
    if (tombstones > deletions) yield `there are ${tombstones} tombstones of ${deletions} deletions`;
  }

  private *ofWrites(): Iterable<string> {
    for (const { outcome, version, value, expected } of this.writes) {
      if (outcome !== 'done' || version === undefined) continue;
      const found = this.at(version);
      if (found === undefined) yield `version ${version} was acknowledged, but is lost`;
      else if (found.value !== value) yield `version ${version} was acknowledged, but holds another write`;
      if (expected !== undefined && version !== expected + 1) yield `version ${version} was written for a version ${expected}`;
    }
  }

  private *ofReads(): Iterable<string> {
    for (const { version, value, end } of this.reads) {
      if (version === 0) continue;
      const found = this.at(version);
      if (found === undefined) yield `version ${version} was read, but is lost`;
      else if (found.value !== value) yield `version ${version} was read with another content`;
      const writer = this.writerOf.get(value);
      if (writer !== undefined && writer.start > end) yield `version ${version} was read before it was written`;
    }
  }

  private *ofHistories(): Iterable<string> {
    for (const { versions } of this.histories) {
      for (const [at, { version, value, lastUpdated }] of versions.entries()) {
        const found = this.at(version);
        if (version !== at + 1) yield `a history told version ${version} in the place of ${at + 1}`;
        if (found?.value !== value || found.lastUpdated !== lastUpdated) yield `a history told version ${version} otherwise than it is`;
      }
    }
  }

  /** Sorted by their starts, with the greatest version that had ended before each. */
  private *ofOrder(): Iterable<string> {
    const placed = this.placed();
    const byEnd = [...placed].sort((one, other) => one.end - other.end);
    let ended = 0;
    let greatest = 0;
    for (const { start, version, writes } of placed.sort((one, other) => one.start - other.start)) {
      for (let next = byEnd[ended]; next !== undefined && next.end < start; next = byEnd[++ended]) greatest = Math.max(greatest, next.version);
      if (writes && version <= greatest) yield `version ${version} was written after version ${greatest} was known`;
      if (!writes && version < greatest) yield `version ${version} was read after version ${greatest} was known`;
    }
  }

  private placed(): Placed[] {
    const places = new Map(this.versions.map(({ value, version }) => [value, version]));
    const written = this.writes.flatMap(({ start, end, outcome, version, value }): Placed[] => {
      if (outcome === 'done' && version !== undefined) return [{ start, end, version, writes: true }];
      const place = outcome === 'unknown' && value !== '' ? places.get(value) : undefined;
      // Nobody was told when it ended.
      return place === undefined ? [] : [{ start, end: Infinity, version: place, writes: true }];
    });
    const read = this.promises.strictReads ? this.reads.map(({ start, end, version }) => ({ start, end, version, writes: false })) : [];
    const told = this.promises.strictHistory ? this.histories.map(({ start, end, versions }) => ({ start, end, version: versions.length, writes: false })) : [];
    return [...written, ...read, ...told];
  }
}

function* transactions(operations: readonly Operation[], state: FinalState): Iterable<string> {
  const writesOfAll = operations.filter((operation) => operation.kind === 'write');
  for (const [name, writes] of grouped(writesOfAll, ({ transaction }) => transaction)) {
    const found = writes.flatMap(({ register, value }) => (state.registers.get(register) ?? []).filter((version) => version.value === value));
    if (found.length !== 0 && found.length !== writes.length) yield `transaction ${name}: ${found.length} of ${writes.length} writes were done`;
    if (new Set(found.map(({ lastUpdated }) => lastUpdated)).size > 1) yield `transaction ${name}: its writes bear different times`;
  }
}

function* made(makings: readonly Making[], state: FinalState): Iterable<string> {
  for (const [name, attempts] of grouped(makings, (making) => making.name)) {
    const found = state.made.get(name) ?? [];
    const told = [...new Set(attempts.flatMap(({ outcome, made: id }) => (outcome === 'done' && id !== undefined ? [id] : [])))];
    if (found.length > 1) yield `${name}: made ${found.length} times`;
    if (told.length > 1) yield `${name}: acknowledged as ${told.length} different resources`;
    if (told.length > 0 && !told.some((id) => found.includes(id))) yield `${name}: acknowledged, but lost`;
    if (found.length > 0 && attempts.every(({ outcome }) => outcome === 'refused')) yield `${name}: made, though every attempt was refused`;
  }
}
