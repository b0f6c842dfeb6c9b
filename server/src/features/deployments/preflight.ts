import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { blocking, rightsRule, ruleIds } from "@keyroll/preflight";
import type { Reader } from "../../database/schema.ts";
import { publishedRevision } from "../../database/deployed-goals.ts";
import type { Target } from "../../ports/target.ts";
import type { Rendered } from "../../ports/rendered.ts";
import { storeOf } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { query } from "../verb.ts";
import type { EnvironmentRow } from "../subject.ts";
import { conflictFindings } from "./conflict-findings.ts";
import { findingsOf, manifestsOf } from "./findings.ts";
import type { Goal } from "./goal.ts";
import { openTarget } from "../open-target.ts";
import { chosenValues, pinRelease, refuseValues } from "./pin.ts";
import { lastRunning } from "./queries.ts";
import { renderTwice } from "./render-twice.ts";
import { rightsFindings } from "./rights-findings.ts";
import { effectsOf } from "./restart-effects.ts";
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
  const { values: extra, valuesVersion, valuesText } = input;
  if (environment.type !== "helm") refuseValues(environment, { values: extra, valuesVersion, valuesText });
  const chosen =
    environment.type === "helm" ? await chosenValues(db, environment, { version: valuesVersion, extra }) : null;
  const goal: Goal = {
    release,
    values: chosen?.version ?? null,
    revision: input.revision ?? newest,
    keep: [],
    keepFrom: null,
  };
  const chart = await chartOf(db, environment, goal);
  const base = valuesText ?? chart?.values ?? "";
  const values = extra === undefined ? base : stringify(mergeValues(readValuesMap(base), readValuesMap(extra)));
  const target = await openTarget(host, app, environment);
  const plan = {
    deployment: "preflight",
    revision: goal.revision,
    chart: chart === null ? null : { ...chart, values },
    restart: { how: "off" as const, marks: [] },
    forceConflicts: false,
  };
  const rendered = await renderTwice(target, plan, { signal, evenLocked: true });
  const manifests = manifestsOf(rendered);
  const parts = { host, store, goal, environment, target, rendered, manifests, signal };
  const [{ findings, consumers, restart, triggers }, conflicts, rights] = await Promise.all([
    findingsOf({ ...parts, restartAll: null, chart: chart?.bytes ?? null }),
    conflictFindings(parts, manifests.objects, false),
    rightsFindings(parts, manifests.objects),
  ]);
  const [deployed, { workloads }, running] = await Promise.all([
    publishedRevision(db, environment.id),
    target.observe(signal),
    runningRender(db, environment, { target, goal, values, rendered: rendered.first, signal }),
  ]);
  const restarts = await effectsOf({
    type: environment.type,
    goal,
    store,
    deployed,
    consumers,
    workloads,
    plan: restart,
    triggers,
    renders: { next: rendered.first, running },
  });
  const all = [...rights, ...conflicts, ...findings];
  return {
    goal: { release: goal.release, values: goal.values, revision: goal.revision },
    findings: all,
    fixed: [...new Set(blocking(all, [...ruleIds, rightsRule]).map(({ rule }) => rule))],
    restarts,
    consumers: consumers.map(({ kind, name, uses }) => ({
      kind,
      name,
      keys: uses === "all" ? ("all" as const) : [...uses],
    })),
  };
});

interface Rendering {
  readonly target: Target;
  readonly goal: Goal;
  /** Text of the values that the goal was rendered with. */
  readonly values: string;
  readonly rendered: Rendered | null;
  readonly signal: AbortSignal;
}

/** What runs, rendered as the goal was: a template that differs restarts. Null: nothing ran, or it renders no more. */
const runningRender = async (
  db: Reader,
  environment: EnvironmentRow,
  { target, goal, values, rendered, signal }: Rendering,
): Promise<Rendered | null> => {
  const before = (await lastRunning(db, environment.id))?.goal ?? null;
  if (before === null || before.release === null || rendered === null) return null;
  try {
    const chart = await chartOf(db, environment, before);
    if (before.release.id === goal.release?.id && chart?.values === values) return rendered;
    const restart = { how: "off" as const, marks: [] };
    const plan = { deployment: "preflight", revision: before.revision, chart, restart, forceConflicts: false };
    return await target.render(plan, { signal, evenLocked: true });
  } catch (error) {
    if (error instanceof KeyrollError) return null;
    throw error;
  }
};
