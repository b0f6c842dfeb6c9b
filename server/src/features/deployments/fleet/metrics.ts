import type { Host } from "../../host.ts";
import { fleetFacts } from "./facts.ts";
import { fleetView, type FleetView } from "./view.ts";

/** One figure for whoever collects such, under the name that it has there. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly kind: "gauge" | "counter";
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Milliseconds for which an answer is as good as a new one: whoever asks more often costs nothing more. */
const fresh = 5000;
const batch = 500;

const states = ["never-saved", "not-deployed", "not-live", "rolling", "running", "stale", "unknown"] as const;

/** Figures of an environment; all together they are summed, times are those of the worst. */
const figures: readonly {
  readonly name: string;
  readonly help: string;
  readonly together: "sum" | "max";
  readonly of: (view: FleetView, now: number) => number | null;
}[] = [
  {
    name: "keyroll_instances",
    help: "Instances (containers, or processes of keyroll run) that use the secrets, as last seen.",
    together: "sum",
    of: ({ counts }) => sum(Object.values(counts)),
  },
  {
    name: "keyroll_stale_instances",
    help: "Those of them that are not proven to run the deployed revision.",
    together: "sum",
    of: ({ counts }) => sum(Object.values(counts)) - counts.current,
  },
  {
    name: "keyroll_drift",
    help: "1 when the Secret in the cluster is not as Keyroll wrote it, as last seen.",
    together: "sum",
    of: ({ drift }) => Number(drift),
  },
  {
    name: "keyroll_last_deployment_failed",
    help: "1 when the newest deployment failed.",
    together: "sum",
    of: ({ deployment }) => Number(deployment?.state === "failed"),
  },
  {
    name: "keyroll_oldest_undeployed_change_seconds",
    help: "Age of the oldest saved change that no deployment has taken along; 0 when none waits.",
    together: "max",
    of: ({ waiting }, now) => (waiting === null ? 0 : seconds(now - waiting.at)),
  },
  {
    name: "keyroll_observation_age_seconds",
    help: "Time since the environment was last seen in its cluster; of one that never was, since its newest deployment.",
    together: "max",
    of: ({ type, observedAt, state, deployment }, now) => {
      const since = observedAt ?? (state === "unknown" ? (deployment?.at ?? null) : null);
      return type === "process" || since === null ? null : seconds(now - since);
    },
  },
];

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
const seconds = (ms: number): number => Math.max(0, ms / 1000);

/**
 * Figures of all environments, from the database alone. Without `names` those of the environments are put together, so that
 * nobody learns from them what apps there are.
 */
export const createFleetMetrics = (host: Host): ((names: boolean) => Promise<readonly Metric[]>) => {
  let last: { readonly at: number; readonly views: Promise<readonly FleetView[]> } | null = null;
  const views = async (): Promise<readonly FleetView[]> => {
    const now = host.clock.now();
    if (last === null || last.at + fresh <= now) {
      last = { at: now, views: allViews(host, now) };
      last.views.catch(() => (last = null));
    }
    return await last.views;
  };
  return async (names) => {
    const all = await views();
    const now = host.clock.now();
    return [
      {
        name: "keyroll_environments",
        help: "Environments by state.",
        kind: "gauge",
        samples: states.map((state) => ({
          labels: { state },
          value: all.filter((view) => view.state === state).length,
        })),
      },
      ...figures.map(({ name, help, together, of }): Metric => {
        const found = all.flatMap((view) => {
          const value = of(view, now);
          return value === null ? [] : [{ labels: { app: view.app, environment: view.env }, value }];
        });
        if (names) return { name, help, kind: "gauge", samples: found };
        const values = found.map(({ value }) => value);
        const value = together === "sum" ? sum(values) : values.reduce((a, b) => Math.max(a, b), 0);
        return { name, help, kind: "gauge", samples: [{ labels: {}, value }] };
      }),
      {
        name: "keyroll_look_seconds",
        help: "How long the newest whole look at a cluster lasted.",
        kind: "gauge",
        samples: await looks(host, names),
      },
      {
        name: "keyroll_deployments_total",
        help: "Deployments that have ended, of the environments that there are, by how.",
        kind: "counter",
        samples: await endedDeployments(host),
      },
    ];
  };
};

const allViews = async (host: Host, now: number): Promise<readonly FleetView[]> => {
  const views: FleetView[] = [];
  let after: string | null = null;
  for (;;) {
    const facts = await fleetFacts(host.db, { after, limit: batch });
    for (const one of facts) views.push(await fleetView(host.db, one, now));
    after = facts.at(-1)?.id ?? null;
    if (facts.length < batch) return views;
  }
};

const looks = async (host: Host, names: boolean): Promise<Metric["samples"]> => {
  const rows = await host.db
    .selectFrom("connection_looks as l")
    .innerJoin("connections as c", "c.id", "l.connection_id")
    .select(["c.name", "l.took"])
    .where("l.took", "is not", null)
    .execute();
  const found = rows.map(({ name, took }) => ({ labels: { connection: name }, value: seconds(took ?? 0) }));
  if (names) return found;
  return [{ labels: {}, value: found.reduce((most, { value }) => Math.max(most, value), 0) }];
};

const endedDeployments = async (host: Host): Promise<Metric["samples"]> => {
  const rows = await host.db
    .selectFrom("deployment_runs")
    .select(["verdict", (e) => e.fn.countAll<number>().as("n")])
    .where("state", "=", "done")
    .groupBy("verdict")
    .execute();
  const counts = new Map(rows.map(({ verdict, n }) => [verdict, n]));
  return ["running", "failed", "cancelled"].map((state) => ({ labels: { state }, value: counts.get(state) ?? 0 }));
};
