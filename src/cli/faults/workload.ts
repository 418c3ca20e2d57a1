/** What the clients of a campaign do: mixed writers and readers over a few registers, each write with a value of its own. */
import { randomUUID } from 'node:crypto';
import { readDocument } from '../fixtures.js';
import { ask, type Answer, type Door } from './client.js';
import type { Random } from './random.js';
import type { Making, Operation, RegisterWrite, Version } from './record.js';

/** Registers in use at a time, and writes of one after which another takes its place, so that histories stay short. */
const registersInUse = 6;
const writesOfRegister = 120;
/** One write of so many is longer than a row: its body lies in chunks. */
const longOneOf = 60;
const longText = 1_100_000;
const document = 'discharge-karadec.xml';
const system = 'urn:passerelle:faults';

interface Register {
  readonly id: string;
  writes: number;
  /** The latest version that a client knows of. */
  known: number;
}

export class Workload {
  readonly operations: Operation[] = [];
  readonly registerIds: string[] = [];
  private readonly registers: Register[] = [];
  /** Names that may not have been made yet: asked for again, as a client would. */
  private readonly open: string[] = [];
  private readonly template = readDocument(document).toString('utf8');
  private values = 0;

  constructor(private readonly random: Random, private readonly door: () => Door) {
    for (let at = 0; at < registersInUse; at++) this.registers.push(this.newRegister());
  }

  /** One operation of a client, whatever becomes of it. @returns whether the server was there */
  async step(): Promise<boolean> {
    const steps = [() => this.read(), () => this.read(), () => this.read(), () => this.history(), () => this.put(), () => this.put(), () => this.replace(), () => this.replace(), () => this.remove(), () => this.transaction(), () => this.make(), () => this.push()];
    const answer = await steps[this.random.whole(steps.length)]?.();
    return answer?.outcome !== 'refused' || answer.status !== 0;
  }

  private newRegister(): Register {
    const register = { id: randomUUID(), writes: 0, known: 0 };
    this.registerIds.push(register.id);
    return register;
  }

  private register(): Register {
    const at = this.random.whole(this.registers.length);
    const register = this.registers[at];
    if (register !== undefined && register.writes < writesOfRegister) return register;
    return (this.registers[at] = this.newRegister());
  }

  private value(): string {
    return `v${++this.values}`;
  }

  private body(id: string, value: string): string {
    const text = 'x'.repeat(this.random.whole(longOneOf) === 0 ? longText : this.random.whole(2000) + 1);
    return JSON.stringify({ resourceType: 'Basic', id, extension: [{ url: `${system}:text`, valueString: text }], code: { text: value } });
  }

  private noteWrite(register: Register, value: string, { start, end, outcome, version }: Answer, more: Partial<RegisterWrite> = {}): void {
    register.writes++;
    if (outcome === 'done' && version !== undefined) register.known = Math.max(register.known, version);
    this.operations.push({ kind: 'write', register: register.id, value, start, end, outcome, ...(outcome === 'done' && version !== undefined ? { version } : {}), ...more });
  }

  private async put(): Promise<Answer> {
    const [register, value] = [this.register(), this.value()];
    const answer = await ask(this.door(), { method: 'PUT', path: `Basic/${register.id}`, body: this.body(register.id, value) });
    this.noteWrite(register, value, answer);
    return answer;
  }

  /** Only when nobody wrote since: several clients try the same. */
  private async replace(): Promise<Answer> {
    const [register, value] = [this.register(), this.value()];
    const expected = register.known;
    if (expected === 0) return this.put();
    const answer = await ask(this.door(), { method: 'PUT', path: `Basic/${register.id}`, headers: { 'If-Match': `W/"${expected}"` }, body: this.body(register.id, value) });
    if (answer.status === 412) register.known = 0;
    this.noteWrite(register, value, answer, { expected });
    return answer;
  }

  private async remove(): Promise<Answer> {
    const register = this.register();
    const answer = await ask(this.door(), { method: 'DELETE', path: `Basic/${register.id}` });
    // Nothing was there to delete: nothing was written.
    if (answer.outcome !== 'done' || answer.version !== undefined) this.noteWrite(register, '', answer);
    return answer;
  }

  private async read(): Promise<Answer> {
    const register = this.register();
    const answer = await ask(this.door(), { method: 'GET', path: `Basic/${register.id}` });
    const { start, end, status, version = 0 } = answer;
    if (status === 200) register.known = version;
    const value = status === 200 ? valueOf(answer.body) : '';
    if (status === 200 || status === 404 || status === 410) this.operations.push({ kind: 'read', register: register.id, start, end, version, value });
    return answer;
  }

