/** Claims by their _id. */
import type { Claim } from '../port.js';
import { escaped } from './entry-texts.js';

export const claimId = ({ kind, system, value }: Claim): string => `${escaped(kind)}|${escaped(system)}|${value}`;
