import { z } from "zod";
import { driftStatus } from "./drift-entry.ts";
import { id, listOf, page, revision, time } from "./fields.ts";
import { changes, finding, goal, restarts } from "./deployment-shapes.ts";
import { statusState } from "./fleet.ts";
import { journalEvent, journalStream, stepNames } from "./journal.ts";
import { route } from "./route.ts";

const deployment = z.object({
  id,
  number: z.number().int(),
  state: z.enum(["queued", "active", "running", "failed", "cancelled"]),
  step: z.enum(stepNames).nullable(),
  aim: z.enum(["goal", "fallback"]),
  goal,
  fallback: goal.nullable(),
  ignorePreflight: z.array(z.string()).describe("rules of preflight whose errors were passed over on request"),
  reason: z.enum(["requested", "on-save", "undo"]),
  requestedBy: z.string(),
  requestedAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  /** One sentence for people: what came out, and what is live now. */
  outcome: z.string().nullable(),
  /** What is live after a failure. */
  live: z.enum(["unchanged", "goal", "previous", "mixed"]).nullable(),
  helmRevision: z.number().int().nullable(),
  cancelRequested: z.boolean(),
});

const forceConflicts = z
  .boolean()
  .default(false)
  .describe("take fields of the chart from other managers that own them (Helm 4 refuses else)");

const instance = z.object({
  name: z.string(),
  container: z.string().nullable(),
  /** Revision that it runs; null when it cannot be told. */
  revision: revision.nullable(),
  /** "42 (its keys unchanged since 39)". */
  unchangedSince: revision.nullable(),
  verdict: z.enum(["current", "stale", "ambiguous", "drifted", "draining", "blocked", "finished", "in-flight"]),
  evidence: z.number().int().nullable(),
  reason: z.string(),
});

const base = "/apps/{app}/environments/{env}";

