import { z } from "zod";
import { byKey, key, keyState, listOf, note, page, reason, revision, secretName, time, value } from "./fields.ts";
import { route } from "./route.ts";

const day = z.iso.date("a day, such as 2026-11-24");

const meta = z.strictObject({
  note: note.nullable().optional(),
  url: z
    .url({ protocol: /^https?$/u, error: "an address that begins with https:// or http://" })
    .max(2000)
    .nullable()
    .optional(),
  rotateBy: day.nullable().optional(),
  visible: z.boolean().optional(),
});

const secret = z.object({
  key: z.string(),
  bytes: z.number().int(),
  lines: z.number().int(),
  binary: z.boolean(),
  /** The value, only for a key marked visible, as long as the store has it as it was saved. */
  value: z.string().nullable(),
  revision,
  changedAt: time,
  changedBy: z.string(),
  note: z.string().nullable(),
  url: z.string().nullable(),
  rotateBy: z.string().nullable(),
  visible: z.boolean(),
  retiresOld: z.boolean(),
  state: keyState,
});

export const saved = z.object({
  revision,
  /** What the store gave back was compared byte for byte. */
  verified: z.boolean(),
  /** false: nothing differed, no new revision was made. */
  changed: z.boolean(),
  secrets: z.array(
    z.object({ key: z.string(), op: z.enum(["set", "remove"]), bytes: z.number().int(), lines: z.number().int() }),
  ),
  /** Revision of someone else that this save was merged onto. */
  mergedWith: revision.nullable(),
  /** Removed keys whose older values are deleted from the store: revisions that held them are not readable any more. */
  purged: z.array(z.string()),
  warnings: z.array(z.object({ id: z.string(), key: z.string().optional(), message: z.string() })),
  /** The deployment that `onSave` requested. */
  deployment: z.string().nullable(),
});

const revisionInfo = z.object({
  revision,
  author: z.string(),
  at: time,
  message: z.string().nullable(),
  keys: z.number().int(),
  bytes: z.number().int(),
  changes: z.array(z.object({ key: z.string(), op: z.enum(["added", "changed", "removed"]), bytes: z.number().int() })),
  restoredFrom: revision.nullable(),
  /** false: its values are gone from the store; it can be neither shown nor restored. */
  readable: z.boolean(),
});

const changeSet = {
  set: byKey(value).default({}),
  remove: z.array(key).max(300).default([]),
  rename: byKey(key).default({}),
  meta: byKey(meta).default({}),
  retiresOld: z.array(key).max(300).default([]),
  confirmRisky: z.array(key).max(300).default([]).describe("risky names such as PATH that are meant"),
};

const shellNames = z
  .boolean()
  .default(false)
  .describe("take what no shell can write under a shell name: db-url as DB_URL");

export const foreignPath = z.strictObject({
  ssmPath: z.string().max(1100).describe("a path of AWS Parameter Store; the parameters directly below it are read"),
  region: z.string().max(40).optional().describe("Region of the path; the store's own when absent"),
  shellNames,
});

const foreignSecret = z.strictObject({
  secret: secretName.describe("a Secret of the environment's namespace"),
  shellNames,
});

const base = "/apps/{app}/environments/{env}";
const secretsBody = 2 * 1024 * 1024;

