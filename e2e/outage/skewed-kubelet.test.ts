import { afterAll, beforeAll, expect, test } from "vitest";
import {
  instancesOf,
  kubectl,
  makePlace,
  makeSite,
  pastDoubt,
  podEnvironments,
  save,
  type Site,
} from "../harness/cluster.ts";
import { startLaggingApi, type LaggingApi } from "../harness/lagging-api.ts";
import { ask, deploy, until } from "../harness/server.ts";

let site: Site;
let api: LaggingApi;

beforeAll(async () => {
  site = await makeSite();
  api = await startLaggingApi();
  await api.attach();
});
afterAll(async () => {
  await (api as LaggingApi | undefined)?.stop();
  await site.stop();
}, 120_000);

/** Further than any pause or margin of a deployment. */
const far = 90_000;

// What a container has read is told by when it started, which the node's clock says, and by when the Secret was written.
test.each([
  ["behind", -far],
  ["ahead", far],
])(
  "a node whose clock is %s takes no pod for one that has other values than it has",
  async (_, ms) => {
    const { server } = site;
    api.skew(ms);
    const settings = { settleSeconds: 0 };
    const place = await makePlace({ server }, { values: { keys: ["GREETING"], replicas: 1 }, settings });
    const greetings = async (): Promise<unknown[]> =>
      (await podEnvironments(place.namespace)).map((env) => env.get("GREETING"));
    /** Those that stay. */
    const instances = async (): Promise<any[]> =>
      (await instancesOf(server, place.base)).filter(({ verdict }) => verdict !== "draining");
    for (const [i, greeting] of ["one", "two"].entries()) {
      await save(server, place.base, { set: { GREETING: greeting } });
      const { deployment } = await deploy(server, place.base);
      expect(deployment, deployment.outcome).toMatchObject({ state: "running" });
      expect(await greetings()).toEqual([greeting]);
      expect(await instances()).toMatchObject([{ verdict: "current", revision: i + 1 }]);
    }
    const pod = JSON.parse(await kubectl("get", "pods", "-n", place.namespace, "-o", "json")).items.find(
      ({ metadata }: any) => metadata.deletionTimestamp === undefined,
    );
    const saysBy = Date.parse(pod.status.startTime) - Date.parse(pod.metadata.creationTimestamp) - ms;
    expect(Math.abs(saysBy)).toBeLessThan(far / 2);

    // A container that crashes in its pod has both its times from that clock. Then the Secret is written, and nobody restarts: by a
    // clock that is ahead the container started after that.
    const { name } = pod.metadata;
    await kubectl("exec", name, "-n", place.namespace, "--", "kill", "-TERM", "1").catch(() => undefined);
    await until(
      async () => JSON.parse(await kubectl("get", "pod", name, "-n", place.namespace, "-o", "json")),
      ({ status: { containerStatuses: [one] = [] } }) => one?.restartCount === 1 && one.ready === true,
      60,
    );
    await pastDoubt();
    await save(server, place.base, { set: { GREETING: "three" } });
    expect((await deploy(server, place.base, { restart: "none" })).deployment.state).toBe("running");
    expect(await greetings()).toEqual(["two"]);
    const [told] = await instances();
    expect(told.revision).not.toBe(3);
    expect(["stale", "ambiguous"]).toContain(told.verdict);
    expect((await ask(server, `GET ${place.base}/status`)).body.running).not.toBe(3);
    // And the next rollout settles it.
    const { deployment } = await deploy(server, place.base, { restart: "all" });
    expect(deployment, deployment.outcome).toMatchObject({ state: "running" });
    expect(await greetings()).toEqual(["three"]);
    await place.remove();
  },
  240_000,
);
