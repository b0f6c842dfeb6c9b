import { afterAll, beforeAll, expect, test } from "vitest";
import { makePlace, makeSite, podEnvironments, save, stepBegun, type Site } from "../harness/cluster.ts";
import { startLaggingApi, type LaggingApi } from "../harness/lagging-api.ts";
import { ask, deploymentEnd, until } from "../harness/server.ts";

let site: Site;
let api: LaggingApi;

beforeAll(async () => {
  site = await makeSite();
  api = await startLaggingApi();
});
afterAll(async () => {
  await (api as LaggingApi | undefined)?.stop();
  await site.stop();
}, 120_000);

// kubernetes/kubernetes#129645: no field of a pod says what its container read, so no proof can see it.
test("a kubelet that learns late of the Secret gives a new pod the old value; the pause before the rollout is there for it to learn", async () => {
  const { server } = site;
  const place = await makePlace(
    { server },
    { values: { keys: ["GREETING"], replicas: 1 }, settings: { settleSeconds: 0 } },
  );
  const ended = async (number: number): Promise<readonly unknown[]> => {
    const { deployment } = await deploymentEnd(server, place.base, number, 150);
    expect(deployment, deployment.outcome).toMatchObject({ state: "running" });
    return (await podEnvironments(place.namespace)).map((env) => env.get("GREETING"));
  };
  const begin = async (value: string): Promise<number> => {
    await save(server, place.base, { set: { GREETING: value } });
    return (await ask(server, `POST ${place.base}/deployments`, { body: {} })).body.deployment.number;
  };
  expect(await ended(await begin("one"))).toEqual(["one"]);
  await api.attach();
  // Its pod starts anew, and it follows the Secret.
  expect(await ended(await begin("two"))).toEqual(["two"]);

  api.hold();
  expect(await ended(await begin("three"))).toEqual(["two"]);
  expect(api.held()).toBeGreaterThan(0);
  api.release();

  await ask(server, `PATCH ${place.base}`, { body: { settings: { settleSeconds: 3 } } });
  api.hold();
  const number = await begin("four");
  await stepBegun(server, place.base, number, "settle");
  await until(
    async () => await Promise.resolve(api.held()),
    (held) => held > 0,
  );
  api.release();
  expect(await ended(number)).toEqual(["four"]);
  await place.remove();
}, 300_000);