export const secrets = {
  "secrets.list": route({
    method: "GET",
    path: `${base}/secrets`,
    kind: "query",
    permission: "secret:list",
    summary: "Keys, sizes, who and when, and where each value is. No values but those marked visible.",
    output: z.object({
      revision,
      deployedRevision: revision.nullable(),
      secrets: z.array(secret),
      /** Sum of key and value bytes, against the limit of 1 MiB. */
      totalBytes: z.number().int(),
      limits: z.object({
        pairs: z.number().int(),
        totalBytes: z.number().int(),
        valueBytes: z.number().int().nullable(),
        larger: z.string().nullable().describe("how larger values could be taken, and what that costs"),
      }),
      /** What becomes of removed keys in this store. */
      removal: z.object({
        plainReaders: z.boolean().describe("other programs can read them until old values are collected"),
        cannotPurge: z.string().nullable().describe("why older values cannot be deleted at once; null: they can"),
      }),
    }),
    etag: "revision",
  }),
  "secrets.change": route({
    method: "PATCH",
    path: `${base}/secrets`,
    kind: "operation",
    progress: true,
    permission: "secret:write",
    summary:
      "Save a change set: all of it or nothing. Disjoint edits of others are merged; overlapping ones are a 409.",
    input: z.strictObject({
      ...changeSet,
      purge: z
        .boolean()
        .default(false)
        .describe("delete the older values of the removed keys from the store now: they cannot be restored"),
      message: z.string().trim().max(500).optional(),
    }),
    output: saved,
    ifMatch: true,
    etag: "revision",
    bodyLimit: secretsBody,
    errors: [
      "revision_conflict",
      "invalid",
      "limit_exceeded",
      "confirmation_required",
      "in_use",
      "sealed",
      "indeterminate",
    ],
  }),
  "secrets.plan": route({
    method: "POST",
    path: `${base}/secrets/plan`,
    kind: "query",
    permission: "secret:write",
    summary: "What a change set would do. Writes nothing.",
    input: z.strictObject({ ...changeSet, base: revision.optional() }),
    output: z.object({
      revision,
      problems: z.array(
        z.object({
          rule: z.string(),
          key: z.string().optional(),
          message: z.string(),
          limit: z.union([z.string(), z.number()]).optional(),
          actual: z.union([z.string(), z.number()]).optional(),
        }),
      ),
      warnings: z.array(z.object({ id: z.string(), key: z.string().optional(), message: z.string() })),
      conflicts: z.array(z.string()),
      calls: z.number().int().describe("requests to the store"),
      seconds: z.number().describe("estimated time of the save"),
      restarts: z
        .array(z.object({ kind: z.string(), name: z.string() }))
        .nullable()
        .describe("workloads that the next deployment will restart; null: the cluster did not answer"),
    }),
    bodyLimit: secretsBody,
  }),
  "secrets.import": route({
    method: "POST",
    path: `${base}/secrets/import`,
    kind: "operation",
    progress: true,
    permission: "secret:write",
    summary:
      "Read dotenv, JSON or YAML text, or (`from`) a path of AWS Parameter Store or a Secret of the namespace; with apply, save it (all or nothing).",
    input: z.strictObject({
      text: z.string().optional(),
      from: z.union([foreignPath, foreignSecret]).optional(),
      format: z.enum(["dotenv", "json", "yaml"]).optional(),
      replace: z.boolean().default(false),
      apply: z.boolean().default(false),
      message: z.string().trim().max(500).optional(),
      confirmRisky: z.array(key).max(300).default([]),
    }),
    query: z.object({ base: z.coerce.number().int().min(0).optional() }),
    output: z.object({
      entries: z.array(
        z.object({
          key: z.string(),
          line: z.number().int(),
          bytes: z.number().int(),
          lines: z.number().int(),
          status: z.enum(["new", "changed", "same", "set"]),
          notices: z.array(z.object({ id: z.string(), message: z.string() })),
        }),
      ),
      errors: z.array(z.object({ line: z.number().int(), id: z.string(), message: z.string() })),
      /** What is to be said of the source as a whole, such as parameters that are not taken. */
      notices: z.array(z.object({ id: z.string(), message: z.string() })),
      removed: z.array(z.string()),
      saved: saved.nullable(),
    }),
    bodyLimit: secretsBody,
    errors: [
      "revision_conflict",
      "precondition_required",
      "invalid",
      "limit_exceeded",
      "in_use",
      "not_found",
      "rate_limited",
      "provider_denied",
    ],
  }),
  "secrets.reveal": route({
    method: "POST",
    path: `${base}/secrets/{key}/reveal`,
    kind: "operation",
    permission: "secret:reveal",
    summary: "One value. The audit entry is committed first.",
    input: z.strictObject({ revision: revision.optional(), reason: reason.optional() }),
    output: z.object({ key: z.string(), value, revision }),
    reveals: true,
    errors: ["sealed", "rate_limited", "revision_gone", "confirmation_required", "reauth_required"],
  }),
  "secrets.bundle": route({
    method: "POST",
    path: `${base}/bundle`,
    kind: "operation",
    permission: "secret:export",
    summary: "Values of the deployed revision (default), the newest saved one, or a numbered one.",
    input: z.strictObject({
      of: z.union([z.literal("deployed"), z.literal("saved"), revision]).default("deployed"),
      only: z.array(key).max(300).optional(),
      purpose: z.enum(["run", "export", "get", "edit"]).default("export"),
      reason: reason.optional(),
    }),
    output: z.object({ revision, values: z.record(z.string(), value) }),
    reveals: true,
    errors: ["sealed", "rate_limited", "not_deployed", "revision_gone", "confirmation_required", "reauth_required"],
  }),
  "revisions.list": route({
    method: "GET",
    path: `${base}/revisions`,
    kind: "query",
    permission: "secret:list",
    summary: "History, newest first.",
    query: page,
    output: listOf(revisionInfo),
  }),
  "revisions.get": route({
    method: "GET",
    path: `${base}/revisions/{revision}`,
    kind: "query",
    permission: "secret:list",
    summary: "One revision, and its difference by key to another (default: the one before, or none when that is gone).",
    query: z.object({ against: z.coerce.number().int().min(0).optional() }),
    output: z.object({
      revision: revisionInfo,
      against: revision,
      difference: z.array(z.object({ key: z.string(), status: z.enum(["added", "changed", "removed"]) })),
      keys: z.array(z.object({ key: z.string(), bytes: z.number().int(), revision })),
    }),
    errors: ["revision_gone"],
  }),
  "revisions.restore": route({
    method: "POST",
    path: `${base}/revisions/{revision}/restore`,
    kind: "operation",
    progress: true,
    permission: "secret:write",
    summary: "A new revision equal to an old one.",
    input: z.strictObject({ message: z.string().trim().max(500).optional() }),
    output: saved,
    ifMatch: true,
    etag: "revision",
    errors: ["revision_conflict", "revision_gone", "in_use", "sealed"],
  }),
};
