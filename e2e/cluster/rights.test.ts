import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chartFiles,
  kubectl,
  kubectlWith,
  makePlace,
  makeSite,
  podEnvironments,
  save,
  type Site,
} from "../harness/cluster.ts";
import { ask, deploy, until } from "../harness/server.ts";
import { kubeconfigOf } from "../harness/testbed.ts";

const namespace = `rights-${process.pid}`;
const user = async (name: string, rules: string, where = namespace): Promise<string> =>
  await kubeconfigOf(name, where, rules);

let site: Site;

beforeAll(async () => {
  site = await makeSite();
});
afterAll(async () => {
  await kubectl("delete", "namespace", namespace, "--wait=false", "--ignore-not-found");
  await site.stop();
});

test("the roles of the README are enough: the check passes, and a deployment runs and is proven", async () => {
  const { server } = site;
  const kubeconfig = await user("keyroll", "product.yaml");
  const helmKubeconfig = await user("helm", "helm.yaml");
  await ask(server, "POST /connections", {
    body: { name: "narrow", cluster: { kind: "kubernetes", kubeconfig, helmKubeconfig } },
  });
  // The API server learns of rights a moment after they were given.
  const report = await until(
    async () => (await ask(server, "POST /connections/narrow/check", { body: { namespace } })).body,
    ({ ok }) => ok === true,
  );
  expect(report.findings.filter((one: any) => one.required && !one.ok)).toEqual([]);
  await ask(server, "POST /apps", { body: { name: "narrow" } });
  const environment = { name: "dev", connection: "narrow", kind: "sandbox", namespace, settings: { settleSeconds: 0 } };
  await ask(server, "POST /apps/narrow/environments", { body: environment });
  await ask(server, "POST /apps/narrow/releases", { body: { files: chartFiles() } });
  const base = "/apps/narrow/environments/dev";
  await ask(server, `PUT ${base}/values`, { ifMatch: 0, body: { text: "replicas: 1\n" } });
  for (const greeting of ["one", "two"]) {
    await save(server, base, { set: { GREETING: greeting } });
    const { deployment } = await deploy(server, base);
    expect(deployment, deployment.outcome).toMatchObject({ state: "running" });
    expect((await podEnvironments(namespace)).map((env) => env.get("GREETING"))).toEqual([greeting]);
  }
});

const networkPolicy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec: {podSelector: {matchLabels: {app: nobody}}}
`;

test("what Helm may not write is found before the Secret is written: kind, verbs, namespace, who, and the line of the role", async () => {
  const { server } = site;
  const rule = "helm-right-missing";
  /** An environment in a namespace of its own, with a Helm that has these rights. */
  const connect = async (name: string, rules: string) => {
    const place = await makePlace(site, { chart: chartFiles({ "templates/network.yaml": () => networkPolicy }) });
    const { namespace: where, base } = place;
    const kubeconfig = await user("keyroll", "product.yaml", where);
    const helmKubeconfig = await user(name, rules, where);
    const body = { name: `${where}-${name}`, cluster: { kind: "kubernetes", kubeconfig, helmKubeconfig } };
    expect((await ask(server, "POST /connections", { body })).status).toBe(201);
    const app = base.split("/")[2] ?? "";
    const environment = { name, connection: body.name, kind: "sandbox", namespace: where };
    const made = await ask(server, `POST /apps/${app}/environments`, {
      body: { ...environment, releaseName: name, settings: { settleSeconds: 0 } },
    });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const own = base.replace(/dev$/u, name);
    await ask(server, `PUT ${own}/values`, { ifMatch: 0, body: { text: "keys: [GREETING]\nreplicas: 1\n" } });
    await save(server, own, { set: { GREETING: name } });
    return { ...place, own };
  };
  const narrowPlace = await connect("helm", "../../e2e/cluster/fixtures/helm-reads.yaml");
  const { own: narrow, namespace: where } = narrowPlace;
  const looked = await ask(server, `POST ${narrow}/preflight`, { body: {} });
  expect(looked.status, JSON.stringify(looked.body)).toBe(200);
  expect(looked.body.findings.filter((finding: any) => finding.rule === rule)).toEqual([
    expect.objectContaining({
      severity: "error",
      object: { kind: "NetworkPolicy", namespace: where, name: "closed" },
      message: expect.stringMatching(
        new RegExp(`^\`[^\`]*helm[^\`]*\`.* may not create or patch NetworkPolicy objects in ${where}\\.$`, "u"),
      ),
      fix: `Add to its Role in ${where}: {apiGroups: ["networking.k8s.io"], resources: [networkpolicies], verbs: [create, patch]}.`,
    }),
  ]);
  const refused = (await deploy(server, narrow)).deployment;
  expect(refused).toMatchObject({ state: "failed", live: "unchanged" });
  expect(refused.outcome).toMatch(/may not create or patch NetworkPolicy.*networkpolicies/u);
  await expect(kubectl("get", "secret", "app-secrets", "-n", where)).rejects.toThrow("NotFound");
  // The cluster has the last word: with consent Helm is asked.
  const passed = (await deploy(server, narrow, { ignorePreflight: [rule] })).deployment;
  expect(passed.outcome).toMatch(/Helm could not.*forbidden/u);

  // A role that names its objects.
  const namedPlace = await connect("named", "../../e2e/cluster/fixtures/helm-named.yaml");
  const { own: named, namespace: itsNamespace } = namedPlace;
  const { deployment } = await deploy(server, named);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running" });

  // What is there already need not be created.
  const verbs = [{ op: "replace", path: "/rules/4/verbs", value: ["get", "patch", "delete"] }];
  await kubectl("patch", "role", "named", "-n", itsNamespace, "--type=json", "-p", JSON.stringify(verbs));
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: `system:serviceaccount:${itsNamespace}:named`,
      resourceAttributes: {
        namespace: itsNamespace,
        verb: "create",
        group: "networking.k8s.io",
        resource: "networkpolicies",
        name: "closed",
      },
    },
  };
  await until(
    async () => JSON.parse(await kubectlWith(review, "create", "-o", "json")).status.allowed as boolean,
    (allowed) => !allowed,
  );
  const enough = (await ask(server, `POST ${named}/preflight`, { body: {} })).body.findings;
  expect(enough.filter((finding: any) => finding.rule === rule)).toEqual([]);
  await kubectl("delete", "networkpolicy", "closed", "-n", itsNamespace);
  const gone = (await ask(server, `POST ${named}/preflight`, { body: {} })).body.findings;
  expect(gone.find((finding: any) => finding.rule === rule).message).toContain("may not create NetworkPolicy");
  await narrowPlace.remove();
  await namedPlace.remove();
});

test("a right that is missing is named, with what it is for", async () => {
  const { server } = site;
  const kubeconfig = await user("nobody", "../../e2e/cluster/fixtures/no-rights.yaml");
  await ask(server, "POST /connections", { body: { name: "none", cluster: { kind: "kubernetes", kubeconfig } } });
  const report = (await ask(server, "POST /connections/none/check", { body: { namespace } })).body;
  expect(report.ok).toBe(false);
  const refused = report.findings.filter((one: any) => one.required && !one.ok);
  expect(refused.map((one: any) => one.id)).toContain("right:update:secrets");
  expect(refused.every((one: any) => one.next !== null)).toBe(true);
  // A deployment does without, and says so where it would have helped.
  expect(report.findings.find((one: any) => one.id === "right:create:pods/eviction")).toMatchObject({
    ok: false,
    required: false,
    message: `create pods/eviction in ${namespace}: refused`,
    next: expect.stringContaining("Rights in the cluster"),
  });
});
