import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chartFiles,
  deploymentOf,
  kubectl,
  kubectlWith,
  makePlace,
  makeSite,
  pastDoubt,
  podNames,
  sampleDeployment,
  save,
  type Site,
} from "../harness/cluster.ts";
import { ask, deploy, until } from "../harness/server.ts";

let site: Site;

beforeAll(async () => {
  site = await makeSite();
});
afterAll(async () => {
  await site.stop();
});

const container = `{name: app, image: keyroll.test/box:1, imagePullPolicy: Never, env: [{name: GREETING, valueFrom: {secretKeyRef: {name: app-secrets, key: GREETING}}}]}`;
const bare = `apiVersion: v1
kind: Pod
metadata: {name: alone}
spec:
  terminationGracePeriodSeconds: 2
  containers: [${container}]
`;
const cron = `apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  schedule: "0 3 1 1 *"
  jobTemplate:
    spec:
      template:
        spec:
          terminationGracePeriodSeconds: 2
          restartPolicy: Never
          containers: [${container}]
`;
const stateful = (text: string): string =>
  text
    .replace("kind: Deployment", "kind: StatefulSet")
    .replaceAll("{{ .Release.Name }}", "{{ .Release.Name }}-store")
    .replace(/ {2}replicas: .*\n/u, "  serviceName: none\n  updateStrategy: {rollingUpdate: {partition: 1}}\n")
    .replace(/ {2}progressDeadlineSeconds: .*\n/u, "");

test("what is held, runs once or belongs to nobody is named and left alone; the deployment does not wait for it", async () => {
  const { server } = site;
  const place = await makePlace(site, {
    chart: chartFiles({
      "templates/store.yaml": () => stateful(sampleDeployment()),
      "templates/alone.yaml": () => bare,
      "templates/report.yaml": () => cron,
    }),
    settings: { settleSeconds: 0 },
    values: { keys: ["GREETING"], replicas: 1 },
  });
  await save(server, place.base, { set: { GREETING: "one" } });
  const first = await deploy(server, place.base);
  expect(first.deployment, first.deployment.outcome).toMatchObject({ state: "running" });
  // Somebody else's, in the same namespace.
  await kubectlWith(deploymentOf(place.namespace, { name: "aside" }), "create");
  await kubectl("create", "job", "report-now", "--from=cronjob/report", "-n", place.namespace);
  await kubectl("wait", "--for=condition=Ready", "pod", "--all", "-n", place.namespace, "--timeout=60s");
  const names = (await kubectl("get", "deployments", "-n", place.namespace, "-o", "name")).trim().split("\n");
  const app = names.find((name) => !name.endsWith("/aside")) ?? "";
  await kubectl("rollout", "pause", app, "-n", place.namespace);
  const before = await podNames(place.namespace);
  expect(before).toHaveLength(5);

  await pastDoubt();
  await save(server, place.base, { set: { GREETING: "two" } });
  const { restarts: planned, findings } = (await ask(server, `POST ${place.base}/preflight`, { body: {} })).body;
  const outside = findings.filter(({ rule }: any) => rule === "outside-release");
  expect(outside.map(({ severity, object, message }: any) => [severity, object.kind, object.name, message])).toEqual([
    ["warning", "Deployment", "aside", expect.stringContaining("it keeps its values until somebody restarts it")],
  ]);
  expect(planned.map(({ kind, effect, why }: any) => [kind, effect, why]).toSorted()).toEqual([
    ["CronJob", "stays", "its next run reads the new values"],
    ["Deployment", "stays", "held back: paused"],
    ["StatefulSet", "stays", "held back: partition 1"],
  ]);
  const { deployment, journal } = await deploy(server, place.base);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running", goal: { revision: 2 } });
  expect(deployment.outcome).toContain("Pod/alone (a pod of its own: delete it and make it again)");
  expect(deployment.outcome).toContain("Deployment/aside (outside the release)");
  const held = journal.flatMap(({ event }: any) => (event.type === "held" ? [event.message] : []));
  expect(held.join("\n")).toMatch(/Deployment.*paused/u);
  expect(held.join("\n")).toMatch(/StatefulSet.*partition 1/u);
  expect((await podNames(place.namespace)).toSorted()).toEqual(before.toSorted());

  const status = (await ask(server, `GET ${place.base}/status`)).body;
  const of = (kind: string): any => status.workloads.find((one: any) => one.kind === kind && one.name !== "aside");
  expect(of("Pod").instances[0]).toMatchObject({ verdict: "stale" });
  expect(of("Pod").note).toContain("nothing restarts it");
  expect(of("CronJob").note).toContain("next run");
  expect(of("CronJob").instances[0]).toMatchObject({ verdict: "in-flight" });
  expect(of("Deployment")).toMatchObject({ held: "paused", instances: [{ verdict: "stale" }] });
  expect(status.state).toBe("stale");

  // Without those who are behind, a run under way keeps nobody from being done.
  await pastDoubt(deployment.endedAt);
  await kubectl("rollout", "resume", app, "-n", place.namespace);
  await kubectl("rollout", "restart", "deployment/aside", "-n", place.namespace);
  await kubectl("delete", "pod", "alone", `${of("StatefulSet").name}-0`, "-n", place.namespace, "--wait=false");
  await until(
    async () => (await ask(server, `GET ${place.base}/status`)).body,
    (now) => now.running === 2 && now.workloads.some((one: any) => one.instances[0]?.verdict === "in-flight"),
    60,
  );
  await place.remove();
});
