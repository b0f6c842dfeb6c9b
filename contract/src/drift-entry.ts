import { z } from "zod";
import { time } from "./fields.ts";

/** Where something differs: in the store of the values, in `app-secrets`, or in the Helm release. */
export const driftPlace = z.enum(["store", "cluster", "release"]);

/** One thing that others did. Never a value. */
export const driftEntry = z.object({
  place: driftPlace,
  key: z.string().nullable().describe("null: it concerns the Secret or the release as a whole"),
  /**
   * Of the store: `foreign` (in no revision), `changed`, `missing` (deleted). Of the cluster: `changed`, `added` and
   * `removed` keys, the Secret `deleted`, or `unmarked` (Keyroll's marks are gone). Of the release: what was done.
   */
  kind: z.enum([
    "foreign",
    "changed",
    "missing",
    "added",
    "removed",
    "deleted",
    "unmarked",
    "rolled-back",
    "upgraded",
    "uninstalled",
  ]),
  message: z.string(),
  at: time.nullable().describe("when it was done; null: not told"),
  by: z.string().nullable().describe("who did it, as the provider or the field manager is named; null: not told"),
});

/** What the status says of it. */
export const driftStatus = z.object({
  entries: z.array(driftEntry),
  sentence: z.string().nullable().describe("null: nobody changed anything"),
  pausedUntil: time.nullable(),
});

/** A line of the journal. */
export const driftEvent = z.object({
  type: z.literal("drift"),
  state: z.enum(["found", "settled", "overwritten", "adopted"]),
  place: driftPlace,
  message: z.string(),
});
