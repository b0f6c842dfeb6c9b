import { z } from "zod";
import { finding } from "./deployment-shapes.ts";
import { driftEvent } from "./drift-entry.ts";
import { revision, time } from "./fields.ts";

export const stepNames = ["observe", "render", "preflight", "write", "settle", "roll", "prove", "contract"] as const;

export const journalEvent = z.object({
  seq: z.number().int(),
  at: time,
  deployment: z.string().nullable(),
  event: z.discriminatedUnion("type", [
    z.object({ type: z.literal("saved"), revision, author: z.string(), keys: z.array(z.string()) }),
    z.object({ type: z.literal("described"), author: z.string(), keys: z.array(z.string()) }),
    z.object({ type: z.literal("requested"), number: z.number().int(), by: z.string() }),
    z.object({
      type: z.literal("step"),
      step: z.enum(stepNames),
      aim: z.enum(["goal", "fallback"]),
      state: z.enum(["started", "done", "failed"]),
      message: z.string(),
    }),
    z.object({ type: z.literal("intent"), message: z.string(), facts: z.record(z.string(), z.unknown()) }),
    z.object({ type: z.literal("log"), message: z.string() }),
    z.object({
      type: z.literal("progress"),
      workload: z.string(),
      updated: z.number().int(),
      ready: z.number().int(),
      wanted: z.number().int(),
    }),
    z.object({
      type: z.literal("trouble"),
      workload: z.string(),
      instance: z.string(),
      container: z.string().nullable(),
      reason: z.string(),
      message: z.string(),
    }),
    z.object({ type: z.literal("finding"), finding }),
    z.object({ type: z.literal("held"), workload: z.string(), message: z.string() }),
    driftEvent,
    z.object({ type: z.literal("cancel"), by: z.string() }),
    z.object({ type: z.literal("finished"), state: z.enum(["running", "failed", "cancelled"]), message: z.string() }),
    z.object({
      type: z.literal("instance"),
      instance: z.string(),
      state: z.enum(["started", "running", "stopped", "lost"]),
      revision,
    }),
  ]),
});

/** `{ seq }` alone is what the verb answers: where the journal stands when the stream opens. */
export const journalStream = z
  .union([journalEvent, z.object({ seq: z.number().int() })])
  .describe(
    "The data of an event is JSON. `journal`: an entry; its `id` is the sequence. `start` comes first: its `id` is the sequence " +
      "after which the stream begins, `age` the milliseconds since the newest entry, or null when there is none; what was read " +
      "longer ago than that lacks it. `reset`: what was missed goes back more than a day and is skipped; read the state anew.",
  );
