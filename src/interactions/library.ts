/**
 * Where a search looks up what its values mean: value sets and code systems that the caller may see, before those of R4;
 * what a hierarchy is made of; the definitions that a chain through a canonical leads to. All of it under the caller's grant.
 */
import { bind, type Grant } from '../access/grant.js';
import { fail } from '../fhir/failure.js';
import { isId } from '../fhir/id.js';
import { parseReference } from '../fhir/reference.js';
import type { JsonObject } from '../fhir/json.js';
import { indexEntries } from '../search/indexer.js';
import { withoutMatricule } from '../search/question/form.js';
import type { AskOf, Canonical, Library } from '../search/question/lookups.js';
import type { Clause, SearchPlan } from '../search/plan.js';
import type { StoredVersion } from '../store/port.js';
import { hierarchyOf, type CodeHierarchy } from '../terminology/code-hierarchy.js';
import { expand, type Definitions, type ValueSetDefinition } from '../terminology/expansion.js';
import { shippedCodeSystem, shippedValueSet } from '../terminology/shipped.js';
import { ownOf, type Limit, type Services } from './services.js';

type Reading = Pick<Services, 'store' | 'baseUrls' | 'timeZone' | 'index'> & { readonly limits: Pick<Services['limits'], 'expansion' | 'hierarchy'> };

/** Resources of one URL that are looked at for the version that is meant. */
const mostOfOneUrl = 50;
/** Definitions that a chain through a canonical leads to, at most. */
const mostDefinitions = 45;
/** Resources that are looked at for the definitions that they refer to, at most. */
const mostReferrers = 500;
/** Characters of a definition that is looked into: a longer one would hold up other requests. */
const longest = 4 * 1024 * 1024;

const planOf = (type: string, where: Clause, count: number): SearchPlan => ({ types: [type], where, sort: [], includes: [], page: { count }, total: 'none' });
const refusal = (parameter: string) => (reason: string) => fail('bad-parameter', { parameter, reason: withoutMatricule(reason) });
const tooMany = (what: string, { value, setting }: Limit) => () => fail('too-costly', { reason: `${what} are more than ${value} (${setting}). Ask for fewer.` });

interface Defined { readonly url?: unknown; readonly version?: unknown; readonly status?: unknown }

function parsed<T extends object>({ text }: StoredVersion): T & Defined {
  if (text.length > longest) throw fail('too-costly', { reason: `A definition that this search needs is longer than ${longest} characters.` });
  return JSON.parse(text) as T & Defined;
}

/** `1.10` after `1.9`. */
const byVersion = new Intl.Collator('en', { numeric: true });
/** The version that is meant when none is named: an active one, then the greatest, then the newest. */
function best<T extends { readonly resource: Defined; readonly found: StoredVersion }>(all: readonly T[]): T | undefined {
  return [...all].sort((one, other) => Number(other.resource.status === 'active') - Number(one.resource.status === 'active')
    || byVersion.compare(String(other.resource.version ?? ''), String(one.resource.version ?? '')) || other.found.lastUpdated - one.found.lastUpdated)[0];
}

/** Code systems that were looked into, by id and version: what they say of their codes does not change. */
const built = new Map<string, CodeHierarchy | undefined>();
const mostBuilt = 32;

function hierarchyOfStored(found: StoredVersion, resource: object): CodeHierarchy | undefined {
  const key = `${found.id} ${found.version} ${found.lastUpdated}`;
  if (!built.has(key)) {
    if (built.size >= mostBuilt) built.clear();
    built.set(key, hierarchyOf(resource));
  }
  return built.get(key);
}

class Stored implements Definitions {
  constructor(private readonly reading: Reading, private readonly grant: Grant) {}

  async search(type: string, where: Clause, count: number): Promise<readonly StoredVersion[]> {
    return (await this.reading.store.search(bind(this.grant, planOf(type, where, count)))).matches;
  }

  private async canonical<T extends object>(type: 'ValueSet' | 'CodeSystem', canonical: string): Promise<{ readonly found: StoredVersion; readonly resource: T } | undefined> {
    const [url = '', version] = canonical.split('|');
    const named: Clause = { kind: 'uri', param: `${type}.url`, match: 'exact', value: url };
    const where: Clause = version === undefined ? named : { kind: 'and', of: [named, { kind: 'token', param: `${type}.version`, code: version }] };
    const all = await this.search(type, where, mostOfOneUrl);
    return best(all.map((found) => ({ found, resource: parsed<T>(found) })));
  }

