import { routes } from "@keyroll/contract";
import { z } from "zod";
import { appendJournal } from "../../database/journal.ts";
import type { Reader } from "../../database/schema.ts";
import type { SecretStore } from "../../ports/secret-store.ts";
import { recordedRevision } from "../newest-manifest.ts";
import { mutation } from "../verb.ts";
import { publishedRevision } from "../../database/deployed-goals.ts";

/** Silence after which an instance is gone. */
export const instanceLasts = 30_000;

export interface Instance {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: number | null;
  readonly revision: number;
  readonly keys: "all" | readonly string[];
  readonly state: "starting" | "running";
}

const keysType = z.union([z.literal("all"), z.array(z.string())]);

/** Instances that have reported in the last 30 s and have not ended. */
export const instancesOf = async (db: Reader, environmentId: string, now: number): Promise<Instance[]> => {
  const rows = await db
    .selectFrom("instances")
    .selectAll()
    .where("environment_id", "=", environmentId)
    .where("seen_at", ">", now - instanceLasts)
    .where("state", "!=", "stopped")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    host: row.host,
    pid: row.pid,
    startedAt: row.started_at,
    revision: row.revision,
    keys: keysType.parse(JSON.parse(row.keys)),
    state: row.state === "running" ? "running" : "starting",
  }));
};

/** Those whose own keys differ between what they read and the goal. */
export const staleInstances = async (
  store: SecretStore,
  goal: number,
  instances: readonly Instance[],
): Promise<Instance[]> => {
  const wanted = goal === 0 ? null : await store.manifest({ at: goal });
  const stale: Instance[] = [];
  for (const instance of instances) {
    if (instance.revision === goal) continue;
    const has = instance.revision === 0 ? null : await store.manifest({ at: instance.revision });
    const keys =
      instance.keys === "all"
        ? new Set([...(wanted?.entries.keys() ?? []), ...(has?.entries.keys() ?? [])])
        : instance.keys;
    if ([...keys].some((key) => wanted?.entries.get(key)?.revision !== has?.entries.get(key)?.revision))
      stale.push(instance);
  }
  return stale;
};

/** `keyroll run --watch` says that it is there, and with which revision. */
export const reportInstance = mutation(
  routes["instances.report"],
  async ({ tx, environment, params, input, now, commit }) => {
    const known = await tx
      .selectFrom("instances")
      .select(["state", "revision"])
      .where("environment_id", "=", environment.id)
      .where("id", "=", params.instance)
      .executeTakeFirst();
    const row = {
      host: input.host,
      pid: input.pid,
      started_at: input.startedAt,
      revision: input.revision,
      keys: JSON.stringify(input.keys),
      state: input.state,
      exit_code: input.exitCode,
      seen_at: now,
    };
    await tx
      .insertInto("instances")
      .values({ environment_id: environment.id, id: params.instance, ...row })
      .onConflict((conflict) => conflict.columns(["environment_id", "id"]).doUpdateSet(row))
      .execute();
    await tx
      .deleteFrom("instances")
      .where("environment_id", "=", environment.id)
      .where("seen_at", "<", now - 24 * 3600 * 1000)
      .execute();
    if (known?.state !== input.state || known.revision !== input.revision) {
      const state = input.state === "starting" ? "started" : input.state;
      await appendJournal(tx, environment.id, null, now, {
        type: "instance",
        instance: `${input.host}/${input.pid}`,
        state,
        revision: input.revision,
      });
    }
    return await commit(null, {
      expires: now + instanceLasts,
      savedRevision: await recordedRevision(tx, environment.id),
      deployedRevision: await publishedRevision(tx, environment.id),
    });
  },
);

/** The command has ended for good. */
export const removeInstance = mutation(routes["instances.remove"], async ({ tx, environment, params, now, commit }) => {
  const row = await tx
    .selectFrom("instances")
    .select(["host", "pid", "revision"])
    .where("environment_id", "=", environment.id)
    .where("id", "=", params.instance)
    .executeTakeFirst();
  if (row !== undefined) {
    await tx
      .deleteFrom("instances")
      .where("environment_id", "=", environment.id)
      .where("id", "=", params.instance)
      .execute();
    await appendJournal(tx, environment.id, null, now, {
      type: "instance",
      instance: `${row.host}/${row.pid}`,
      state: "stopped",
      revision: row.revision,
    });
  }
  return await commit(null, {});
});
