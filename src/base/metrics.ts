import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/** Numbers for operators, as Prometheus reads them. One registry a server, so that tests can run several. */
export interface Metrics {
  /** Counts events; labels are of a closed list, never ids. */
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  /** A number that is asked for when metrics are read. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
  /** The text of `GET /metrics`. */
  text(): Promise<string>;
  readonly contentType: string;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    counter: (name, help, labels = []) =>
      new Counter({ name, help, labelNames: [...labels], registers: [registry] }),
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          this.set(await read());
        },
      });
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
