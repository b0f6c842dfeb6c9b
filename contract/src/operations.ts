import { z } from "zod";
import { id, time } from "./fields.ts";
import { route } from "./route.ts";

/** A request that outlived its first second. No values: what it answers has none. */
export const operationView = z.object({
  id,
  state: z.enum(["running", "done", "failed", "recovered"]),
  /** Share that is done, 0 to 1. */
  share: z.number().min(0).max(1),
  /** `running`: the values that are written, of how many, and about how long the rest takes, as far as it is known. */
  progress: z
    .object({
      written: z.int().nonnegative(),
      of: z.int().nonnegative(),
      secondsLeft: z.int().positive().nullable(),
    })
    .nullable(),
  begunAt: time,
  settledAt: time.nullable(),
  cancelRequested: z.boolean(),
  /** `done`: what the request would have answered at once. */
  result: z.unknown(),
  /** `failed`: the problem that it would have answered (RFC 9457, with its `status`). */
  problem: z.record(z.string(), z.unknown()).nullable(),
  /** `recovered`: the server died during it; what was found afterwards, in a sentence. */
  message: z.string().nullable(),
});

/** The body of a 202. */
export const accepted = z.object({ operation: operationView });

const path = "/apps/{app}/environments/{env}/operations/{operation}";

export const operations = {
  "operations.get": route({
    method: "GET",
    path,
    kind: "query",
    permission: "secret:write",
    summary: "A request that was answered with 202: how far it is, or what came out.",
    output: accepted,
  }),
  "operations.cancel": route({
    method: "DELETE",
    path,
    kind: "mutation",
    permission: "secret:write",
    summary: "Ask it to stop. What it answers then says whether it was in time: a save is whole or absent.",
    output: accepted,
    errors: ["in_use"],
  }),
};
