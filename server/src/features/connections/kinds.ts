import { routes } from "@keyroll/contract";
import { query } from "../verb.ts";

/** Kinds of secret stores. */
export const listStores = query(routes["stores.list"], async ({ host }) => ({
  items: host.stores.list().map(({ kind, label, settings, costs, capabilities: { keyPattern, ...rest } }) => ({
    kind,
    label,
    settings: { ...settings },
    capabilities: { ...rest, keyPattern: keyPattern?.source ?? null },
    costs: costs.map((cost) => ({ ...cost })),
  })),
}));

const targets = [
  { kind: "helm", label: "Helm release: Keyroll deploys the chart and proves the rollout" },
  { kind: "restart", label: "Workloads that somebody else deploys: Keyroll writes the Secret and restarts them" },
  { kind: "process", label: "Processes started with `keyroll run --watch`" },
];

/** Types of targets that an environment can have. */
export const listTargets = query(routes["targets.list"], async () => ({
  items: targets.map((target) => ({
    ...target,
    settings: {},
    capabilities: { cluster: target.kind !== "process" },
    costs: [],
  })),
}));
