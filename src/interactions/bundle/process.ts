/** batch and transaction: a Bundle that is posted to the base of the server. */
import { applied, preferOf } from '../answers.js';
import type { Handler } from '../routes.js';
import { requireNoProvenance } from '../write/provenance.js';
import { batch } from './batch.js';
import { withBundle } from './open-bundle.js';
import { bundleAnswer } from './response.js';
import { transaction } from './transaction.js';

export const processBundle: Handler = (exchange, services) =>
  withBundle(exchange, services, async (bundle) => {
    if (bundle.type === 'batch') requireNoProvenance(exchange);
    const work = bundle.type === 'batch' ? batch : transaction;
    const answer = bundleAnswer(bundle.type, await work(exchange, services, bundle));
    const prefer = preferOf(exchange);
    return prefer.said ? { ...answer, headers: applied(answer.headers, `return=${prefer.return}`) } : answer;
  });
