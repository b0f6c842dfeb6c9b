import { z } from "zod";
import { id, label, listOf, name, page, secretName, time } from "./fields.ts";
import { route } from "./route.ts";

/** Deployment settings of an environment, with their defaults. */
export const environmentSettings = z.strictObject({
  /** Who makes pods read new values: the chart's own annotation, ours injected, a patch afterwards, nobody; `auto` decides from the chart. */
  restart: z.enum(["auto", "chart", "inject", "patch", "off"]).default("auto"),
  /** Deploy by itself after each save. */
  onSave: z.boolean().default(false),
  /** After a failure: the previous release and secrets again, or leave everything as it is. */
  onFailure: z.enum(["rollback", "hold"]).default("rollback"),
  /** Seconds a rollout may last. */
  timeoutSeconds: z.number().int().min(10).max(7200).default(600),
  /** Seconds in which crashes and failed image pulls are waited out. */
  crashGraceSeconds: z.number().int().min(0).max(3600).default(120),
  /** Seconds between the write of the Secret and the rollout, against lagging kubelet caches (kubernetes/kubernetes#129645). */
  settleSeconds: z.number().int().min(0).max(30).default(2),
  /** Fail at once on what cannot heal by waiting (a missing key, an impossible image name). */
  failFast: z.boolean().default(true),
  /** Make the namespace when it does not exist. */
  createNamespace: z.boolean().default(false),
});

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
  settings: environmentSettings,
  store: z.object({ kind: z.string(), label: z.string() }),
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
      settings: environmentSettings.partial().optional(),
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
    input: z.strictObject({ settings: environmentSettings.partial() }),
    output: z.object({ environment }),
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
