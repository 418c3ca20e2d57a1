/** A record: what a Patient owns, and what it shares with others: resources without owner that those refer to. */
import { resourceTypes } from '../../../fhir/definitions.js';
import type { SearchPlan } from '../../../search/plan.js';
import { budgets, tooCostly } from '../../search/budgets.js';
import { alternatives } from '../../search/clauses.js';
import { isWithin } from '../cut.js';
import { linkOf } from '../entry-texts.js';
import { oneOf } from './conditions.js';
import { pieces, type Row, type SearchContext } from './context.js';
import { linksOf, unitOf } from './links.js';

interface PatientRecord {
  /** Seen by the caller. */
  readonly owned: readonly Row[];
  /** Seen by the caller, from something owned that they see too. */
  readonly shared: readonly Row[];
}
const recordOf = (context: SearchContext, patient: string): Promise<PatientRecord> => context.once(context, `record ${patient}`, () => find(context, patient));

/** @returns ids (`Type/id`), seen by the caller from a resource that they see too */
export const sharedWith = async ({ beyond }: SearchContext, patient: string): Promise<readonly string[]> => (await recordOf(beyond, patient)).shared.map(({ _id }) => _id);

/** All that a plan finds which asks for a whole record, of all of its types; undefined when it asks for something else, or it is much. */
export async function wholeRecord(context: SearchContext, { where, types, page: { asOf } }: Pick<SearchPlan, 'where' | 'types' | 'page'>): Promise<readonly Row[] | undefined> {
  const [one, other, ...more] = alternatives(where);
  if (one?.kind !== 'compartment' || other?.kind !== 'shared-by' || one.patient !== other.patient || more.length > 0 || context.beyond !== context || context.score.length > 0) return undefined;
  const { owned, shared } = await recordOf(context, one.patient);
  if (owned.length + shared.length > context.sortable) return undefined;
  const id = `Patient/${one.patient}`;
  const self = owned.some(({ _id }) => _id === id) ? [] : await context.sight.visible(await context.rows([{ $match: { _id: id, ...context.live(types) } }, context.fields()], { _id: 1 }));
  const wasThere = asOf === undefined ? () => true : isWithin(asOf);
  const asked = new Set(types);
  const rows = [...owned, ...self, ...shared].filter((row) => asked.has(row.rt ?? '') && wasThere(row));
  return [...new Map(rows.map((row) => [row._id, row])).values()];
}

async function find(context: SearchContext, patient: string): Promise<PatientRecord> {
  // The bare types stand among the tokens: one key for each resource.
  const found = await context.together([{ pt: patient, t: { $in: resourceTypes } }, { pts: patient }].map((owner) => () => context.rows([
    { $match: owner }, { $limit: budgets.scan + 1 }, { $match: { rt: { $exists: true }, ...context.reach } }, context.fields({ links: 'every' }),
  ], 'pt' in owner ? { pt: 1, t: 1, sd: 1, n: 1 } : { pts: 1 })));
  const rows = found.flat();
  context.keys += rows.length;
  if (rows.length > budgets.scan) throw tooCostly('scan');
  const owned = await context.sight.visible(rows);
  const known = new Set(rows.map(({ _id }) => _id));
  const targets = [...await targetsOf(context, owned)].filter((target) => !known.has(target));
  const shared: Row[] = [];
  for (const some of pieces(targets, 400)) {
    const ownerless = { rt: { $exists: true }, pt: { $exists: false }, pts: { $exists: false } };
    shared.push(...await context.sight.visible(await context.rows([{ $match: { ...oneOf('_id', some), ...ownerless, ...context.reach } }, context.fields()], { _id: 1 })));
  }
  return { owned: owned.map(({ r: _, ...row }) => row), shared };
}

/** What the rows, which came with their references, refer to. */
async function targetsOf(context: SearchContext, rows: readonly Row[]): Promise<ReadonlySet<string>> {
  const targets = new Set<string>();
  for (const { r = [] } of rows) for (const key of r) add(targets, linkOf(key)?.local);
  // Further documents hold some more.
  const links = await linksOf(context, rows.filter(({ sp }) => sp !== undefined).map(unitOf));
  for (const { local } of [...links.values()].flat()) add(targets, local);
  return targets;
}
function add(targets: Set<string>, local: string | undefined): void {
  if (local !== undefined) targets.add(local);
}
