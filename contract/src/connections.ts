import { z } from "zod";
import { encryption, id, label, listOf, name, page, secretName, time } from "./fields.ts";
import { route } from "./route.ts";
import { foreignPath } from "./secrets.ts";

/** The cluster of a connection as it is shown: never a credential. */
const cluster = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("process") }),
  z.object({
    kind: z.literal("kubernetes"),
    server: z.string(),
    identity: z.enum(["token", "certificate", "in-cluster", "eks"]),
    eks: z
      .object({
        name: z.string(),
        region: z.string(),
        roleArn: z.string().nullable(),
        externalId: z.string().nullable(),
      })
      .optional(),
    cloudCluster: z.string().optional().describe("the name that GKE or AKS has for the cluster"),
    ignored: z.array(z.string()).describe("kubeconfig fields that were not taken"),
  }),
]);

const connection = z.object({
  id,
  name: z.string(),
  cluster,
  store: z.object({ kind: z.string(), settings: z.record(z.string(), z.unknown()) }),
  environments: z.number().int(),
  encryption: encryption.nullable().describe("null: not looked at yet, or there is no cluster"),
  createdAt: time,
});

const clusterInput = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("process") }),
  z.strictObject({
    kind: z.literal("kubernetes"),
    kubeconfig: z
      .string()
      .max(256 * 1024)
      .describe("its text; only inline credentials are taken; kept encrypted, never returned"),
    context: z.string().max(253).optional(),
    helmKubeconfig: z
      .string()
      .max(256 * 1024)
      .optional()
      .describe("a second identity that only Helm uses"),
    cloudCluster: z
      .string()
      .max(400)
      .optional()
      .describe(
        "what GKE or AKS calls the cluster, so that a check can ask there how it keeps Secrets: `projects/…/locations/…/clusters/…`, or its resource id",
      ),
  }),
  z.strictObject({ kind: z.literal("in-cluster") }),
  z.strictObject({
    kind: z.literal("eks"),
    clusterName: z.string().max(100).describe("name of an EKS cluster; AWS is asked for its address and CA"),
    region: z.string().max(40),
    roleArn: z.string().max(2048).optional().describe("IAM role that Keyroll assumes; its own identity when absent"),
    externalId: z.string().max(1224).optional(),
  }),
]);

