/** What every handler is given, made from the settings and an open store. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { serverGrant } from './access/decide.js';
import type { Settings } from './config.js';
import { documentDeleteCascade } from './documents/delete-cascade.js';
import { entriesOnLane } from './interactions/index-task.js';
import { createCursors } from './interactions/cursors.js';
import { createLanes } from './interactions/lanes.js';
import type { Limits, Services } from './interactions/services.js';
import { IndexKeeper } from './maintenance/index-keeper.js';
import { withIndex } from './maintenance/indexed-store.js';
import { routes } from './routes.js';
import type { Store } from './store/port.js';
import { loggable } from './loggable.js';
import { version } from './version.js';

function limitsOf(settings: Settings): Limits {
  return {
    body: { value: settings.bodyLimit, setting: 'BODY_LIMIT' },
    document: { value: settings.documentLimit, setting: 'DOCUMENT_LIMIT' },
    binary: { value: settings.binaryLimit, setting: 'BINARY_LIMIT' },
    entries: { value: settings.entriesLimit, setting: 'ENTRIES_LIMIT' },
    conditionalDelete: { value: settings.conditionalDelete === 'single' ? 1 : settings.conditionalDeleteLimit, setting: 'CONDITIONAL_DELETE_LIMIT' },
    expansion: { value: settings.expansionLimit, setting: 'EXPANSION_LIMIT' },
    hierarchy: { value: settings.hierarchyLimit, setting: 'HIERARCHY_LIMIT' },
    filter: { value: settings.filterLimit, setting: 'FILTER_LIMIT' },
    sort: { value: settings.sortBudget, setting: 'SORT_BUDGET' },
    history: { value: settings.historyBudget, setting: 'HISTORY_BUDGET' },
    pageDefault: { value: settings.pageDefault, setting: 'PAGE_DEFAULT' },
    pageMax: { value: settings.pageMax, setting: 'PAGE_MAX' },
    included: { value: settings.includeLimit, setting: 'INCLUDE_LIMIT' },
    includeLevels: { value: settings.includeDepth, setting: 'INCLUDE_DEPTH' },
    operation: { value: settings.operationLimit, setting: 'OPERATION_LIMIT' },
  };
}

/** `close` ends the parse threads and the work on the index; the store stays open. @param opened as `withDoor` gives it */
export function createServices(settings: Settings, opened: Store, log: Logger): { readonly services: Services; readonly keeper: IndexKeeper; readonly close: () => Promise<void> } {
  const clock = () => Date.now();
  const lanes = createLanes({ registry: join(__dirname, 'tasks.js'), threads: 1, onDeath: (cause) => log.error({ cause: cause.message }, 'a parse thread died and is replaced') });
  const baseUrls = [settings.fhirBase, ...settings.baseUrlAliases.map((alias) => `${alias}/fhir`)];
  const keeper = new IndexKeeper({
    store: opened, grant: () => serverGrant(clock()), most: settings.ownParametersLimit,
    entriesOf: (text, own) => entriesOnLane(lanes, text, { bases: baseUrls, timeZone: settings.timeZone, fullText: settings.fullText, own: { generation: own.generation, definitions: own.definitions } }),
    onFailure: (cause) => log.error({ error: loggable(cause) }, 'the index could not be looked after'),
  });
  const store = withIndex(opened, keeper);
  const services: Services = {
    index: keeper,
    store, lanes, routes, clock, version,
    limits: limitsOf(settings),
    baseUrl: settings.fhirBase,
    baseUrls,
    timeZone: settings.timeZone,
    nearDistance: settings.nearDistance * 1_000,
    fullText: settings.fullText,
    identityDomain: settings.identityDomain,
    searchHandling: settings.searchHandling,
    referentialIntegrity: settings.referentialIntegrity,
    historyDelete: settings.historyDelete,
    demo: settings.demo,
    cors: settings.corsOrigins.length > 0,
    authorization: { mode: settings.authMode, issuers: settings.authIssuers.map((issuer) => (issuer === 'embedded' ? `${settings.baseUrl}/auth` : issuer)) },
    serverGrant: () => serverGrant(clock()),
    cursors: createCursors(store, clock),
    report: (reference, thrown) => log.error({ reference, interaction: 'batch', error: loggable(thrown) }, 'request failed'),
    deleteCascades: { DocumentReference: documentDeleteCascade },
  };
  return {
    services, keeper,
    async close() {
      await keeper.stop();
      await lanes.close();
    },
  };
}
