import { z } from "zod";
import { listOf, page, revision, time } from "./fields.ts";
import { route } from "./route.ts";

export const statusState = z.enum([
  "never-saved",
  "not-deployed",
  "not-live",
  "rolling",
  "running",
  "stale",
  "unknown",
]);

const count = z.number().int().min(0);

/** All environments at once. */
export const fleet = {
  "status.list": route({
    method: "GET",
    path: "/status",
    kind: "query",
    permission: "deployment:read",
    summary:
      "Every environment as it was last seen, in the order of its making: what is saved, in the cluster and running, what waits, and what is wrong. Clusters are looked at in the background; `observedAt` says when.",
    query: page.extend({ state: statusState.optional().describe("only environments in this state") }),
    output: listOf(
      z.object({
        app: z.string(),
        env: z.string(),
        kind: z.enum(["sandbox", "production"]),
        type: z.enum(["helm", "restart", "process"]),
        connection: z.string(),
        saved: revision,
        /** As it was last seen; null: absent, not ours, or not seen. */
        inCluster: revision.nullable(),
        running: revision.nullable(),
        state: statusState,
        sentence: z.string(),
        urgency: z
          .number()
          .int()
          .min(0)
          .max(3)
          .describe(
            "3: something is wrong; 2: the newest deployment failed, or a change waits; 1: not done yet; 0: well",
          ),
        counts: z
          .object({ current: count, stale: count, ambiguous: count, drifted: count, blocked: count })
          .describe("instances by verdict"),
        drift: z.boolean().describe("the Secret is not as Keyroll wrote it"),
        deployment: z
          .object({
            number: z.number().int(),
            state: z.enum(["queued", "active", "running", "failed", "cancelled"]),
            at: time.describe("its end; while it is under way, its request"),
          })
          .nullable(),
        waiting: z
          .object({ revision, at: time, by: z.string() })
          .nullable()
          .describe("the oldest change that no deployment has taken along"),
        observedAt: time
          .nullable()
          .describe("when it was seen like this; null: nothing of it is in a cluster, or never"),
        trouble: z
          .object({ message: z.string(), since: time })
          .nullable()
          .describe("why it cannot be seen now; the figures are those of `observedAt`"),
      }),
    ),
  }),
};
