import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ask, askToTheEnd, makeHome, startServer, until, type Home, type TestServer } from "./server.ts";

const execute = promisify(execFile);
const sampleFolder = fileURLToPath(new URL("../../testbed/charts/sample", import.meta.url));

/** Runs kubectl against the test cluster. @throws with its words when it fails. */
export const kubectl = async (...args: readonly string[]): Promise<string> =>
  (await execute("kubectl", args, { maxBuffer: 32 * 1024 * 1024 })).stdout;

/** Gives objects to kubectl on its standard input, so that no value is in a command line. @throws with its words. */
export const kubectlWith = async (objects: unknown, ...args: readonly string[]): Promise<string> => {
  const running = execute("kubectl", [...args, "-f", "-"], { maxBuffer: 32 * 1024 * 1024 });
  running.child.stdin?.end(JSON.stringify(objects));
  return (await running).stdout;
};

export const helm = async (...args: readonly string[]): Promise<string> =>
  (await execute(process.env["KEYROLL_HELM"] ?? "helm", args, { maxBuffer: 32 * 1024 * 1024 })).stdout;

/** A chart as the API takes a folder; `edit` changes or adds files by path. */
export const chartFiles = (edit: Readonly<Record<string, (text: string) => string>> = {}, folder = sampleFolder) => {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = new Map(
    names.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path, "utf8")] as const;
    }),
  );
  for (const [path, change] of Object.entries(edit)) files.set(path, change(files.get(path) ?? ""));
  return [...files].map(([path, text]) => ({ path, content: Buffer.from(text).toString("base64") }));
};

export interface Site {
  readonly server: TestServer;
  readonly home: Home;
  stop(): Promise<void>;
}

const helmEnv = (): Record<string, string> => ({ KEYROLL_HELM: process.env["KEYROLL_HELM"] ?? "helm" });

/** A server on a data folder, with Helm and a connection `kube` to the test cluster. */
export const makeSite = async (env: Readonly<Record<string, string>> = {}): Promise<Site> => {
  const home = await makeHome();
  const server = await startServer({ ...home, env: { ...helmEnv(), ...env } });
  const kubeconfig = readFileSync(process.env["KUBECONFIG"] ?? "", "utf8");
  const made = await ask(server, "POST /connections", {
    body: { name: "kube", cluster: { kind: "kubernetes", kubeconfig } },
  });
  if (made.status !== 201) throw new Error(`no connection: ${JSON.stringify(made.body)}`);
  return {
    server,
    home,
    stop: async () => {
      await server.stop();
      await home.remove();
    },
  };
};

/** Starts the server of a site again after a kill. */
export const restart = async (site: Site): Promise<TestServer> => await startServer({ ...site.home, env: helmEnv() });

export interface Place {
  readonly base: string;
  readonly namespace: string;
  remove(): Promise<void>;
}

let made = 0;

/** A namespace, an app with one environment in it, and (type helm) the sample chart as its release. */
export const makePlace = async (
  { server }: Pick<Site, "server">,
  options: {
    readonly type?: "helm" | "restart";
    /** Another connection to the test cluster than `kube`. */
    readonly connection?: string;
    readonly settings?: object;
    readonly values?: object;
    readonly chart?: ReturnType<typeof chartFiles>;
  } = {},
): Promise<Place> => {
  made += 1;
  const app = `e2e-${process.pid}-${made}`;
  const namespace = `${app}-dev`;
  await kubectl("create", "namespace", namespace);
  await ask(server, "POST /apps", { body: { name: app } });
  const environment = await ask(server, `POST /apps/${app}/environments`, {
    body: {
      name: "dev",
      connection: options.connection ?? "kube",
      kind: "sandbox",
      type: options.type ?? "helm",
      settings: { settleSeconds: 1, timeoutSeconds: 120, ...options.settings },
    },
  });
  if (environment.status !== 201) throw new Error(JSON.stringify(environment.body));
  const base = `/apps/${app}/environments/dev`;
  if ((options.type ?? "helm") === "helm") {
    const pushed = await ask(server, `POST /apps/${app}/releases`, { body: { files: options.chart ?? chartFiles() } });
    if (pushed.status !== 201) throw new Error(JSON.stringify(pushed.body));
    if (options.values !== undefined)
      await ask(server, `PUT ${base}/values`, { ifMatch: 0, body: { text: JSON.stringify(options.values) } });
  }
  return {
    base,
    namespace,
    remove: async () => {
      await kubectl("delete", "namespace", namespace, "--wait=false");
    },
  };
};

