/** Numbers for the operator, in Prometheus form. Labels never hold anything of a person. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
  readonly inFlight: Gauge;
  /** @param seconds from the first byte of the request to the last of the answer */
  served(interaction: string, status: number, seconds: number): void;
  refusedToken(): void;
  /** The second check at the door fired: it never must. */
  doorAlarm(): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'passerelle_' });
  const registers = [registry];
  const duration = new Histogram({
    name: 'passerelle_request_seconds', help: 'Time to serve a request.', registers,
    labelNames: ['interaction', 'status'], buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
  });
  const tokens = new Counter({ name: 'passerelle_tokens_refused_total', help: 'Access tokens that were refused.', registers });
  const alarms = new Counter({ name: 'passerelle_door_alarms_total', help: 'Resources stopped by the second check at the door. Must stay 0.', registers });
  return {
    registry,
    inFlight: new Gauge({ name: 'passerelle_requests_in_flight', help: 'Requests being served.', registers }),
    served: (interaction, status, seconds) => duration.observe({ interaction, status: `${Math.floor(status / 100)}xx` }, seconds),
    refusedToken: () => tokens.inc(),
    doorAlarm: () => alarms.inc(),
  };
}
