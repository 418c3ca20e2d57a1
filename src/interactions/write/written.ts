/** What a write comes to, and how it is answered. */
import type { Issue } from '../../fhir/failure.js';
import type { Committed, PutWrite, StoredVersion } from '../../store/port.js';
import { preferOf, writtenAnswer, type Versioned } from '../answers.js';
import type { Answer, Exchange } from '../exchange.js';
import { masked, type Mask } from '../mask.js';
import type { Services } from '../services.js';

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

/**
 * The text of a Binary is not the whole of it, so what was stored is not sent back.
 * @param mask the part that the caller asked for
 */
export async function answerWritten({ status, interaction, version, issues }: Written, exchange: Pick<Exchange, 'headers'>, services: Pick<Services, 'baseUrl' | 'lanes'>, mask?: Mask): Promise<Answer> {
  const prefer = preferOf(exchange);
  const wanted = prefer.return === 'representation' && version.type !== 'Binary';
  const shown = !wanted ? undefined : mask ? await masked(version, mask, services) : version.text;
  return writtenAnswer(status, version, { interaction, baseUrl: services.baseUrl, prefer, issues, shown, whole: mask === undefined });
}
