import { KeyrollError } from "@keyroll/contract/errors";
import type { Reader } from "../../database/schema.ts";
import type { RestartPlan, TargetGoal } from "../../ports/target.ts";
import type { EnvironmentRow } from "../subject.ts";
import type { Goal } from "./goal.ts";
import type { Job } from "./job.ts";

/** The chart's bytes and values text of a goal; null: no chart is involved. */
export const chartOf = async (db: Reader, environment: EnvironmentRow, goal: Goal): Promise<TargetGoal["chart"]> => {
  if (goal.release === null) return null;
  const file = await db
    .selectFrom("releases")
    .innerJoin("release_files", "release_files.digest", "releases.digest")
    .select("release_files.content")
    .where("releases.id", "=", goal.release.id)
    .executeTakeFirst();
  if (file === undefined)
    throw new KeyrollError("not_found", `Release ${goal.release.version} is not in the database any more.`, {
      field: "release",
    });
  const values =
    goal.values === null || goal.values === 0
      ? null
      : await db
          .selectFrom("helm_values")
          .select("text")
          .where("environment_id", "=", environment.id)
          .where("version", "=", goal.values)
          .executeTakeFirst();
  return { bytes: file.content, values: values?.text ?? "" };
};

export const targetGoal = async (job: Job, restart: RestartPlan): Promise<TargetGoal> => ({
  deployment: job.row.id,
  revision: job.goal.revision,
  chart: await chartOf(job.host.db, job.environment, job.goal),
  restart,
  // The way back must arrive: what another manager took meanwhile is what the chart had set before.
  forceConflicts: job.row.options.forceConflicts || job.row.aim === "fallback",
});
