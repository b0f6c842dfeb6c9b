import type { Mirror, WorkloadFacts } from "../../ports/target.ts";
import { foreignKeys, insertWrite, lastWrites } from "../../database/writes.ts";
import type { Job } from "./job.ts";

/** Our own write: what it changed is known from the revisions, without looking at a value. */
export const recordWrite = async (
  job: Job,
  before: Mirror,
  after: Mirror,
  kind: "goal" | "contract",
): Promise<void> => {
  const { host, environment, goal, store } = job;
  const acknowledgedAt = host.clock.now();
  const [old, now] = await Promise.all([
    before.ours && before.revision !== null && before.revision > 0 ? store.manifest({ at: before.revision }) : null,
    goal.revision > 0 ? store.manifest({ at: goal.revision }) : null,
  ]);
  // What others changed meanwhile is written anew as well, also when the revision is the same.
  const theirs = kind === "goal" ? await foreignKeys(host.db, environment.id) : [];
  const known = theirs !== null && (before.ours || !before.exists);
  const changed = new Set<string>(goal.keep);
  for (const key of theirs ?? []) changed.add(key);
  for (const entry of now?.entries.values() ?? [])
    if (old?.entries.get(entry.key)?.revision !== entry.revision) changed.add(entry.key);
  for (const key of before.keys ?? []) if (after.keys?.includes(key) !== true) changed.add(key);
  await job.note({ expect: after.resourceVersion }, null, async (tx) => {
    await insertWrite(tx, {
      environmentId: environment.id,
      revision: goal.revision,
      resourceVersion: after.resourceVersion ?? "",
      at: after.writtenAt ?? acknowledgedAt,
      acknowledgedAt,
      changed: known ? [...changed].toSorted() : null,
      kind,
    });
  });
};

/**
 * What the Secret was before a write that may have been made already: what the timeline says was written last. With nothing in it,
 * the Secret was not there, or nobody knows what it held.
 */
export const beforeOf = async ({ host, environment, row }: Job, mirror: Mirror): Promise<Mirror> => {
  const ends = await lastWrites(host.db, environment.id);
  if (ends !== null) return { ...mirror, revision: ends.own.revision };
  const wasAbsent = row.facts.expect === "absent";
  return { ...mirror, revision: null, ours: false, exists: !wasAbsent };
};

/** What of a workload tells its pods' template apart. */
type Templated = Pick<WorkloadFacts, "uid" | "templateHash" | "restartMark">;

/** What of a job its templates are recorded with. */
export interface Recording {
  readonly host: Pick<Job["host"], "clock">;
  readonly environment: Pick<Job["environment"], "id">;
  readonly row: Pick<Job["row"], "id" | "aim">;
  readonly goal: Pick<Job["goal"], "revision">;
  readonly target: { observe(signal: AbortSignal): Promise<{ readonly workloads: readonly Templated[] }> };
  readonly signal: AbortSignal;
  readonly note: Job["note"];
}

/** Which pod templates are there now, or in `seen`, and since which write: the evidence of the proof. */
export const recordTemplates = async (
  job: Recording,
  when: "before-write" | "after-write" = "after-write",
  seen: readonly Templated[] | null = null,
): Promise<void> => {
  const workloads = seen ?? (await job.target.observe(job.signal)).workloads;
  const { host, environment, row, goal } = job;
  const consumers = workloads.filter((workload) => workload.templateHash !== null);
  if (consumers.length === 0) return;
  await job.note({}, null, async (tx) => {
    const after = await tx
      .selectFrom("writes")
      .select("resource_version")
      .where("environment_id", "=", environment.id)
      .where("kind", "=", "goal")
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst();
    for (const workload of consumers) {
      const hash = workload.templateHash ?? "";
      const known = await tx
        .selectFrom("template_records")
        .select("deployment_id")
        .where("environment_id", "=", environment.id)
        .where("workload_uid", "=", workload.uid)
        .where("hash", "=", hash)
        .limit(1)
        .executeTakeFirst();
      if (known !== undefined && when === "before-write") continue;
      await tx
        .insertInto("template_records")
        .values({
          environment_id: environment.id,
          workload_uid: workload.uid,
          hash,
          deployment_id: `${row.id}-${when === "before-write" ? "before" : row.aim}`,
          revision: goal.revision,
          // A template that was there before this write proves nothing about order.
          after_resource_version:
            known === undefined && when === "after-write" ? (after?.resource_version ?? null) : null,
          restart_mark: workload.restartMark,
          at: host.clock.now(),
        })
        .onConflict((conflict) =>
          conflict.columns(["environment_id", "workload_uid", "hash", "deployment_id"]).doNothing(),
        )
        .execute();
    }
  });
};
