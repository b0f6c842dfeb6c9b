import { z } from "zod";
import { runsOf } from "../database/deployed-goals.ts";
import type { LastWrites } from "../database/writes.ts";
import type { Reader } from "../database/schema.ts";
import type { PinnedGoal } from "./pairs-of.ts";

const goalType = z.object({
  revision: z.number(),
  keep: z.array(z.string()).default([]),
  keepFrom: z.number().nullable().default(null),
});
const factsType = z.object({
  leaving: z.array(z.string()).default([]),
  rolling: z.string().nullable().default(null),
});
const optionsType = z.object({ restart: z.string() });

/** What the last deployment left in `app-secrets`. */
export interface DeployedContent {
  readonly goal: PinnedGoal;
  /** Keys that stay there until a rollout is over, and may be there still. */
  readonly leaving: readonly string[];
}

/** The goal that Keyroll's last write took its values from. */
export const deployedContent = async (
  db: Reader,
  environmentId: string,
  own: LastWrites["own"],
): Promise<DeployedContent> => {
  const row = await runsOf(db, environmentId)
    .select(["deployments.goal", "deployments.fallback", "deployment_runs.live", "deployment_runs.facts"])
    .where("deployment_runs.live", "in", ["goal", "previous", "mixed"])
    .limit(1)
    .executeTakeFirst();
  const nothing = { revision: own.revision, keep: [], keepFrom: null };
  if (row === undefined) return { goal: nothing, leaving: [] };
  const goals = [row.goal, row.fallback].flatMap((text) => (text === null ? [] : [goalType.parse(JSON.parse(text))]));
  const [first, second] = row.live === "goal" ? goals : goals.toReversed();
  const goal = [first, second].find((one) => one?.revision === own.revision) ?? nothing;
  return { goal, leaving: own.kind === "contract" ? [] : factsType.parse(JSON.parse(row.facts)).leaving };
};

/**
 * The Helm revision that the last deployment which rolled has left; null: none did, it ended half way, or somebody
 * else rolls and every revision is right.
 */
export const deployedRelease = async (db: Reader, environmentId: string): Promise<number | null> => {
  const rows = await runsOf(db, environmentId)
    .select([
      "deployments.options",
      "deployment_runs.facts",
      "deployment_runs.verdict",
      "deployment_runs.live",
      "deployment_runs.helm_revision",
    ])
    .where("deployment_runs.state", "=", "done")
    .where("deployment_runs.live", "in", ["goal", "previous", "mixed"])
    .limit(1)
    .execute();
  for (const row of rows) {
    if (optionsType.parse(JSON.parse(row.options)).restart === "none") return null;
    const isWhole = row.verdict === "running" || row.live === "previous";
    return isWhole && factsType.parse(JSON.parse(row.facts)).rolling !== null ? row.helm_revision : null;
  }
  return null;
};
