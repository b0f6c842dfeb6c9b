import { z } from "zod";
import { key, listOf, page, reason, revision, time } from "./fields.ts";
import { route } from "./route.ts";
import { saved } from "./secrets.ts";

const base = "/apps/{app}/environments/{env}";

/** Values in time and across environments: the changes of one key, and two environments side by side. */
export const across = {
  "secrets.history": route({
    method: "GET",
    path: `${base}/secrets/{key}/history`,
    kind: "query",
    permission: "secret:list",
    summary: "The changes of one key, newest first: who, when, why. Also of a key that was removed.",
    query: page,
    output: listOf(
      z.object({
        revision,
        op: z.enum(["added", "changed", "removed"]),
        bytes: z.number().int().describe("of the value; 0 when it was removed"),
        lines: z.number().int(),
        author: z.string(),
        at: time,
        message: z.string().nullable(),
        /** The value before it was said to be dead. */
        retiresOld: z.boolean(),
        restoredFrom: revision.nullable(),
      }),
    ),
  }),
  "secrets.fill": route({
    method: "POST",
    path: `${base}/secrets/fill`,
    kind: "operation",
    progress: true,
    permission: "secret:write",
    summary:
      "Copy values from another environment without showing them: all of them or none. Needs secret:reveal there; audited on both sides.",
    input: z.strictObject({
      from: z.strictObject({ app: z.string().max(64), env: z.string().max(64) }),
      keys: z.array(key).min(1).max(100),
      message: z.string().trim().max(500).optional(),
      reason: reason.optional(),
    }),
    output: saved,
    ifMatch: true,
    etag: "revision",
    errors: [
      "revision_conflict",
      "in_use",
      "limit_exceeded",
      "confirmation_required",
      "reauth_required",
      "rate_limited",
      "sealed",
      "indeterminate",
    ],
  }),
  "secrets.compare": route({
    method: "POST",
    path: `${base}/compare`,
    kind: "operation",
    permission: "secret:list",
    summary:
      "This environment and another, key by key, without values. Whether two values are the same is told only to holders of secret:reveal on both, and audited on both; others learn which keys are where.",
    input: z.strictObject({
      with: z
        .string()
        .max(130)
        .regex(/^[^/]+\/[^/]+$/u, "APP/ENV")
        .describe("the other environment: APP/ENV"),
      reason: reason.optional(),
    }),
    output: z.object({
      here: z.object({ app: z.string(), env: z.string(), revision }),
      there: z.object({ app: z.string(), env: z.string(), revision }),
      compared: z.boolean().describe("whether values were compared; if not, a key of both is `present`"),
      keys: z.array(
        z.object({ key: z.string(), status: z.enum(["same", "different", "present", "only-here", "only-there"]) }),
      ),
    }),
    errors: ["sealed", "rate_limited", "confirmation_required", "reauth_required"],
  }),
};
