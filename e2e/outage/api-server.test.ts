import { afterAll, beforeAll, expect, test } from "vitest";
import { makePlace, makeSite, podEnvironments, save, stepBegun, type Site } from "../harness/cluster.ts";
import { ask, deploy, deploymentEnd, until, type TestServer } from "../harness/server.ts";
import { testbed } from "../harness/testbed.ts";

let site: Site;
let server: TestServer;

beforeAll(async () => {
  site = await makeSite();
  server = site.server;
});
afterAll(async () => await site.stop());

test("an API server that is away in the middle: the deployment waits and goes on", async () => {
  const place = await makePlace(
    { server },
    { values: { keys: ["GREETING"], replicas: 1 }, settings: { settleSeconds: 10, timeoutSeconds: 180 } },
  );
  await save(server, place.base, { set: { GREETING: "one" } });
  expect((await deploy(server, place.base)).deployment.state).toBe("running");
  await save(server, place.base, { set: { GREETING: "two" } });
  await ask(server, `POST ${place.base}/deployments`, { body: {} });
  await stepBegun(server, place.base, 2, "settle");
  await testbed("stop", "apiserver");
  try {
    // Settle's look finds it away, or Helm after it, which tries by itself for a while; all else of Keyroll answers.
    const { deployment } = await until(
      async () => (await ask(server, `GET ${place.base}/deployments/2`)).body,
      ({ journal }) => journal.some(({ event }: any) => /begun again/u.test(event.message ?? "")),
      120,
    );
    expect(deployment.state).toBe("active");
    expect((await ask(server, `GET ${place.base}/secrets`)).status).toBe(200);
  } finally {
    await testbed("start", "apiserver");
  }
  const { deployment } = await deploymentEnd(server, place.base, 2, 150);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running", goal: { revision: 2 } });
  expect((await podEnvironments(place.namespace)).map((env) => env.get("GREETING"))).toEqual(["two"]);
  await place.remove();
}, 300_000);
