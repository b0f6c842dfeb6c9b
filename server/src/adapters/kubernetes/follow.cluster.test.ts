import { afterAll, beforeAll, expect, test } from "vitest";
import { kubectl } from "../../../../e2e/harness/cluster.ts";
import { forgetTheBeginning } from "../../../../e2e/harness/etcd.ts";
import { testClient } from "../../../../e2e/harness/kube-client.ts";
import { systemClock } from "../clock/system.ts";
import { KubeGone } from "./answers.ts";
import type { KubeClient } from "./client.ts";
import { follow, type Following } from "./follow.ts";
import { text } from "./json.ts";

const namespace = `follow-${process.pid}`;
const path = `/api/v1/namespaces/${namespace}/configmaps`;
let client: KubeClient;

beforeAll(async () => {
  client = await testClient();
  await kubectl("create", "namespace", namespace);
});
afterAll(async () => {
  await client?.close();
  await kubectl("delete", "namespace", namespace, "--wait=false");
});

const dataOf = (following: Following): string[] => {
  const lists = following.lists();
  if (typeof lists === "string") return [lists];
  const objects = (lists.get("maps") ?? []).filter((one) => text(one, "metadata", "name") !== "kube-root-ca.crt");
  return objects.map((one) => `${text(one, "metadata", "name")}=${text(one, "data", "a")}`).toSorted();
};

/** The first state that is wanted, or the one after 20 changes. */
const after = async (following: Following, isIt: (data: readonly string[]) => boolean): Promise<readonly string[]> => {
  for (let changes = 0; changes < 20 && !isIt(dataOf(following)); changes++) await following.change(5000);
  return dataOf(following);
};

test("objects that come, change and go are seen without another list", async () => {
  using following = follow(new Map([["maps", path]]), {
    client,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  expect(await after(following, (data) => data.length === 0)).toEqual([]);
  await kubectl("create", "configmap", "one", "-n", namespace, "--from-literal=a=1");
  expect(await after(following, (data) => data.length === 1)).toEqual(["one=1"]);
  await kubectl("create", "configmap", "two", "-n", namespace, "--from-literal=a=1");
  await kubectl("patch", "configmap", "one", "-n", namespace, "--patch", '{"data":{"a":"2"}}');
  expect(await after(following, (data) => data.includes("one=2"))).toEqual(["one=2", "two=1"]);
  await kubectl("delete", "configmap", "one", "-n", namespace);
  expect(await after(following, (data) => !data.includes("one=2"))).toEqual(["two=1"]);
});

test("a watch from a moment that the server has forgotten says so", async () => {
  await forgetTheBeginning();
  // Of events the API server keeps no memory of its own: it asks etcd.
  const events = client.watch(`/api/v1/namespaces/${namespace}/events`, "1", AbortSignal.timeout(20_000));
  await expect((async () => await events[Symbol.asyncIterator]().next())()).rejects.toBeInstanceOf(KubeGone);
});
