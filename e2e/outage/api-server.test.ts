import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makePlace, makeSite, podEnvironments, save, type Site } from "../harness/cluster.ts";
import { ask, deploy, deploymentEnd, until, type TestServer } from "../harness/server.ts";

const testbed = fileURLToPath(new URL("../../testbed/testbed", import.meta.url));
const control = async (...args: readonly string[]): Promise<void> => void (await promisify(execFile)(testbed, args));

let site: Site;
let server: TestServer;

beforeAll(async () => {
  site = await makeSite();
  server = site.server;
});
afterAll(async () => await site.stop());

/** Waits until a step has begun. */
const begun = async (base: string, number: number, step: string): Promise<void> => {
  await until(
    async () => (await ask(server, `GET ${base}/deployments/${number}`)).body,
    (body) => body.journal.some((line: any) => line.event.type === "step" && line.event.step === step),
  );
};

test("an API server that is away in the middle: the deployment waits and goes on", async () => {
  const place = await makePlace(
    { server },
    { values: { keys: ["GREETING"], replicas: 1 }, settings: { settleSeconds: 5, timeoutSeconds: 180 } },
  );
  await save(server, place.base, { set: { GREETING: "one" } });
  expect((await deploy(server, place.base)).deployment.state).toBe("running");
  await save(server, place.base, { set: { GREETING: "two" } });
  await ask(server, `POST ${place.base}/deployments`, { body: {} });
  await begun(place.base, 2, "settle");
  await control("stop", "apiserver");
  try {
    await begun(place.base, 2, "roll");
    // Away for longer than one attempt; everything else of Keyroll answers.
    const enough = Date.now() + 8000;
    await until(
      async () => (await ask(server, `GET ${place.base}/deployments/2`)).body,
      (body) => Date.now() > enough && body.deployment.state === "active",
    );
    expect((await ask(server, `GET ${place.base}/secrets`)).status).toBe(200);
  } finally {
    await control("start", "apiserver");
  }
  const { deployment } = await deploymentEnd(server, place.base, 2, 150);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running", goal: { revision: 2 } });
  expect((await podEnvironments(place.namespace)).map((env) => env.get("GREETING"))).toEqual(["two"]);
  await place.remove();
}, 300_000);
