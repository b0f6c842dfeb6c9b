import { KeyrollError } from "@keyroll/contract/errors";
import { count } from "@keyroll/pairs";
import type { Mirror } from "../../../ports/target.ts";
import { recordTemplates } from "../timeline.ts";
import type { Job } from "../job.ts";
import type { Step } from "../pipeline.ts";
import { refuseDrift } from "./drift.ts";
import { cutOffBefore } from "../cut-off.ts";

/** Ends what a dead process left behind, then looks at the Secret that is there: ours, somebody's, or none. */
export const observe: Step = {
  name: "observe",
  run: async (job) => {
    for (const message of await job.target.recover(await cutOffBefore(job.host.db, job.row)))
      await job.journal({ type: "log", message });
    const mirror = await job.target.mirror();
    if (mirror === null) {
      await job.note({ expect: null }, null);
      return "No cluster is involved.";
    }
    refuseForeign(mirror, job);
    await job.note({ expect: mirror.exists ? mirror.resourceVersion : "absent" }, null);
    await refuseDrift(job);
    // Templates that are there before the write prove nothing about it later.
    await recordTemplates(job, "before-write");
    const name = `${job.environment.namespace ?? ""}/${job.environment.secretName ?? ""}`;
    if (mirror.copiedIn !== null) await job.journal({ type: "log", message: copied(name, mirror.copiedIn) });
    if (!mirror.exists) return `The Secret ${name} does not exist yet.`;
    return mirror.ours
      ? `The Secret ${name} holds revision ${mirror.revision ?? "?"}.`
      : `The Secret ${name} is not Keyroll's and will be adopted.`;
  },
};

const copied = (name: string, annotation: string): string =>
  `Somebody used \`kubectl apply\` on the Secret ${name}: its annotation ${annotation} holds the values that were applied, for everybody who may read metadata. This deployment's write removes it; what was in it counts as seen.`;

const refuseForeign = (mirror: Mirror, { environment, row }: Job): void => {
  if (!mirror.exists || mirror.ours) return;
  const name = `${environment.namespace ?? ""}/${environment.secretName ?? ""}`;
  if (mirror.owner !== null) {
    throw new KeyrollError("foreign_secret", `The Secret ${name} belongs to ${mirror.owner.name}.`, {
      next: mirror.owner.steps,
      changed: false,
    });
  }
  if (mirror.environment !== null && mirror.environment !== environment.id) {
    throw new KeyrollError("foreign_secret", `The Secret ${name} carries the mark of another Keyroll environment.`, {
      next: "Choose another Secret name, or remove the mark keyroll.dev/environment after making sure that nobody uses it.",
      changed: false,
    });
  }
  // Marks that were removed from a Secret of ours are drift like any other.
  if (row.options.adopt || row.options.overwriteDrift) return;
  const keys = mirror.keys === null ? "" : ` It holds ${count(mirror.keys.length, "key")}.`;
  throw new KeyrollError("foreign_secret", `The Secret ${name} exists and was not made by Keyroll.${keys}`, {
    next: "Deploy with --adopt to take it over: what it holds is replaced by the saved pairs.",
    changed: false,
  });
};
