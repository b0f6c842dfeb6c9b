import { requireLease, type Lease, type LeaseHost } from "../../database/leases.ts";
import type { Reader, Tx } from "../../database/schema.ts";
import { fallbackOf } from "./fallback.ts";
import type { Goal } from "./goal.ts";
import { deploymentById, lastRunning, type DeploymentRow } from "./queries.ts";

/** The first deployment of the environment that has not ended, by number. */
export const nextOf = async (db: Reader, environmentId: string): Promise<string | null> => {
  const first = await db
    .selectFrom("deployment_runs")
    .innerJoin("deployments", "deployments.id", "deployment_runs.deployment_id")
    .select("deployments.id")
    .where("deployment_runs.environment_id", "=", environmentId)
    .where("deployment_runs.state", "in", ["queued", "active"])
    .orderBy("deployments.number")
    .limit(1)
    .executeTakeFirst();
  return first?.id ?? null;
};

/** Deployments of an environment run one after the other, in the order of their numbers. */
export const claimNext = async (host: LeaseHost, lease: Lease, environmentId: string): Promise<string | null> =>
  await host.db.transaction().execute(async (tx) => {
    await requireLease(host, tx, lease);
    const id = await nextOf(tx, environmentId);
    if (id === null) return null;
    const row = await deploymentById(tx, id);
    if (row?.state === "queued") await pinNow(tx, row);
    await tx
      .updateTable("deployment_runs")
      .set((e) => ({ state: "active", started_at: e.fn.coalesce("started_at", e.val(host.clock.now())) }))
      .where("deployment_id", "=", id)
      .execute();
    return id;
  });

/** The one before it in the queue has ended: what runs now is what it goes on from, and what it goes back to. */
const pinNow = async (tx: Tx, { id, environmentId, goal: asked, options }: DeploymentRow): Promise<void> => {
  const last = await lastRunning(tx, environmentId);
  const goal: Goal = {
    ...asked,
    release: options.follows.release ? (last?.goal.release ?? asked.release) : asked.release,
    values: options.follows.values ? (last?.goal.values ?? asked.values) : asked.values,
  };
  const fallback = await fallbackOf(tx, environmentId, goal);
  await tx
    .updateTable("deployments")
    .set({ goal: JSON.stringify(goal), fallback: fallback === null ? null : JSON.stringify(fallback) })
    .where("id", "=", id)
    .execute();
};
