import { z } from "zod";
import { encryption, id, label, listOf, name, page, reason, secretName, time } from "./fields.ts";
import { route } from "./route.ts";

/** Deployment settings of an environment. */
const settingFields = {
  /** Who makes pods read new values: the chart's own annotation, ours injected, a patch afterwards, nobody; `auto` decides from the chart. */
  restart: z.enum(["auto", "chart", "inject", "patch", "off"]),
  /** Deploy by itself after each save. */
  onSave: z.boolean(),
  /** After a failure: the previous release and secrets again, or leave everything as it is. */
  onFailure: z.enum(["rollback", "hold"]),
  /** Pods that a rollout leaves with older values: replace them, or name them and wait for somebody who does. */
  stragglers: z.enum(["evict", "report"]),
  /** Seconds a rollout may last. */
  timeoutSeconds: z.number().int().min(10).max(7200),
  /** Seconds in which crashes and failed image pulls are waited out. */
  crashGraceSeconds: z.number().int().min(0).max(3600),
  /** Seconds between the write of the Secret and the rollout, against lagging kubelet caches (kubernetes/kubernetes#129645). */
  settleSeconds: z.number().int().min(0).max(30),
  /** Fail at once on what cannot heal by waiting (a missing key, an impossible image name). */
  failFast: z.boolean(),
  /** Make the namespace when it does not exist. */
  createNamespace: z.boolean(),
  /** When others change `app-secrets` or the release: tell and block the next deployment, put it back, or only note it. */
  drift: z.enum(["report", "revert", "ignore"]),
  /** Until when drift is told, but neither blocks nor is put back; at most 30 days ahead. Null: not paused. */
  driftPausedUntil: time.nullable(),
};

/** All of them, with their defaults. */
export const environmentSettings = z.strictObject({
  restart: settingFields.restart.default("auto"),
  onSave: settingFields.onSave.default(false),
  onFailure: settingFields.onFailure.default("rollback"),
  stragglers: settingFields.stragglers.default("evict"),
  timeoutSeconds: settingFields.timeoutSeconds.default(600),
  crashGraceSeconds: settingFields.crashGraceSeconds.default(120),
  settleSeconds: settingFields.settleSeconds.default(2),
  failFast: settingFields.failFast.default(true),
  createNamespace: settingFields.createNamespace.default(false),
  drift: settingFields.drift.default("report"),
  driftPausedUntil: settingFields.driftPausedUntil.default(null),
});

/** Some of them. Without defaults: those would take back what is not named. */
const someSettings = z.strictObject(settingFields).partial();

const environment = z.object({
  id,
  app: z.string(),
  name: z.string(),
  kind: z.enum(["sandbox", "production"]),
  type: z.enum(["helm", "restart", "process"]),
  connection: z.string(),
  namespace: z.string().nullable(),
  releaseName: z.string().nullable(),
  secretName: z.string().nullable(),
  /** How the cluster keeps its Secret; null: not looked at yet, or there is none. */
  encryption: encryption.nullable(),
  settings: environmentSettings,
  store: z.object({ kind: z.string(), label: z.string() }),
  /** Its values are being moved to another store: nothing is saved or deployed meanwhile. */
  moving: z.boolean(),
  /** It is being removed: nothing is saved or deployed meanwhile. */
  removing: z.boolean(),
  /** The copy that the last move left behind, until it is dropped; `dropping`: that has begun, there is no way back to it. */
  movedFrom: z
    .object({ connection: z.string(), label: z.string(), revision: z.number().int(), dropping: z.boolean() })
    .nullable(),
  createdAt: time,
  savedRevision: z.number().int(),
  deployedRevision: z.number().int().nullable(),
});

const helmValues = z.object({
  version: z.number().int().describe("0 = never saved"),
  text: z.string(),
  savedAt: time.nullable(),
  savedBy: z.string().nullable(),
  warnings: z.array(z.object({ line: z.number().int(), message: z.string() })),
});

