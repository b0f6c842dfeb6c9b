import { KeyrollError } from "@keyroll/contract/errors";
import { count } from "@keyroll/pairs";
import type { Secret } from "../../../ports/secret.ts";
import { pairsOf } from "../../pairs-of.ts";
import type { Job } from "../job.ts";
import type { Step } from "../pipeline.ts";
import { beforeOf, recordWrite } from "../timeline.ts";

/**
 * Writes `app-secrets`: the goal's values, and those that are leaving, so that an old pod that restarts during
 * the rollout still finds what it names. Guarded by the resourceVersion that was observed.
 */
export const write: Step = {
  name: "write",
  run: async (job) => {
    const mirror = await job.target.mirror();
    if (mirror === null) {
      await job.note({ written: true, wrote: job.row.aim }, null, async (tx) => {
        await tx
          .updateTable("deployment_runs")
          .set({ live: liveOf(job) })
          .where("deployment_id", "=", job.row.id)
          .execute();
      });
      return `Revision ${job.goal.revision} is what processes get from now on.`;
    }
    if (mirror.sealed !== null) throw sealed(job, mirror.sealed);
    const pairs = new Map(await pairsOf(job.store, job.goal));
    const { facts } = job.row;
    // It may have been written already, and only the answer was lost: then the Secret says nothing of what was before.
    const isAgain = facts.wrote === job.row.aim;
    const from = isAgain && facts.leavingFrom !== null ? facts.leavingFrom : mirror.ours ? mirror.revision : null;
    const present = [...new Set([...(mirror.keys ?? []), ...(isAgain ? facts.leaving : [])])];
    const leaving = await addLeaving(job, pairs, from, present);
    const expect = mirror.exists ? (mirror.resourceVersion ?? "absent") : "absent";
    if (!facts.written && facts.expect !== null && expect !== facts.expect) {
      throw new KeyrollError(
        "foreign_secret",
        "The Secret was changed by somebody else since this deployment looked at it.",
        {
          next: "Deploy again: it looks anew.",
          changed: false,
        },
      );
    }
    await job.note(
      {
        written: true,
        wrote: job.row.aim,
        expect: isAgain ? facts.expect : expect,
        leaving,
        leavingFrom: leaving.length === 0 ? null : from,
      },
      {
        type: "intent",
        message: `Writing revision ${job.goal.revision} (${count(pairs.size, "key")}).`,
        facts: { expect, revision: job.goal.revision },
      },
      async (tx) => {
        await tx
          .updateTable("deployment_runs")
          .set({ live: liveOf(job) })
          .where("deployment_id", "=", job.row.id)
          .execute();
      },
    );
    await job.guard();
    const written = await job.target
      .write({
        expect,
        revision: job.goal.revision,
        pairs,
        adopt: job.row.options.adopt || job.row.options.overwriteDrift,
      })
      .catch(async (error: unknown) => {
        // Refused at the first try: nothing of ours is there, and there is nothing to go back from.
        if (!facts.written && error instanceof KeyrollError && error.code === "foreign_secret") await takeBack(job);
        throw error;
      });
    await recordWrite(job, isAgain ? await beforeOf(job, mirror) : mirror, written, "goal");
    const left =
      leaving.length === 0
        ? ""
        : `; ${count(leaving.length, "removed key")} ${leaving.length === 1 ? "stays" : "stay"} until the rollout is over`;
    return `Wrote revision ${job.goal.revision}: ${count(pairs.size, "key")}, read back and compared${left}.`;
  },
};

const takeBack = async (job: Job): Promise<void> =>
  await job.note({ written: false, wrote: null }, null, async (tx) => {
    await tx.updateTable("deployment_runs").set({ live: null }).where("deployment_id", "=", job.row.id).execute();
  });

/** Before anything is changed: neither the goal nor the way back could be written. */
const sealed = ({ environment }: Job, why: string): KeyrollError => {
  const name = `${environment.namespace ?? ""}/${environment.secretName ?? ""}`;
  const cached =
    "Scale what uses it to zero, remove that Secret, then deploy: a kubelet that has seen it immutable gives its old values to new pods until no pod of its node uses it.";
  return new KeyrollError("foreign_secret", `The Secret ${name} is ${why}: nobody can write it.`, {
    next: why === "immutable" ? cached : "Remove that Secret, or choose another name for an environment of its own.",
    changed: false,
  });
};

const liveOf = (job: Job): string => (job.row.aim === "goal" ? "goal" : "previous");

/** Keys of the Secret that the goal lacks, with the values that they have there. */
const addLeaving = async (
  job: Job,
  pairs: Map<string, Secret>,
  from: number | null,
  present: readonly string[],
): Promise<string[]> => {
  const missing = present.filter((key) => !pairs.has(key));
  if (from === null || from === 0 || missing.length === 0) return [];
  const manifest = await job.store.manifest({ at: from });
  const known = missing.filter((key) => manifest?.entries.has(key));
  if (known.length === 0) return [];
  for (const [key, value] of await job.store.read(from, known)) pairs.set(key, value);
  return known.toSorted();
};
