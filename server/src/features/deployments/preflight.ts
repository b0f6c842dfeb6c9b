import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { blocking, ruleIds } from "@keyroll/preflight";
import { storeOf } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { query } from "../verb.ts";
import { findingsOf } from "./findings.ts";
import type { Goal } from "./goal.ts";
import { openTarget } from "../open-target.ts";
import { chosenValues, pinRelease } from "./pin.ts";
import { chartOf } from "./target-goal.ts";
import { mergeValues, readValuesMap } from "./merge-values.ts";
import { stringify } from "yaml";

/** What the next deployment would run into. Renders in memory; changes nothing. */
export const runPreflight = query(routes["preflight.run"], async ({ db, host, app, environment, input, signal }) => {
  const store = storeOf(host, app, environment);
  const newest = (await newestManifest(db, { host, app, environment }, { store }))?.revision ?? 0;
  if (input.revision !== undefined && input.revision > newest) {
    throw new KeyrollError("not_found", `There is no revision ${input.revision}; the newest is ${newest}.`, {
      field: "revision",
      limit: newest,
      actual: input.revision,
    });
  }
  const release = await pinRelease(db, app, environment, input.release);
  const chosen =
    environment.type === "helm"
      ? await chosenValues(db, environment, { version: input.valuesVersion, extra: input.values })
      : null;
  const goal: Goal = {
    release,
    values: chosen?.version ?? null,
    revision: input.revision ?? newest,
    keep: [],
    keepFrom: null,
  };
  const chart = await chartOf(db, environment, goal);
  const base = input.valuesText ?? chart?.values ?? "";
  const values =
    input.values === undefined ? base : stringify(mergeValues(readValuesMap(base), readValuesMap(input.values)));
  const target = await openTarget(host, app, environment);
  const plan = {
    deployment: "preflight",
    revision: goal.revision,
    chart: chart === null ? null : { ...chart, values },
    restart: { how: "off" as const, marks: [] },
  };
  const rendered = { first: await target.render(plan, signal), second: await target.render(plan, signal) };
  const { findings, consumers } = await findingsOf({
    host,
    store,
    goal,
    environment,
    target,
    rendered,
    signal,
    restartAll: null,
    chart: chart?.bytes ?? null,
  });
  return {
    goal: { release: goal.release, values: goal.values, revision: goal.revision },
    findings,
    fixed: [...new Set(blocking(findings, ruleIds).map(({ rule }) => rule))],
    consumers: consumers.map(({ kind, name, uses }) => ({
      kind,
      name,
      keys: uses === "all" ? ("all" as const) : [...uses],
    })),
  };
});
