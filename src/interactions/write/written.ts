/** What a write comes to, and how it is answered. */
import type { Issue } from '../../fhir/failure.js';
import type { Committed, PutWrite, StoredVersion } from '../../store/port.js';
import { preferOf, writtenAnswer, type Versioned } from '../answers.js';
import type { Answer, Exchange } from '../exchange.js';

export interface Written {
  readonly status: 200 | 201;
  readonly interaction: 'create' | 'update' | 'patch';
  readonly version: Versioned & Pick<StoredVersion, 'text' | 'owners'>;
  readonly issues: readonly Issue[];
}

export function writtenBy(outcome: Omit<Written, 'version'>, { access }: PutWrite, version: Committed | undefined): Written {
  if (!version) throw new Error('The store committed a write without telling its version');
  return { ...outcome, version: { ...version, owners: access.owners } };
}

/** The text of a Binary is not the whole of it, so what was stored is not sent back. */
export function answerWritten({ status, interaction, version, issues }: Written, exchange: Pick<Exchange, 'headers'>, baseUrl: string): Answer {
  const wish = preferOf(exchange);
  const prefer = version.type === 'Binary' && wish.return === 'representation' ? { ...wish, return: 'minimal' as const } : wish;
  return writtenAnswer(status, version, { interaction, baseUrl, prefer, issues });
}
