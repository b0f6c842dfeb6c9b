import { afterAll, beforeAll, expect, test } from "vitest";
import { startManagedClusters } from "../../e2e/harness/managed-clusters.ts";
import { startParameterStore, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import { ask, askToTheEnd, makeHome, startServer, type Home, type TestServer } from "../../e2e/harness/server.ts";

const stores = {
  cloud: { kind: "aws-ssm", settings: { region: "eu-west-1", prefix: `on-save-${process.pid}` } },
  here: { kind: "local", settings: {} },
};
let clusters: Awaited<ReturnType<typeof startManagedClusters>>;
let emulator: ParameterStore;
let home: Home;
let server: TestServer;

beforeAll(async () => {
  clusters = await startManagedClusters();
  emulator = await startParameterStore({}, "memory");
  home = await makeHome();
  server = await startServer({ ...home, env: emulator.env });
  await ask(server, "POST /apps", { body: { name: "shop" } });
});
afterAll(async () => {
  await server.stop();
  await home.remove();
  emulator.stop();
  clusters.stop();
});

test.each(["cloud", "here"] as const)(
  "an environment in %s that deploys after each save keeps what is saved before a chart was pushed, and says what is to be done",
  async (name) => {
    const cluster = { kind: "kubernetes", kubeconfig: clusters.kubeconfig() };
    const connected = await ask(server, "POST /connections", { body: { name, cluster, store: stores[name] } });
    expect(connected.status, JSON.stringify(connected.body)).toBe(201);
    const made = await ask(server, "POST /apps/shop/environments", {
      body: { name, connection: name, kind: "sandbox", settings: { onSave: true } },
    });
    expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201, body: { environment: { type: "helm" } } });
    const base = `/apps/shop/environments/${name}`;
    const saved = await askToTheEnd(server, `PATCH ${base}/secrets`, {
      ifMatch: 0,
      body: { set: { A: "1" }, meta: { A: { note: "of the payment provider" } } },
    });
    expect(saved).toMatchObject({
      status: 200,
      body: {
        revision: 1,
        verified: true,
        deployment: null,
        warnings: [
          {
            id: "not-deployed",
            message:
              "It is saved, but not deployed: No chart was pushed for app `shop`. Push one: `keyroll release push DIR`.",
          },
        ],
      },
    });
    expect((await ask(server, `GET ${base}/secrets`)).body).toMatchObject({
      revision: 1,
      secrets: [{ key: "A", note: "of the payment provider" }],
    });
    expect((await ask(server, `GET ${base}/deployments`)).body.items).toEqual([]);
  },
);