  async valueSet(url: string): Promise<ValueSetDefinition | undefined> {
    const local = parseReference(url, this.reading.baseUrls);
    if (local?.form === 'local' && local.type === 'ValueSet') {
      const found = await this.reading.store.read(this.grant, { type: 'ValueSet', id: local.id });
      if (found && !found.deleted) return parsed<ValueSetDefinition>(found);
    }
    return (await this.canonical<ValueSetDefinition>('ValueSet', url))?.resource ?? shippedValueSet(url);
  }
  async codeSystem(url: string): Promise<CodeHierarchy | undefined> {
    const stored = await this.canonical('CodeSystem', url);
    return (stored && hierarchyOfStored(stored.found, stored.resource)) ?? shippedCodeSystem(url);
  }
}

/** The system of a reference and the code: the code, and what it subsumes or is subsumed by. */
async function subsumed(stored: Stored, { system, code, direction }: AskOf<'codes'>, parameter: string, limit: Limit): Promise<readonly string[]> {
  const refuse = refusal(parameter);
  const codes = await stored.codeSystem(system);
  if (!codes) throw refuse(`the code system ${system} is not here, so nothing is known of what is above or below its codes`);
  if (codes.complete && !codes.codes.has(code)) throw refuse(`the code system ${system} has no such code`);
  const found = codes.closure(code, direction);
  if (found.size > limit.value) throw tooMany(`The codes ${direction} this one`, limit)();
  return [...found];
}

const idOf = ({ id }: { readonly id: string }): string => id;

/** Level by level, each level one search. */
async function members(stored: Stored, { type, id, param, direction }: AskOf<'members'>, limit: Limit): Promise<readonly string[]> {
  const all = new Set([id]);
  for (let level: readonly string[] = [id]; level.length > 0;) {
    const where: Clause = direction === 'below'
      ? { kind: 'reference', param, target: { form: 'members', type, ids: level } }
      : { kind: 'has', type, param, where: { kind: 'ids', ids: level } };
    const next = (await stored.search(type, where, limit.value + 1)).map(idOf).filter((each) => !all.has(each));
    for (const each of next) all.add(each);
    if (all.size > limit.value) throw tooMany(`The resources ${direction} this one`, limit)();
    level = next;
  }
  return [...all];
}

async function definitions(stored: Stored, { type, where }: AskOf<'definitions'>): Promise<readonly Canonical[]> {
  const found = await stored.search(type, where, mostDefinitions + 1);
  if (found.length > mostDefinitions) throw fail('too-costly', { reason: `A chain through a canonical reaches more than ${mostDefinitions} definitions. Make it narrower.` });
  return found.flatMap((one): Canonical[] => {
    const { url, version } = parsed(one);
    return typeof url === 'string' ? [{ url, ...(typeof version === 'string' ? { version } : {}) }] : [];
  });
}

/** What the resources of a `_has` refer to by canonical URLs, each once. */
async function referredTo(reading: Reading, stored: Stored, { type, param, where }: AskOf<'referredTo'>): Promise<readonly Canonical[]> {
  const { baseUrls, timeZone } = reading;
  const found = await stored.search(type, where, mostReferrers + 1);
  if (found.length > mostReferrers) throw fail('too-costly', { reason: `A _has through a canonical looks at more than ${mostReferrers} resources of type ${type}. Make it narrower.` });
  const all = new Map<string, Canonical>();
  for (const one of found) {
    for (const entry of indexEntries(parsed<JsonObject>(one), { bases: baseUrls, timeZone, ...ownOf(reading) }).reference) {
      if (entry.form === 'canonical' && entry.param === param && entry.contained === undefined) {
        all.set(`${entry.url}|${entry.version ?? ''}`, { url: entry.url, ...(entry.version === undefined ? {} : { version: entry.version }) });
      }
    }
  }
  if (all.size > 2 * mostDefinitions) throw fail('too-costly', { reason: `A _has through a canonical reaches more than ${2 * mostDefinitions} definitions. Make it narrower.` });
  return [...all.values()];
}

/** @param grant of whoever asks: nothing else is looked at */
export function libraryOf(reading: Reading, grant: Grant): Library {
  const stored = new Stored(reading, grant);
  const { expansion, hierarchy } = reading.limits;
  return {
    valueSet: async ({ valueSet }, parameter) => expand(isId(valueSet) ? `ValueSet/${valueSet}` : valueSet, stored, { refuse: refusal(parameter), tooMany: tooMany('The codes of this value set', expansion), limit: expansion.value }),
    codes: (ask, parameter) => subsumed(stored, ask, parameter, expansion),
    members: (ask) => members(stored, ask, hierarchy),
    definitions: (ask) => definitions(stored, ask),
    referredTo: (ask) => referredTo(reading, stored, ask),
  };
}
