/** The listeners of the process and what they share: limits of Node's own, answers, CORS, compression. */
import type { Server } from 'node:http';
import type { Settings } from './config.js';
import { createMetricsApp, type App } from './http/app.js';
import { createCompression } from './http/compression.js';
import { createCors } from './http/cors.js';
import { createFront, type Front } from './http/front.js';
import type { Metrics } from './http/metrics.js';
import { createResponder, type Responder } from './http/responder.js';
import { securityHeaders } from './http/security-headers.js';
import { createServer } from './http/server.js';
import { wireRefusal } from './http/wire-refusal.js';
import type { Represent } from './interactions/represent.js';
import { listenError, type Listening } from './start-error.js';

export interface Web {
  readonly responder: Responder;
  /**
   * Listens: the application on HOST, and metrics on METRICS_HOST where that is set.
   * @param represent the form of what is refused before the application sees it
   * @throws StartError
   */
  listen(app: App, represent: Represent, metrics: Metrics): Promise<{ readonly server: Server; readonly metricsServer?: Server }>;
}

/** Bytes of the headers, beside the request line. */
const headerBytes = 16 * 1024;

function listening(server: Server, address: Listening): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, address)));
    server.listen(address.port, address.host, () => resolve(server));
  });
}

export function createWeb({ corsOrigins, compressFrom, urlLimit, requestTimeout, host, port, metricsHost, metricsPort }: Settings): Web {
  const constant = securityHeaders();
  const compression = createCompression(compressFrom);
  const cors = createCors(corsOrigins);
  const responder = createResponder({ constant, compression, ...(cors ? { cors } : {}) });
  const maxHeaderSize = urlLimit + headerBytes;
  const most = requestTimeout * 1000;

  function serverFor(app: App, front: Front, represent?: Represent): Server {
    const options = { requestTimeout: most, headersTimeout: Math.min(20_000, most), keepAliveTimeout: 10_000, connectionsCheckingInterval: Math.min(2000, most / 2), maxHeaderSize };
    return createServer(app, options, front).on('clientError', wireRefusal(constant, { headerBytes: maxHeaderSize, urlLimit }, represent));
  }

  return {
    responder,
    async listen(app, represent, metrics) {
      const server = await listening(serverFor(app, createFront({ responder, represent, urlLimit, ...(cors ? { cors } : {}) }), represent), { host, port, named: { host: 'HOST', port: 'PORT' } });
      if (metricsHost === undefined) return { server };
      const own = createResponder({ constant, compression });
      try {
        const metricsServer = serverFor(createMetricsApp(metrics, own), createFront({ responder: own, urlLimit }));
        return { server, metricsServer: await listening(metricsServer, { host: metricsHost, port: metricsPort, named: { host: 'METRICS_HOST', port: 'METRICS_PORT' } }) };
      } catch (error) {
        server.close();
        throw error;
      }
    },
  };
}
