import { z } from "zod";
import { key, revision, time } from "./fields.ts";
import { route } from "./route.ts";
import { saved } from "./secrets.ts";

const path = "/apps/{app}/environments/{env}/drift";

/** What others changed in the place where values are kept. */
export const drift = {
  "drift.list": route({
    method: "GET",
    path,
    kind: "query",
    permission: "secret:write",
    summary: "What lies in the store and is not what the newest revision saved: per key, who and when. No values.",
    output: z.object({
      revision,
      store: z.string().describe("the store's name"),
      drift: z.array(
        z.object({
          key: z.string(),
          /** `foreign`: in no revision; `changed`: another value than the newest revision's; `missing`: deleted. */
          kind: z.enum(["foreign", "changed", "missing"]),
          message: z.string(),
          at: time.nullable().describe("when what is there was written; null: not told"),
          by: z.string().nullable().describe("who wrote it, as the provider names them; null: not told"),
          overwrite: z
            .enum(["store", "cluster"])
            .nullable()
            .describe("where the saved value can still be read, to be put back; null: nowhere"),
        }),
      ),
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
      "Adopt what others did (their values are taken as a new revision, deleted keys are removed), or overwrite it (the saved values are put back).",
    input: z.strictObject({
      action: z.enum(["adopt", "overwrite"]),
      keys: z.array(key).min(1).max(300).describe("keys of the list; the others stay as they are"),
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
      "indeterminate",
    ],
  }),
};