export const environments = {
  "environments.list": route({
    method: "GET",
    path: "/apps/{app}/environments",
    kind: "query",
    permission: "environment:read",
    summary: "Environments of an app.",
    query: page,
    output: listOf(environment),
  }),
  "environments.create": route({
    method: "POST",
    path: "/apps/{app}/environments",
    kind: "mutation",
    permission: "environment:write",
    summary: "A new environment. (cluster, namespace, Secret name) belongs to one environment only.",
    input: z.strictObject({
      name,
      connection: z.string(),
      kind: z.enum(["sandbox", "production"]),
      type: z.enum(["helm", "restart", "process"]).optional(),
      namespace: label(63).optional(),
      releaseName: label(53).optional(),
      secretName: secretName.optional(),
      settings: someSettings.optional(),
    }),
    output: z.object({ environment }),
    status: 201,
    errors: ["already_exists", "sealed"],
  }),
  "environments.get": route({
    method: "GET",
    path: "/apps/{app}/environments/{env}",
    kind: "query",
    permission: "environment:read",
    summary: "One environment.",
    output: z.object({ environment }),
  }),
  "environments.update": route({
    method: "PATCH",
    path: "/apps/{app}/environments/{env}",
    kind: "mutation",
    permission: "environment:write",
    summary: "Change deployment settings.",
    input: z.strictObject({ settings: someSettings }),
    output: z.object({ environment }),
    errors: ["invalid"],
  }),
  "environments.remove": route({
    method: "DELETE",
    path: "/apps/{app}/environments/{env}",
    kind: "operation",
    permission: "environment:write",
    summary: "Remove an environment. Refused while something is deployed or saved, unless named explicitly.",
    input: z.strictObject({
      uninstall: z.string().optional().describe("the environment's name, typed: uninstalls what is deployed"),
      destroySecrets: z.string().optional().describe("the environment's name, typed: destroys every saved value"),
    }),
    output: z.object({}),
    errors: ["confirmation_required", "in_use", "deployment_running"],
  }),
  "environments.moveStore": route({
    method: "POST",
    path: "/apps/{app}/environments/{env}/store/move",
    kind: "operation",
    progress: true,
    permission: "environment:write",
    summary:
      "Copy the values to the store of another connection to the same cluster, compare byte for byte, and switch. The old copy stays. Needs secret:export too.",
    input: z.strictObject({
      connection: z.string().describe("name or id of the connection whose store is next"),
      history: z
        .number()
        .int()
        .min(1)
        .max(1000)
        .default(1)
        .describe("newest revisions to take along; the deployed one, and all after it, go along anyway"),
      reason: reason.optional(),
    }),
    output: z.object({
      environment,
      /** Revisions that can be read in the new store; null: nothing was ever saved. */
      moved: z.object({ oldest: z.number().int(), newest: z.number().int(), keys: z.number().int() }).nullable(),
    }),
    errors: [
      "in_use",
      "deployment_running",
      "invalid",
      "limit_exceeded",
      "confirmation_required",
      "reauth_required",
      "revision_conflict",
      "sealed",
    ],
  }),
  "environments.moveBack": route({
    method: "POST",
    path: "/apps/{app}/environments/{env}/store/back",
    kind: "operation",
    permission: "environment:write",
    summary: "Switch back to the copy that the last move left behind, while nothing was saved since.",
    input: z.strictObject({ reason: reason.optional() }),
    output: z.object({ environment }),
    errors: [
      "in_use",
      "deployment_running",
      "revision_conflict",
      "not_found",
      "confirmation_required",
      "reauth_required",
    ],
  }),
  "environments.dropOldStore": route({
    method: "POST",
    path: "/apps/{app}/environments/{env}/store/drop",
    kind: "operation",
    permission: "environment:write",
    summary: "Destroy the copy that the last move left behind, for good.",
    input: z.strictObject({ confirm: z.string().optional().describe("the environment's name, typed") }),
    output: z.object({ environment }),
    errors: ["confirmation_required", "not_found", "in_use"],
  }),
  "values.get": route({
    method: "GET",
    path: "/apps/{app}/environments/{env}/values",
    kind: "query",
    permission: "environment:read",
    summary: "Helm values (YAML text) of the environment: the newest, or those of an older version.",
    query: z.object({ version: z.coerce.number().int().min(1).optional() }),
    output: helmValues,
    etag: "version",
  }),
  "values.history": route({
    method: "GET",
    path: "/apps/{app}/environments/{env}/values/history",
    kind: "query",
    permission: "environment:read",
    summary: "Versions of the Helm values, newest first: who and when.",
    query: page,
    output: listOf(
      z.object({
        version: z.number().int(),
        bytes: z.number().int(),
        savedAt: time,
        savedBy: z.string(),
      }),
    ),
  }),
  "values.put": route({
    method: "PUT",
    path: "/apps/{app}/environments/{env}/values",
    kind: "mutation",
    permission: "environment:write",
    summary: "Save new Helm values as a new version. They are not secret: secret-looking text is warned about.",
    input: z.strictObject({ text: z.string().max(200 * 1024) }),
    output: helmValues,
    ifMatch: true,
    etag: "version",
    errors: ["revision_conflict"],
  }),
};
