/** The rows of the interactions that read. */
import { readBinary } from './binary.js';
import { historyInstance, historySystem, historyType } from './history.js';
import { read, vread } from './read.js';
import type { Route } from './routes.js';
import { searchCompartment, searchSystem, searchType } from './search.js';

export { capabilitiesRoute } from './capabilities.js';

export const readRoutes: readonly Route[] = [
  { method: 'GET', pattern: [':type', ':id'], interaction: 'read', level: 'instance', handler: read },
  { method: 'GET', pattern: [':type', ':id', '_history', ':version'], interaction: 'vread', level: 'instance', handler: vread },
  { method: 'GET', pattern: [':type', ':id', '_history'], interaction: 'history-instance', level: 'instance', handler: historyInstance },
  { method: 'GET', pattern: [':type', '_history'], interaction: 'history-type', level: 'type', handler: historyType },
  { method: 'GET', pattern: ['_history'], interaction: 'history-system', level: 'system', handler: historySystem },
  { method: 'GET', pattern: [':type'], interaction: 'search-type', level: 'type', handler: searchType },
  { method: 'POST', pattern: [':type', '_search'], interaction: 'search-type', level: 'type', handler: searchType },
  { method: 'GET', pattern: [], interaction: 'search-system', level: 'system', handler: searchSystem },
  { method: 'POST', pattern: ['_search'], interaction: 'search-system', level: 'system', handler: searchSystem },
  ...[':type', '*'].flatMap((wanted): Route[] => [
    { method: 'GET', pattern: [':type', ':id', wanted], interaction: 'search-compartment', level: 'instance', handler: searchCompartment },
    { method: 'POST', pattern: [':type', ':id', wanted, '_search'], interaction: 'search-compartment', level: 'instance', handler: searchCompartment },
  ]),
  { method: 'GET', pattern: ['Binary', ':id'], interaction: 'read', level: 'instance', handler: readBinary, produces: 'any' },
  { method: 'GET', pattern: ['Binary', ':id', '_history', ':version'], interaction: 'vread', level: 'instance', handler: readBinary, produces: 'any' },
];