/** Saves pairs onto the newest revision. */
export const save = async (server: TestServer, base: string, body: object): Promise<any> => {
  const { revision } = (await ask(server, `GET ${base}/secrets`)).body;
  const saved = await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch: revision, body });
  if (saved.status !== 200) throw new Error(JSON.stringify(saved.body));
  return saved.body;
};

/** Names of the pods that are neither on their way out nor at their end. */
export const podNames = async (namespace: string, selector = ""): Promise<string[]> => {
  const { items } = JSON.parse(
    await kubectl("get", "pods", "-n", namespace, "-o", "json", ...(selector === "" ? [] : ["-l", selector])),
  );
  return items
    .filter(
      (pod: any) => pod.metadata.deletionTimestamp === undefined && !["Succeeded", "Failed"].includes(pod.status.phase),
    )
    .map((pod: any) => pod.metadata.name);
};

/** The environment that each pod's process was started with, as it says itself. */
export const podEnvironments = async (namespace: string): Promise<Map<string, string>[]> =>
  await Promise.all(
    (await podNames(namespace)).map(async (name) => {
      const text = await kubectl("exec", "-n", namespace, name, "--", "cat", "/tmp/www/env");
      return new Map(
        text
          .split("\n")
          .map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      );
    }),
  );

/** What each pod that stays has in one variable. */
export const envValues = async (namespace: string, key: string): Promise<(string | undefined)[]> =>
  (await podEnvironments(namespace)).map((env) => env.get(key));

/** The Secret as it lies in the cluster: key -> base64. */
export const mirrorData = async (namespace: string): Promise<Record<string, string>> =>
  JSON.parse(await kubectl("get", "secret", "app-secrets", "-n", namespace, "-o", "json")).data ?? {};

/**
 * A start that is near to a write is rightly called ambiguous: waits until the next one is not, for what happened up to
 * `since`. Of the 7 s the proof itself wants 3 (proof/windows.ts); the rest is for slow starts, which count as skew.
 */
export const pastDoubt = async (since = Date.now()): Promise<void> => {
  const wait = since + 7000 - Date.now();
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, wait)));
};

/** Waits until a step of a deployment has begun. */
export const stepBegun = async (server: TestServer, base: string, number: number, step: string): Promise<void> => {
  await until(
    async () => (await ask(server, `GET ${base}/deployments/${number}`)).body,
    (body) => body.journal.some((line: any) => line.event.type === "step" && line.event.step === step),
    90,
  );
};

/** Every container that `GET …/status` tells of, with its workload as `kind/name`. */
export const instancesOf = async (server: TestServer, base: string): Promise<any[]> => {
  const { workloads } = (await ask(server, `GET ${base}/status`)).body;
  return workloads.flatMap(({ kind, name, instances }: any) =>
    instances.map((one: any) => ({ workload: `${kind}/${name}`, ...one })),
  );
};

/** The text of the sample chart's Deployment, to make other templates of it. */
export const sampleDeployment = (): string => readFileSync(join(sampleFolder, "templates/deployment.yaml"), "utf8");

/** A Deployment that no chart of Keyroll's brings: one container that reads keys of app-secrets and is ready when it serves. */
export const deploymentOf = (
  namespace: string,
  { name = "web", keys = ["GREETING"] }: { readonly name?: string; readonly keys?: readonly string[] } = {},
) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 2,
        containers: [
          {
            name: "app",
            image: "keyroll.test/box:1",
            imagePullPolicy: "Never",
            env: keys.map((key) => ({ name: key, valueFrom: { secretKeyRef: { name: "app-secrets", key } } })),
            readinessProbe: { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
});

/** How often each workload was given another template, the first one included: a rollout each. */
export const rolloutsOf = async (namespace: string): Promise<{ generations: number[]; replicaSets: number }> => {
  const { items } = JSON.parse(await kubectl("get", "deployments,replicasets", "-n", namespace, "-o", "json"));
  const [deployments, sets] = ["Deployment", "ReplicaSet"].map((wanted) =>
    items.filter(({ kind }: any) => kind === wanted),
  );
  return { generations: deployments.map(({ metadata }: any) => metadata.generation), replicaSets: sets.length };
};
