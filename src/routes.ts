/** Every interaction and operation that this server offers: the one list that requests are routed by and metadata is built from. */
import type { Route } from './interactions/routes.js';
import { capabilitiesRoute } from './interactions/capabilities.js';
import { readRoutes } from './interactions/read-routes.js';
import { writeRoutes } from './interactions/write-routes.js';
import { docrefRoutes } from './operations/docref.js';
import { documentRoutes } from './operations/document.js';
import { encounterEverythingRoutes } from './operations/encounter-everything.js';
import { eraseRoute } from './operations/erase.js';
import { everythingRoutes } from './operations/everything.js';
import { lastnRoutes } from './operations/lastn.js';
import { metaRoutes } from './operations/meta.js';
import { reindexRoutes } from './operations/reindex.js';
import { submitDocumentRoute } from './operations/submit-document.js';

export const routes: readonly Route[] = [capabilitiesRoute, ...readRoutes, ...writeRoutes, submitDocumentRoute, ...everythingRoutes, ...encounterEverythingRoutes, ...metaRoutes, ...lastnRoutes, ...docrefRoutes, ...documentRoutes, eraseRoute, ...reindexRoutes];