const storeInput = z.strictObject({
  kind: z.string().max(40),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

const finding = z.object({
  id: z.string(),
  what: z.string(),
  ok: z.boolean(),
  required: z.boolean(),
  message: z.string(),
  next: z.string().nullable(),
});

const policy = z.object({
  name: z
    .string()
    .describe("`writer`, `reader`, `trust`, `assume`, `charts`; `cluster`, `cluster-trust`, `cluster-assume`"),
  purpose: z.string(),
  document: z.record(z.string(), z.unknown()).describe("JSON to hand to the provider"),
});

const kind = z.object({
  kind: z.string(),
  label: z.string(),
  settings: z.record(z.string(), z.unknown()).describe("JSON Schema"),
  capabilities: z.record(z.string(), z.unknown()),
  costs: z
    .array(z.object({ setting: z.string(), value: z.string(), text: z.string() }))
    .describe("settings that cost money: they need `acceptCost`"),
});

const acceptCost = z.boolean().default(false).describe("consent to what the settings of the store cost (`/stores`)");

export const connections = {
  "connections.list": route({
    method: "GET",
    path: "/connections",
    kind: "query",
    permission: "connection:read",
    summary: "Connections: a cluster and a secret store each.",
    query: page,
    output: listOf(connection),
  }),
  "connections.create": route({
    method: "POST",
    path: "/connections",
    kind: "mutation",
    permission: "connection:write",
    summary: "A new connection.",
    input: z.strictObject({
      name,
      cluster: clusterInput,
      store: storeInput.default({ kind: "local", settings: {} }),
      acceptCost,
    }),
    output: z.object({ connection }),
    status: 201,
    bodyLimit: 1024 * 1024,
    errors: ["already_exists", "sealed", "confirmation_required"],
  }),
  "connections.get": route({
    method: "GET",
    path: "/connections/{connection}",
    kind: "query",
    permission: "connection:read",
    summary: "One connection, without its credentials.",
    output: z.object({ connection }),
  }),
  "connections.update": route({
    method: "PATCH",
    path: "/connections/{connection}",
    kind: "mutation",
    permission: "connection:write",
    summary: "New credentials or settings. A changed address or CA needs the credential again, in the same kubeconfig.",
    input: z.strictObject({ cluster: clusterInput.optional(), store: storeInput.optional(), acceptCost }),
    output: z.object({ connection }),
    bodyLimit: 1024 * 1024,
    errors: ["in_use", "sealed", "confirmation_required"],
  }),
  "connections.remove": route({
    method: "DELETE",
    path: "/connections/{connection}",
    kind: "mutation",
    permission: "connection:write",
    summary: "Remove a connection that no environment uses.",
    output: z.object({}),
    errors: ["in_use"],
  }),
  "connections.check": route({
    method: "POST",
    path: "/connections/{connection}/check",
    kind: "operation",
    permission: "connection:write",
    summary: "Try each right that is needed and report them one by one.",
    input: z.strictObject({ namespace: label(63).optional() }),
    output: z.object({ ok: z.boolean(), findings: z.array(finding) }),
  }),
  "connections.policies": route({
    method: "GET",
    path: "/connections/{connection}/policies",
    kind: "query",
    permission: "connection:read",
    summary:
      "The least rights that the cloud of the store must give, for all, an app or one environment, which need not exist yet; and AWS for an EKS cluster.",
    query: z.object({ app: name.optional(), env: name.optional() }),
    output: z.object({
      items: z.array(policy),
      note: z.string().nullable().describe("why there are none"),
    }),
  }),
  "connections.found": route({
    method: "GET",
    path: "/connections/{connection}/namespaces/{namespace}",
    kind: "query",
    permission: "environment:write",
    summary:
      "What runs in a namespace and could be taken over: Helm's releases, workloads with the Secrets that they read, and who keeps them. Names of keys, no values of Secrets.",
    query: z.object({ release: label(53).optional().describe("the release to read with its chart and values") }),
    output: z.object({
      releases: z.array(z.object({ name: z.string(), revision: z.number().int(), status: z.string() })),
      workloads: z.array(
        z.object({
          kind: z.string(),
          name: z.string(),
          release: z.string().nullable(),
          keeper: z.string().nullable().describe("who else applies it, such as Argo CD"),
          secrets: z.array(z.string()).describe("Secrets whose keys it reads"),
        }),
      ),
      secrets: z.array(
        z.object({
          name: z.string(),
          keys: z.array(z.string()).nullable().describe("null: it cannot be read"),
          problem: z.string().nullable(),
          keeper: z.object({ name: z.string(), steps: z.string() }).nullable(),
          environment: z.string().nullable().describe("APP/ENV that has it, or an id that is not of this Keyroll"),
        }),
      ),
      type: z.enum(["helm", "restart"]).describe("the deployment type that fits: who rolls it now goes on rolling it"),
      release: z
        .object({
          name: z.string(),
          revision: z.number().int(),
          status: z.string(),
          chart: z.string(),
          version: z.string(),
          dependencies: z.array(z.string()).describe("charts that it depends on: Helm does not keep them"),
          values: z.string().describe("YAML of what was set at its last upgrade"),
        })
        .nullable(),
    }),
    errors: ["invalid", "sealed", "not_found", "provider_denied", "provider_unreachable"],
  }),
  "connections.comparePath": route({
    method: "POST",
    path: "/connections/{connection}/namespaces/{namespace}/compare",
    kind: "operation",
    permission: "secret:reveal",
    summary:
      "A Secret of a namespace and a path of AWS Parameter Store, key by key, without values: what differs before both are taken over. Audited.",
    input: z.strictObject({ secret: secretName, from: foreignPath }),
    output: z.object({
      path: z.string(),
      region: z.string(),
      keys: z.array(z.object({ key: z.string(), status: z.enum(["same", "different", "only-secret", "only-path"]) })),
      errors: z.array(z.object({ id: z.string(), message: z.string() })).describe("parameters that cannot become keys"),
      notices: z.array(z.object({ id: z.string(), message: z.string() })),
    }),
    errors: [
      "invalid",
      "in_use",
      "not_found",
      "limit_exceeded",
      "rate_limited",
      "sealed",
      "provider_denied",
      "provider_unreachable",
    ],
  }),
  "stores.list": route({
    method: "GET",
    path: "/stores",
    kind: "query",
    permission: "connection:read",
    summary: "Kinds of secret stores, with their settings and capabilities.",
    output: z.object({ items: z.array(kind) }),
  }),
  "targets.list": route({
    method: "GET",
    path: "/targets",
    kind: "query",
    permission: "connection:read",
    summary: "Types of targets an environment can have.",
    output: z.object({ items: z.array(kind) }),
  }),
};
