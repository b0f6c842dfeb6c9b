import { z } from "zod";
import { id, revision, time } from "./fields.ts";

const severity = z.enum(["error", "warning", "note"]);

/** One line of preflight (interface: "JSON of the CLI"). */
export const finding = z.object({
  rule: z.string(),
  severity,
  object: z.object({ kind: z.string(), namespace: z.string().nullable(), name: z.string() }).nullable(),
  container: z.string().nullable(),
  key: z.string().nullable(),
  source: z.string().nullable(),
  message: z.string(),
  fix: z.string(),
});

export const goal = z.object({
  release: z.object({ id, chart: z.string(), version: z.string() }).nullable(),
  values: z.number().int().nullable().describe("version of the Helm values"),
  revision,
});

const change = <T extends z.ZodType>(of: T) => z.object({ from: of.nullable(), to: of.nullable() }).nullable();

/** The goal of a deployment beside what ran before it. No values. */
export const changes = z.object({
  since: z.number().int().nullable().describe("number of the deployment that ran before; null: none did"),
  release: change(z.string()).describe("versions of the chart; null: the same"),
  values: change(z.number().int()).describe("versions of the Helm values; null: the same"),
  revision: change(revision).describe("revisions of the secrets; null: the same"),
  keys: z.array(
    z.object({
      key: z.string(),
      op: z.enum(["added", "changed", "removed"]),
      revision: revision.nullable().describe("the change that goes live; null: the key goes back to before it existed"),
      by: z.string().nullable(),
      at: time.nullable(),
    }),
  ),
});

/** What a deployment does to each workload that uses the Secret. */
export const restarts = z
  .array(
    z.object({
      kind: z.string(),
      name: z.string(),
      effect: z.enum(["starts", "restarts", "stays"]),
      why: z.string(),
    }),
  )
  .describe("what the deployment does to each workload that uses the Secret");
