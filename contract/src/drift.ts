import { z } from "zod";
import { driftEntry, driftPlace } from "./drift-entry.ts";
import { key, revision, time } from "./fields.ts";
import { route } from "./route.ts";
import { saved } from "./secrets.ts";

const path = "/apps/{app}/environments/{env}/drift";

/** What others changed, past Keyroll, where values are kept and where they run. */
export const drift = {
  "drift.list": route({
    method: "GET",
    path,
    kind: "query",
    permission: "secret:write",
    summary:
      "What others changed, per key, with who and when: in the store beside the newest revision, in app-secrets and the Helm release beside what was deployed. No values.",
    output: z.object({
      revision,
      store: z.string().describe("the store's name"),
      drift: z.array(
        driftEntry.extend({
          overwrite: z
            .enum(["store", "cluster"])
            .nullable()
            .describe("where the value to be put back can be read; null: it cannot be put back by itself"),
        }),
      ),
      deployed: revision.nullable().describe("what the cluster is compared with; null: nothing was deployed there"),
      mode: z.enum(["report", "revert", "ignore"]).describe("what the environment does about drift of the cluster"),
      pausedUntil: time.nullable(),
      unknown: z.string().nullable().describe("why the cluster could not be asked; what was known before is told then"),
    }),
    errors: ["in_use", "sealed"],
  }),
  "drift.resolve": route({
    method: "POST",
    path,
    kind: "operation",
    progress: true,
    permission: "secret:write",
    summary:
      "Adopt what others did (their values are taken as a new revision, deleted keys are removed; a Helm revision is accepted), or overwrite it (the saved values are put back in the store, the deployed ones in app-secrets).",
    input: z.strictObject({
      action: z.enum(["adopt", "overwrite"]),
      place: driftPlace.default("store"),
      keys: z
        .array(key)
        .max(300)
        .default([])
        .describe(
          "keys of the list; the others stay as they are. None: what concerns the Secret or release as a whole",
        ),
      message: z.string().trim().max(500).optional(),
      confirmRisky: z.array(key).max(300).default([]).describe("risky names such as PATH that are meant to be adopted"),
    }),
    output: saved,
    ifMatch: true,
    etag: "revision",
    errors: [
      "confirmation_required",
      "revision_conflict",
      "not_found",
      "invalid",
      "limit_exceeded",
      "integrity",
      "in_use",
      "sealed",
      "deployment_running",
      "foreign_secret",
      "not_allowed",
      "indeterminate",
    ],
  }),
};
