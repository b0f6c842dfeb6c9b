import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chartFiles,
  kubectl,
  kubectlWith,
  makeSite,
  pastDoubt,
  podEnvironments,
  podNames,
  save,
  type Site,
} from "../harness/cluster.ts";
import { ask, deploy, deploymentEnd, until } from "../harness/server.ts";
import { kubeconfigOf } from "../harness/testbed.ts";

// Pods that a rollout leaves with older values, and an identity that has the rights of the README's role and no more.

const namespace = `stragglers-${process.pid}`;
const base = "/apps/stragglers/environments/dev";
let site: Site;

beforeAll(async () => {
  site = await makeSite();
  const { server } = site;
  const kubeconfig = await kubeconfigOf("keyroll", namespace, "product.yaml");
  const helmKubeconfig = await kubeconfigOf("helm", namespace, "helm.yaml");
  const cluster = { kind: "kubernetes", kubeconfig, helmKubeconfig };
  await ask(server, "POST /connections", { body: { name: "narrow", cluster } });
  await ask(server, "POST /apps", { body: { name: "stragglers" } });
  const settings = { settleSeconds: 0, timeoutSeconds: 90 };
  const body = { name: "dev", connection: "narrow", kind: "sandbox", namespace, settings };
  const made = await ask(server, "POST /apps/stragglers/environments", { body });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  await ask(server, "POST /apps/stragglers/releases", { body: { files: chartFiles() } });
  const text = JSON.stringify({ keys: ["GREETING"], replicas: 1, rollme: false });
  await ask(server, `PUT ${base}/values`, { ifMatch: 0, body: { text } });
  await save(server, base, { set: { GREETING: "one" } });
  const { deployment } = await deploy(server, base);
  if (deployment.state !== "running") throw new Error(deployment.outcome);
});
afterAll(async () => {
  await kubectl("delete", "namespace", namespace, "--wait=false", "--ignore-not-found");
  await site.stop();
});

/** Has the pod start with what somebody else wrote; a deployment of the same values then does not roll it. */
const makeStraggler = async (): Promise<string> => {
  await pastDoubt();
  const foreign = JSON.stringify({ stringData: { GREETING: "theirs" } });
  await kubectl("patch", "secret", "app-secrets", "-n", namespace, "--type=merge", "-p", foreign);
  await kubectl("delete", "pods", "--all", "-n", namespace);
  await kubectl("wait", "--for=condition=Ready", "pod", "--all", "-n", namespace, "--timeout=60s");
  await pastDoubt();
  const [pod = ""] = await podNames(namespace);
  return pod;
};
const begin = async (): Promise<number> => {
  const { status, body } = await ask(site.server, `POST ${base}/deployments`, { body: { overwriteDrift: true } });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.deployment.number;
};
const told = async (number: number, text: string): Promise<string> => {
  const { journal } = await until(
    async () => (await ask(site.server, `GET ${base}/deployments/${number}`)).body,
    (body) => body.journal.some((line: any) => line.event.message?.includes(text)),
    60,
  );
  return journal.find((line: any) => line.event.message?.includes(text)).event.message;
};
const ended = async (number: number, pod: string): Promise<void> => {
  const { deployment } = await deploymentEnd(site.server, base, number);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running" });
  expect(await podNames(namespace)).not.toContain(pod);
  expect((await podEnvironments(namespace)).map((env) => env.get("GREETING"))).toEqual(["one"]);
};

test("a pod that may not be evicted is told with the right and what to do; the deployment goes on when it is given", async () => {
  const pod = await makeStraggler();
  const number = await begin();
  const message = await told(number, "pods/eviction");
  expect(message).toContain(`Not replaced, with older values: ${pod} (Keyroll's identity lacks \`create\``);
  expect(message).toContain(`kubectl delete pod -n ${namespace} ${pod}`);
  const rules = { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] };
  const kind = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: "evicts", namespace } };
  await kubectlWith({ ...kind, kind: "Role", rules: [rules] }, "create");
  const subject = `--serviceaccount=${namespace}:keyroll`;
  await kubectl("create", "rolebinding", "evicts", "--role=evicts", subject, "-n", namespace);
  await ended(number, pod);
  const { findings } = (await ask(site.server, "POST /connections/narrow/check", { body: { namespace } })).body;
  expect(findings.find((one: any) => one.id === "right:create:pods/eviction")).toMatchObject({ ok: true, next: null });
});

test("so is one under two disruption budgets, which no cluster evicts", async () => {
  const pod = await makeStraggler();
  const spec = { maxUnavailable: 1, selector: {} };
  for (const name of ["one", "two"])
    await kubectlWith(
      { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name, namespace }, spec },
      "create",
    );
  const number = await begin();
  expect(await told(number, "more than one PodDisruptionBudget")).toContain(`with older values: ${pod} (`);
  await kubectl("delete", "poddisruptionbudget", "two", "-n", namespace);
  await ended(number, pod);
});

test("where the settings have them reported, none is evicted: the deployment waits for whoever replaces them", async () => {
  const pod = await makeStraggler();
  await ask(site.server, `PATCH ${base}`, { body: { settings: { stragglers: "report" } } });
  const number = await begin();
  expect(await told(number, "the setting stragglers is report")).toContain(`kubectl delete pod -n ${namespace} ${pod}`);
  expect(await podNames(namespace)).toEqual([pod]);
  await kubectl("delete", "pod", "-n", namespace, pod);
  await ended(number, pod);
});

test("when nobody does it is not said to run: the deployment fails and names them", async () => {
  const pod = await makeStraggler();
  const settings = { timeoutSeconds: 10, onFailure: "hold" };
  await ask(site.server, `PATCH ${base}`, { body: { settings } });
  const { deployment } = await deploymentEnd(site.server, base, await begin());
  expect(deployment).toMatchObject({ state: "failed", live: "goal" });
  expect(deployment.outcome).toContain(`Not replaced, with older values: ${pod} (the setting stragglers is report).`);
  expect(deployment.outcome).toContain("It is left as it is");
  expect(await podNames(namespace)).toEqual([pod]);
});