  private async history(): Promise<Answer> {
    const register = this.register();
    const answer = await ask(this.door(), { method: 'GET', path: `Basic/${register.id}/_history?_count=1000` });
    const { start, end, status } = answer;
    if (status === 200) this.operations.push({ kind: 'history', register: register.id, start, end, versions: versionsOf(answer.body) });
    return answer;
  }

  private async transaction(): Promise<Answer> {
    const [one, other] = [this.register(), this.register()];
    if (one === other) return this.put();
    const name = randomUUID();
    const written = [one, other].map((register) => ({ register, value: this.value() }));
    const entry = written.map(({ register, value }) => ({ resource: JSON.parse(this.body(register.id, value)) as unknown, request: { method: 'PUT', url: `Basic/${register.id}` } }));
    const answer = await ask(this.door(), { method: 'POST', path: '', body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }) });
    const versions = entriesOf(answer.body).map(({ response }) => versionIn(response?.etag));
    written.forEach(({ register, value }, at) => {
      const version = versions[at];
      this.noteWrite(register, value, { ...answer, ...(version === undefined ? {} : { version }) }, { transaction: name });
    });
    return answer;
  }

  /** A conditional create, asked again until it is known to be done. */
  private async make(): Promise<Answer> {
    const name = this.open.find((each) => each.startsWith('made-')) ?? `made-${randomUUID()}`;
    const body = JSON.stringify({ resourceType: 'Basic', identifier: [{ system, value: name }], code: { text: name } });
    const answer = await ask(this.door(), { method: 'POST', path: 'Basic', headers: { 'If-None-Exist': `identifier=${system}|${name}` }, body });
    return this.noteMaking(name, answer, referenceIn(answer.location));
  }

  /** A document, pushed again with the same identifier until it is known to be taken. */
  private async push(): Promise<Answer> {
    const name = this.open.find((each) => each.startsWith('pushed-')) ?? `pushed-${randomUUID()}`;
    const bytes = this.template.replace(/(<templateId [^>]*\/>\s*)<id root="[0-9A-F-]{36}"\/>/, `$1<id root="${name.slice('pushed-'.length)}"/>`);
    const answer = await ask(this.door(), { method: 'POST', path: 'DocumentReference/$submit-document', headers: { 'Content-Type': 'text/xml' }, body: bytes });
    return this.noteMaking(name, answer, pushedDocument(answer.body));
  }

  private noteMaking(name: string, answer: Answer, made: string | undefined): Answer {
    const { start, end, outcome } = answer;
    const at = this.open.indexOf(name);
    if (at >= 0) this.open.splice(at, 1);
    if (outcome === 'unknown') this.open.push(name);
    this.operations.push({ kind: 'making', name, start, end, outcome, ...(outcome === 'done' && made !== undefined ? { made } : {}) } satisfies Making);
    return answer;
  }
}

/** How what is made is found again. */
export const searchFor = (name: string): string => (name.startsWith('pushed-')
  ? `DocumentReference?identifier=${encodeURIComponent(`urn:ietf:rfc:3986|urn:uuid:${name.slice('pushed-'.length)}`)}`
  : `Basic?identifier=${encodeURIComponent(`${system}|${name}`)}`);

interface Entry {
  readonly resource?: { readonly resourceType?: string; readonly id?: string; readonly meta?: { readonly versionId?: string; readonly lastUpdated?: string }; readonly code?: { readonly text?: string } };
  readonly response?: { readonly etag?: string; readonly lastModified?: string };
}
export const entriesOf = (body: unknown): readonly Entry[] => (body as { entry?: readonly Entry[] } | undefined)?.entry ?? [];
const valueOf = (body: unknown): string => (body as Entry['resource'])?.code?.text ?? '';
const versionIn = (etag: string | undefined): number | undefined => (etag === undefined ? undefined : Number(/\d+/.exec(etag)?.[0]));
const referenceIn = (location: string | undefined): string | undefined => /\/(Basic\/[^/]+)/.exec(location ?? '')?.[1];
const pushedDocument = (body: unknown): string | undefined =>
  (body as { parameter?: readonly { name: string; valueReference?: { reference?: string } }[] } | undefined)?.parameter?.find(({ name }) => name === 'document')?.valueReference?.reference;

/** Versions of a history Bundle, oldest first. */
export const versionsOf = (body: unknown): Version[] => entriesOf(body).map(({ resource, response }): Version =>
  ({ version: versionIn(response?.etag) ?? 0, value: resource?.code?.text ?? '', lastUpdated: response?.lastModified ?? '' })).reverse();