export const deployments = {
  "preflight.run": route({
    method: "POST",
    path: `${base}/preflight`,
    kind: "query",
    permission: "deployment:read",
    summary: "Findings for the next deployment. Changes nothing.",
    input: z.strictObject({
      release: z.string().max(100).optional(),
      values: z
        .string()
        .max(200 * 1024)
        .optional(),
      valuesText: z
        .string()
        .max(200 * 1024)
        .optional()
        .describe("these Helm values whole, instead of saved ones: what a save would lead to"),
      valuesVersion: z.union([z.literal("latest"), z.number().int().min(0)]).optional(),
      revision: revision.optional(),
    }),
    output: z.object({
      goal,
      findings: z.array(finding),
      fixed: z.array(z.string()).describe("rules with errors among these that nobody may pass over"),
      restarts,
      consumers: z.array(
        z.object({ kind: z.string(), name: z.string(), keys: z.union([z.literal("all"), z.array(z.string())]) }),
      ),
    }),
  }),
  "deployments.list": route({
    method: "GET",
    path: `${base}/deployments`,
    kind: "query",
    permission: "deployment:read",
    summary: "Deployments, newest first.",
    query: page,
    output: listOf(deployment),
  }),
  "deployments.request": route({
    method: "POST",
    path: `${base}/deployments`,
    kind: "mutation",
    permission: "deployment:write",
    summary: "Request a deployment. Its goal is pinned now: release, values and revision.",
    input: z.strictObject({
      release: z
        .string()
        .max(100)
        .optional()
        .describe("id or version; `latest`; the last deployed one when absent, else the latest"),
      values: z
        .string()
        .max(200 * 1024)
        .optional()
        .describe("extra YAML, merged over that version and saved as a new one"),
      revision: revision.optional(),
      valuesVersion: z
        .union([z.literal("latest"), z.number().int().min(0)])
        .optional()
        .describe("version of the Helm values; the running one when absent, else the newest"),
      restart: z
        .enum(["changed", "all", "none"])
        .default("changed")
        .describe(
          "what restarts: workloads whose own keys changed, all that use the Secret, or none: the Secret is written and somebody else rolls",
        ),
      adopt: z.boolean().default(false),
      ignorePreflight: z
        .array(z.string().max(100))
        .max(50)
        .default([])
        .describe("rules of preflight whose errors do not stop it; recorded with who asked"),
      forceConflicts,
      overwriteDrift: z
        .boolean()
        .default(false)
        .describe("go on although others changed what was deployed: it is lost"),
      queue: z.boolean().default(false),
    }),
    output: z.object({ deployment }),
    status: 201,
    errors: ["deployment_running", "invalid", "not_found", "revision_gone"],
  }),
  "deployments.get": route({
    method: "GET",
    path: `${base}/deployments/{deployment}`,
    kind: "query",
    permission: "deployment:read",
    summary:
      "One deployment (id, or its number in this environment) with its journal, and what it changes beside what ran before.",
    output: z.object({
      deployment,
      changes,
      journal: z.array(journalEvent),
      undo: z
        .object({
          goal,
          kept: z.array(z.string()).describe("keys that keep their newest value: the older one is dead"),
        })
        .nullable()
        .describe("what undoing it would deploy; null: nothing ran before it"),
    }),
  }),
  "deployments.cancel": route({
    method: "POST",
    path: `${base}/deployments/{deployment}/cancel`,
    kind: "mutation",
    permission: "deployment:write",
    summary: "Ask it to stop: before the write nothing changes, after it the previous state comes back.",
    output: z.object({ deployment }),
    errors: ["in_use"],
  }),
  "deployments.undo": route({
    method: "POST",
    path: `${base}/deployments/{deployment}/undo`,
    kind: "mutation",
    permission: "deployment:write",
    summary: "A new deployment with the goal that ran before this one: release, values and secrets together.",
    input: z.strictObject({
      queue: z.boolean().default(false),
      forceConflicts,
      overwriteDrift: z.boolean().default(false),
    }),
    output: z.object({ deployment }),
    status: 201,
    errors: ["deployment_running", "not_deployed", "revision_gone"],
  }),
  "status.get": route({
    method: "GET",
    path: `${base}/status`,
    kind: "query",
    permission: "deployment:read",
    summary: "Saved / in cluster / running, per workload and instance, with evidence.",
    output: z.object({
      saved: revision,
      /** Revision marked on the mirror; null: absent or not ours. */
      inCluster: revision.nullable(),
      /** The revision that every instance runs (its keys unchanged since); null: mixed, none, or unknown. */
      running: revision.nullable(),
      state: statusState,
      sentence: z.string(),
      mirror: z
        .object({
          exists: z.boolean(),
          ours: z.boolean(),
          owner: z.string().nullable(),
          keys: z.number().int().nullable(),
        })
        .nullable(),
      workloads: z.array(
        z.object({
          kind: z.string(),
          name: z.string(),
          held: z.string().nullable().describe("why nobody restarts it; null: it rolls"),
          note: z.string().nullable().describe("what else there is to know of it, such as a CronJob's next run"),
          instances: z.array(instance),
        }),
      ),
      /** What others changed in the cluster since the last deployment, and what the environment does about it. */
      drift: driftStatus,
      deployment: deployment.nullable(),
      observedAt: time,
    }),
  }),
  "events.stream": route({
    method: "GET",
    path: `${base}/events`,
    kind: "query",
    permission: "deployment:read",
    summary: "The journal as server-sent events; resumes by Last-Event-ID.",
    query: z.object({ after: z.coerce.number().int().min(0).optional() }),
    output: journalStream,
    stream: true,
  }),
  "instances.report": route({
    method: "PUT",
    path: `${base}/instances/{instance}`,
    kind: "mutation",
    permission: "secret:export",
    summary: "What `keyroll run --watch` reports every 10 s; gone after 30 s of silence.",
    input: z.strictObject({
      host: z.string().max(253),
      pid: z.number().int().min(1),
      startedAt: time.nullable(),
      revision,
      keys: z.union([z.literal("all"), z.array(z.string().max(300)).max(300)]),
      state: z.enum(["starting", "running", "stopped"]),
      exitCode: z.number().int().nullable().default(null),
    }),
    output: z.object({ expires: time, savedRevision: revision, deployedRevision: revision.nullable() }),
  }),
  "instances.remove": route({
    method: "DELETE",
    path: `${base}/instances/{instance}`,
    kind: "mutation",
    permission: "secret:export",
    summary: "The command has ended.",
    output: z.object({}),
  }),
};
