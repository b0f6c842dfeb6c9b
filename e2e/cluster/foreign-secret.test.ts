import { afterAll, beforeAll, expect, test } from "vitest";
import {
  deploymentOf,
  envValues,
  kubectl,
  kubectlWith,
  makePlace,
  makeSite,
  mirrorData,
  rolloutsOf,
  save,
  type Site,
} from "../harness/cluster.ts";
import { deploy, until } from "../harness/server.ts";

let site: Site;

beforeAll(async () => {
  site = await makeSite();
});
afterAll(async () => {
  await site.stop();
});

const ten = ["GREETING", "COLOUR", ...Array.from({ length: 8 }, (_, i) => `KEY_${i}`)];
const allTo = (value: string): Record<string, string> => Object.fromEntries(ten.map((key) => [key, value]));

test("a foreign app-secrets is refused, an operator's too, then adopted; type restart restarts what uses it, once for all of its keys", async () => {
  const { server } = site;
  const place = await makePlace(site, { type: "restart" });
  await kubectl(
    "create",
    "secret",
    "generic",
    "app-secrets",
    ...ten.map((key) => `--from-literal=${key}=hand-made`),
    "-n",
    place.namespace,
  );
  await kubectlWith(deploymentOf(place.namespace, { keys: ten }), "apply");
  await kubectl("rollout", "status", "deployment/web", "-n", place.namespace, "--timeout=60s");
  await save(server, place.base, { set: allTo("managed") });
  const refusal = async (body: object = {}): Promise<string> => {
    const { deployment } = await deploy(server, place.base, body);
    expect(deployment).toMatchObject({ state: "failed", live: "unchanged" });
    return deployment.outcome;
  };
  expect(await refusal()).toContain("--adopt");
  expect(Buffer.from((await mirrorData(place.namespace))["GREETING"] ?? "", "base64").toString()).toBe("hand-made");

  // An operator's, with an object that it dies with: with consent it is refused as well, and what the words name sets it free.
  const inPlace = ["-n", place.namespace] as const;
  const mark = "reconcile.external-secrets.io/managed";
  await kubectl("create", "configmap", "owner", ...inPlace);
  const owner = JSON.parse(await kubectl("get", "configmap", "owner", ...inPlace, "-o", "json")).metadata;
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: owner.name, uid: owner.uid }];
  const metadata = { labels: { [mark]: "true" }, ownerReferences };
  await kubectl("patch", "secret", "app-secrets", ...inPlace, "-p", JSON.stringify({ metadata }));
  const operators = await refusal({ adopt: true });
  expect(operators).toContain("belongs to External Secrets.");
  expect(operators).toContain(`--cascade=orphan, without which the Secret goes with it. Take off it label ${mark};`);
  await kubectl("label", "secret", "app-secrets", ...inPlace, `${mark}-`);
  expect(await refusal({ adopt: true })).toMatch(/belongs to ConfigMap owner\. Remove the ownerReference/u);
  await kubectl("delete", "configmap", "owner", ...inPlace, "--cascade=orphan");
  await until(
    async () => JSON.parse(await kubectl("get", "secret", "app-secrets", ...inPlace, "-o", "json")),
    (secret) => secret.metadata.ownerReferences === undefined,
  );
  expect(await refusal()).toContain("--adopt");
  const adopted = await deploy(server, place.base, { adopt: true });
  expect(adopted.deployment).toMatchObject({ state: "running" });
  expect(await envValues(place.namespace, "GREETING")).toEqual(["managed"]);
  expect(await rolloutsOf(place.namespace)).toEqual({ generations: [2], replicaSets: 2 });
  await place.remove();
});
