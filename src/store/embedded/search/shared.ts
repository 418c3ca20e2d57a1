/** What a record shares with others: resources without owner that the resources of a Patient refer to. */
import { budgets, tooCostly } from '../../search/budgets.js';
import type { SearchContext } from './context.js';
import { byResource, q } from './sql.js';

/** @returns rids, seen by the caller from a resource that they see too; ascending */
export function sharedWith(context: SearchContext, patient: string): readonly number[] {
  return context.once(`shared-by ${patient}`, () => {
    const owner = context.rid('Patient', patient);
    if (owner === undefined) return [];
    const links = context.number(q`SELECT COUNT(*) FROM (SELECT 1 FROM own o WHERE o.pt = ${owner} LIMIT ${budgets.scan + 1})`);
    context.meter.spend(links);
    if (links > budgets.scan) throw tooCostly('scan');
    return context.numbers(q`SELECT DISTINCT f.t FROM own o CROSS JOIN res source ON source.rid = o.rid CROSS JOIN ${byResource('ref', 'f')} ON f.rid = o.rid CROSS JOIN res target ON target.rid = f.t
      WHERE o.pt = ${owner} AND f.t > 0 AND target.pt = 0 AND ${context.passed('source')} AND ${context.passed('target')} ORDER BY f.t`);
  });
}
