import { afterAll, beforeAll, expect, test } from "vitest";
import { kubectl, makePlace, makeSite, mirrorData, save, type Site } from "../harness/cluster.ts";
import { deploy } from "../harness/server.ts";

let site: Site;

beforeAll(async () => {
  site = await makeSite();
});
afterAll(async () => {
  await site.stop();
});

test("type restart: a namespace that is not there is named, with what makes it; with createNamespace it is made", async () => {
  const { server } = site;
  const without = await makePlace(site, { type: "restart" });
  const creating = await makePlace(site, { type: "restart", settings: { createNamespace: true } });
  await kubectl("delete", "namespace", without.namespace, creating.namespace);
  for (const { base } of [without, creating]) await save(server, base, { set: { GREETING: "one" } });
  const { deployment } = await deploy(server, without.base);
  expect(deployment.state).toBe("failed");
  expect(deployment.outcome).toContain(
    `The namespace ${without.namespace} does not exist. Make it: kubectl create namespace ${without.namespace}; or let`,
  );
  expect((await deploy(server, creating.base)).deployment).toMatchObject({ state: "running" });
  expect(Object.keys(await mirrorData(creating.namespace))).toEqual(["GREETING"]);
  await creating.remove();
});
