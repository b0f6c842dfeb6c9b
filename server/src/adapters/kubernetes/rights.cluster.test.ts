import { afterAll, beforeAll, expect, test } from "vitest";
import { parts, testAccess } from "../../../../e2e/harness/kube-client.ts";
import type { RenderedObject } from "../../ports/rendered.ts";
import { createKubeClient, type KubeClient } from "./client.ts";
import { missingRights, nothingKnown } from "./rights.ts";

const namespace = "default";
const { signal } = new AbortController();
let admin: KubeClient;
let nobody: KubeClient;

beforeAll(async () => {
  const access = await testAccess();
  admin = await createKubeClient(access, parts);
  const issued = await admin.create(`/api/v1/namespaces/${namespace}/serviceaccounts/default/token`, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {},
  });
  const token = (issued["status"] as { token: string }).token;
  nobody = await createKubeClient({ ...access, identity: { kind: "token", token: async () => token } }, parts);
});
afterAll(async () => {
  await admin?.close();
  await nobody?.close();
});

/** How many requests it took, beside the answer. */
const counted = (client: KubeClient) => {
  const asked: string[] = [];
  const noting: KubeClient = {
    ...client,
    find: async (path, sending) => {
      asked.push(path);
      return await client.find(path, sending);
    },
    create: async (path, body, sending) => {
      asked.push(path);
      return await client.create(path, body, sending);
    },
  };
  return { asked, client: noting };
};

const object = (
  apiVersion: string,
  kind: string,
  name: string,
  more: Partial<RenderedObject> = {},
): RenderedObject => ({
  apiVersion,
  kind,
  name,
  namespace: null,
  body: {},
  ...more,
});
const definition = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "widgets.example.com", {
  body: { spec: { group: "example.com", names: { kind: "Widget", plural: "widgets" } } },
});

test("each kind and namespace is asked for once, all at once, and not again when it was allowed", async () => {
  const { asked, client } = counted(admin);
  const known = nothingKnown();
  const objects = [
    ...Array.from({ length: 50 }, (_, i) => object("apps/v1", "Deployment", `api-${i}`)),
    object("v1", "Service", "api"),
    object("v1", "Service", "api", { namespace: "kube-system" }),
  ];
  const asking = { client, namespace, known, signal };
  expect(await missingRights(objects, asking)).toEqual({ missing: [], unknown: [], who: null });
  // Two lists of kinds; create and patch of deployments, and of services in two namespaces.
  expect(asked.length).toBe(2 + 6);
  await missingRights([...objects, object("v1", "ConfigMap", "new")], asking);
  expect(asked.length).toBe(8 + 2);
});

test("what is missing is named with its resource and whose it is; what belongs to no namespace has none", async () => {
  const objects = [
    object("apps/v1", "Deployment", "api"),
    object("rbac.authorization.k8s.io/v1", "ClusterRole", "reader"),
    object("networking.k8s.io/v1", "Ingress", "web", { namespace: "kube-system" }),
  ];
  const { missing, who } = await missingRights(objects, { client: nobody, namespace, known: nothingKnown(), signal });
  expect(who).toBe("system:serviceaccount:default:default");
  const verbs = ["create", "patch"];
  expect(missing).toEqual([
    { verbs, group: "apps", resource: "deployments", kind: "Deployment", namespace, name: "api" },
    {
      verbs,
      group: "rbac.authorization.k8s.io",
      resource: "clusterroles",
      kind: "ClusterRole",
      namespace: null,
      name: "reader",
    },
    {
      verbs,
      group: "networking.k8s.io",
      resource: "ingresses",
      kind: "Ingress",
      namespace: "kube-system",
      name: "web",
    },
  ]);
});

test("a kind that the release brings, and one that nobody knows, are told apart and no error", async () => {
  const objects = [
    definition,
    object("example.com/v1", "Widget", "one"),
    object("example.com/v1", "Widget", "two"),
    object("other.example.com/v1", "Gadget", "it"),
  ];
  expect(await missingRights(objects, { client: admin, namespace, known: nothingKnown(), signal })).toEqual({
    missing: [],
    unknown: [
      { apiVersion: "example.com/v1", kind: "Widget", name: "one", isOwn: true },
      { apiVersion: "other.example.com/v1", kind: "Gadget", name: "it", isOwn: false },
    ],
    who: null,
  });
});
