import type { Handler } from "hono";
import { Counter, Gauge, Registry } from "prom-client";
import { isAllowed } from "../features/actor.ts";
import { createFleetMetrics, type Metric } from "../features/deployments/fleet/metrics.ts";
import type { Host } from "../features/host.ts";
import { actorOf } from "./bind.ts";
import type { Env } from "./problem.ts";

const add = (registry: Registry, { name, help, kind, samples }: Metric): void => {
  const options = { name, help, labelNames: Object.keys(samples[0]?.labels ?? {}), registers: [registry] };
  if (kind === "counter") {
    const counter = new Counter(options);
    for (const { labels, value } of samples) counter.inc(labels, value);
  } else {
    const gauge = new Gauge(options);
    for (const { labels, value } of samples) gauge.set(labels, value);
  }
};

/**
 * Figures of this server's process and of all environments. Anybody may ask; names of apps and environments are told to
 * those who may read deployments.
 */
export const metrics = (host: Host, ofProcess: () => Promise<string>): Handler<Env> => {
  const fleet = createFleetMetrics(host);
  return async (c) => {
    const actor = await actorOf(host, c);
    const registry = new Registry();
    for (const metric of await fleet(isAllowed(actor, "deployment:read"))) add(registry, metric);
    const body = (await ofProcess()) + (await registry.metrics());
    return c.text(body, 200, { "content-type": "text/plain; version=0.0.4" });
  };
};
