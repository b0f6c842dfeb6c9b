import { afterAll, beforeAll, expect, test } from "vitest";
import { kubectl, kubectlWith } from "../../../../e2e/harness/cluster.ts";
import { parts } from "../../../../e2e/harness/kube-client.ts";
import { kubeconfigOf } from "../../../../e2e/harness/testbed.ts";
import { systemClock } from "../clock/system.ts";
import { accessOf } from "./access.ts";
import { createKubeClient, type KubeClient } from "./client.ts";
import { glance } from "./glance.ts";
import type { Json } from "./json.ts";
import { parseKubeconfig } from "./kubeconfig.ts";
import { moves } from "./moves.ts";

// An identity that may watch one namespace, and in another one only look.
const watched = `moves-${process.pid}-a`;
const listed = `moves-${process.pid}-b`;
const places = [watched, listed].map((namespace) => ({
  environmentId: namespace,
  namespace,
  secretName: "app-secrets",
  releaseName: null,
}));
/** What the cluster sent. */
const sent: Json[] = [];
let client: KubeClient;

beforeAll(async () => {
  const { credential } = parseKubeconfig(await kubeconfigOf("looks", watched), undefined);
  await kubectl("create", "namespace", listed);
  const rules = [
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    { apiGroups: [""], resources: ["secrets"], resourceNames: ["app-secrets"], verbs: ["get"] },
  ];
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "looks" }, rules };
  await kubectlWith({ ...role, metadata: { name: "looks", namespace: listed } }, "create");
  const subject = `--serviceaccount=${watched}:looks`;
  await kubectl("create", "rolebinding", "looks", "--role=looks", subject, "-n", listed);
  for (const namespace of [watched, listed])
    await kubectl("create", "secret", "generic", "app-secrets", "--from-literal=A=a-value", "-n", namespace);
  const real = await createKubeClient(await accessOf(credential, parts), parts);
  client = {
    ...real,
    find: async (...asked) => {
      const found = await real.find(...asked);
      if (found !== null) sent.push(found);
      return found;
    },
    watch: async function* (...asked) {
      for await (const event of real.watch(...asked)) {
        sent.push(event.object);
        yield event;
      }
    },
  };
});
afterAll(async () => {
  await client?.close();
  await kubectl("delete", "namespace", watched, listed, "--wait=false", "--ignore-not-found");
});

const makePod = async (namespace: string): Promise<void> => {
  const spec = { containers: [{ name: "app", image: "keyroll.test/box:1", imagePullPolicy: "Never" }] };
  await kubectlWith({ apiVersion: "v1", kind: "Pod", metadata: { name: "one", namespace }, spec }, "create");
};
const look = async (signal: AbortSignal): ReturnType<typeof glance> =>
  await glance({ client, helmClient: client, clock: systemClock, refusals: new Map() }, places, signal);

test("where an identity may look and not watch, the next look finds what moved; the others are told at once, and no value is sent", async () => {
  const over = new AbortController();
  const first = await look(over.signal);
  expect([...first.of.values()].map((one) => Object.keys(one))).toEqual([
    ["deployed", "pods"],
    ["deployed", "pods"],
  ]);
  const told = moves({ clock: systemClock }, places, first.lists, over.signal)[Symbol.asyncIterator]();
  await makePod(listed);
  await makePod(watched);
  const { value, done } = await told.next();
  // Refused for one, the stream of the other goes on.
  expect([value, done]).toEqual([[watched], false]);
  over.abort();
  const second = await look(AbortSignal.timeout(10_000));
  for (const { environmentId } of places) expect(second.of.get(environmentId)).not.toEqual(first.of.get(environmentId));
  expect(sent.some((object) => object["kind"] === "PartialObjectMetadata")).toBe(true);
  expect(JSON.stringify(sent)).not.toContain(Buffer.from("a-value").toString("base64"));
  expect(sent.filter((object) => "data" in object || "spec" in object)).toEqual([]);
});
