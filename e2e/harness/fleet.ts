import type { KubeClient } from "../../server/src/adapters/kubernetes/client.ts";
import { pastDoubt, type Site } from "./cluster.ts";
import { testClient } from "./kube-client.ts";
import { ask, askToTheEnd, deploy, until } from "./server.ts";

/** Environments on a cluster of kwok's, whose pods run when the test says where. */
export interface TestFleet {
  readonly client: KubeClient;
  readonly places: readonly FleetSpot[];
  /** Each workload's pod runs since now; one that ran already gives way to a new one. */
  startPods(spots?: readonly FleetSpot[]): Promise<void>;
  remove(): Promise<void>;
}

export interface FleetSpot {
  readonly app: string;
  readonly base: string;
  readonly namespace: string;
}

const atOnce = 6;

const inTurns = async <T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> => {
  const rest = items.values();
  const one = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
};

/** A Deployment with one pod, which takes key K<number> and waits for the test to say where it runs. */
const workload = (namespace: string, name: string, key: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        schedulerName: "nobody",
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "main",
            image: "keyroll.test/box:1",
            env: [{ name: key, valueFrom: { secretKeyRef: { name: "app-secrets", key } } }],
          },
        ],
      },
    },
  },
});

/**
 * So many environments of type restart, each in a namespace of its own with revision 1 of K0, K1 … deployed, and after
 * that so many workloads, each of one key.
 */
export const makeFleet = async (
  { server }: Pick<Site, "server">,
  size: { readonly environments: number; readonly workloads: number; readonly connection?: string },
): Promise<TestFleet> => {
  const client = await testClient();
  const nodes = await client.list("/api/v1/nodes", { query: { labelSelector: "type=kwok" } });
  if (nodes.length === 0) throw new Error("first: testbed/testbed up --kwok 10 (CONTRIBUTING.md, Tests)");
  const names = nodes.map(({ metadata }: any) => String(metadata.name));
  const made = `fleet-${process.pid}-${Date.now().toString(36)}`;
  const keys = Array.from({ length: size.workloads }, (_, at) => `K${at}`);
  const places = Array.from({ length: size.environments }, (_, at): FleetSpot => {
    const app = `${made}-${Math.floor(at / 10)}`;
    return { app, base: `/apps/${app}/environments/env-${at}`, namespace: `${made}-${at}` };
  });
  for (const app of new Set(places.map((place) => place.app))) await ask(server, "POST /apps", { body: { name: app } });
  await inTurns(places, async ({ app, base, namespace }) => {
    await client.create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    const settings = { settleSeconds: 0 };
    const name = base.split("/").at(-1);
    const connection = size.connection ?? "kube";
    const body = { name, connection, kind: "sandbox", type: "restart", namespace, settings };
    const environment = await ask(server, `POST /apps/${app}/environments`, { body });
    if (environment.status !== 201) throw new Error(JSON.stringify(environment.body));
    const set = Object.fromEntries(keys.map((key) => [key, "1"]));
    await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set } });
    const { deployment } = await deploy(server, base);
    if (deployment.state !== "running") throw new Error(deployment.outcome);
  });
  await pastDoubt();
  await inTurns(places, async ({ namespace }) => {
    for (const key of keys)
      await client.create(
        `/apis/apps/v1/namespaces/${namespace}/deployments`,
        workload(namespace, key.toLowerCase(), key),
      );
  });
  let turn = 0;
  const startAnew = async (namespace: string): Promise<void> => {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const list = async (): Promise<readonly any[]> => await client.list(path);
    for (const { metadata, spec } of await list())
      if (spec.nodeName !== undefined) await client.remove(`${path}/${metadata.name}`);
    const fresh = await until(
      list,
      (pods) => pods.length === keys.length && pods.every(({ spec }) => spec.nodeName === undefined),
      300,
    );
    for (const { metadata } of fresh) {
      const target = { apiVersion: "v1", kind: "Node", name: names[turn++ % names.length] };
      const binding = { apiVersion: "v1", kind: "Binding", metadata: { name: metadata.name }, target };
      await client.create(`${path}/${metadata.name}/binding`, binding);
    }
    await until(list, (pods) => pods.every(({ status }) => status.phase === "Running"), 300);
  };
  return {
    client,
    places,
    startPods: async (spots = places) => await inTurns(spots, async ({ namespace }) => await startAnew(namespace)),
    remove: async () => {
      await inTurns(places, async ({ namespace }) => await client.remove(`/api/v1/namespaces/${namespace}`));
      await client.close();
    },
  };
};
