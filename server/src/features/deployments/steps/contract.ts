import { pairsOf } from "../../pairs-of.ts";
import type { Step } from "../pipeline.ts";
import { recordWrite } from "../timeline.ts";

/** The rollout is over: takes the removed keys out of `app-secrets`. */
export const contract: Step = {
  name: "contract",
  run: async (job) => {
    const { leaving } = job.row.facts;
    if (leaving.length === 0) return "No key was waiting to be removed.";
    const mirror = await job.target.mirror();
    if (mirror === null || !mirror.ours) return "The Secret is not ours any more; nothing was removed.";
    if (!leaving.some((key) => mirror.keys?.includes(key))) return "The removed keys are gone.";
    const pairs = await pairsOf(job.store, job.goal);
    await job.guard();
    const written = await job.target.write({
      expect: mirror.resourceVersion ?? "absent",
      revision: job.goal.revision,
      pairs,
      adopt: false,
    });
    await recordWrite(job, mirror, written, "contract");
    return `Removed from the Secret: ${leaving.join(", ")}.`;
  },
};
