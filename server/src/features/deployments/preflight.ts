import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { storeOf } from "../host.ts";
import { query } from "../verb.ts";
import { findingsOf } from "./findings.ts";
import type { Goal } from "./goal.ts";
import { openTarget } from "../open-target.ts";
import { lastRunning } from "./queries.ts";
import { chartOf } from "./target-goal.ts";
import { mergeValues, readValuesMap } from "./merge-values.ts";
import { stringify } from "yaml";

/** What the next deployment would run into. Renders in memory; changes nothing. */
export const runPreflight = query(routes["preflight.run"], async ({ db, host, app, environment, input, signal }) => {
  const store = storeOf(host, app, environment);
  const newest = (await store.manifest())?.revision ?? 0;
  if (input.revision !== undefined && input.revision > newest) {
    throw new KeyrollError("not_found", `There is no revision ${input.revision}; the newest is ${newest}.`, {
      field: "revision",
      limit: newest,
      actual: input.revision,
    });
  }
  const release = environment.type === "helm" ? await releaseFor(db, app.id, environment.id, input.release) : null;
  const saved = await db
    .selectFrom("helm_values")
    .select((e) => e.fn.max("version").as("version"))
    .where("environment_id", "=", environment.id)
    .executeTakeFirst();
  const goal: Goal = {
    release,
    values: release === null ? null : (saved?.version ?? 0),
    revision: input.revision ?? newest,
    keep: [],
    keepFrom: null,
  };
  const chart = await chartOf(db, environment, goal);
  const values =
    input.values === undefined
      ? (chart?.values ?? "")
      : stringify(mergeValues(readValuesMap(chart?.values ?? ""), readValuesMap(input.values)));
  const target = await openTarget(host, app, environment);
  const plan = {
    deployment: "preflight",
    revision: goal.revision,
    chart: chart === null ? null : { ...chart, values },
    restart: { how: "off" as const, marks: [] },
  };
  const rendered = { first: await target.render(plan, signal), second: await target.render(plan, signal) };
  const { findings, consumers } = await findingsOf({ host, store, goal, environment, target, rendered, signal });
  return {
    goal: { release: goal.release, values: goal.values, revision: goal.revision },
    findings,
    consumers: consumers.map(({ kind, name, uses }) => ({
      kind,
      name,
      keys: uses === "all" ? ("all" as const) : [...uses],
    })),
  };
});

const releaseFor = async (
  db: Parameters<typeof lastRunning>[0],
  appId: string,
  environmentId: string,
  asked: string | undefined,
): Promise<Goal["release"]> => {
  const running = (await lastRunning(db, environmentId))?.goal.release ?? null;
  if (asked === undefined && running !== null) return running;
  const rows = await db
    .selectFrom("releases")
    .select(["id", "chart", "version"])
    .where("app_id", "=", appId)
    .orderBy("id", "desc")
    .execute();
  const row =
    asked === undefined || asked === "latest" ? rows[0] : rows.find((one) => one.id === asked || one.version === asked);
  if (row !== undefined) return row;
  throw new KeyrollError(
    "not_found",
    rows.length === 0 ? "No chart was pushed for this app." : `There is no release \`${asked ?? ""}\`.`,
    {
      field: "release",
      next: rows.length === 0 ? "Push one: `keyroll release push DIR`." : "`keyroll release ls` shows them.",
    },
  );
};
