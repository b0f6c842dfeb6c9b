import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEks } from "../harness/eks.ts";
import { aksId, gkeName, startManagedClusters } from "../harness/managed-clusters.ts";
import { makeShell, play, type Shell } from "../harness/transcript.ts";
import { otherProgram, startParameterStore } from "../harness/parameter-store.ts";
import { ask, askToTheEnd, makeHome, startServer, until, type Home, type TestServer } from "../harness/server.ts";
import { commands } from "../../cli/src/commands/index.ts";

const folder = import.meta.dirname;
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".txt"))
  .map((name) => name.slice(0, -".txt".length));

/** They need Helm or a cluster: e2e/cluster/transcripts. */
const onTheCluster = new Set(["release push", "release ls", "connection check", "preflight", "env import"]);

let home: Home;
let server: TestServer;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  await ask(server, "POST /connections", { body: { name: "here", cluster: { kind: "process" } } });
});

afterAll(async () => {
  await server.stop();
  await home.remove();
});

/** App of the transcript's own name, with an environment `dev` on this machine. */
const prepare = async (name: string): Promise<Record<string, string>> => {
  const app = `t-${name}`;
  await ask(server, "POST /apps", { body: { name: app } });
  const environment = { name: "dev", connection: "here", kind: "sandbox" };
  await ask(server, `POST /apps/${app}/environments`, { body: environment });
  return { KEYROLL_APP: app, KEYROLL_ENV: "dev" };
};

/** Signing in begins before anybody is there, so these have a server of their own and no token. */
const withoutAnybody = new Set(["login", "logout"]);

/** These show everything that a server has, so they have one of their own. */
const alone = new Set(["status-all"]);

/** These have a server that reaches AWS, and parameters there that other programs made. */
const onAws = new Set(["drift", "import-path", "env-move-store"]);

/** Three keys are saved; somebody else changes one of them, deletes one and adds another. */
const changePastKeyroll = async (
  on: TestServer,
  others: ReturnType<typeof otherProgram>,
  path: string,
): Promise<void> => {
  const set = { HOST: "a.example.com", PORT: "1", TOKEN: "t" };
  await askToTheEnd(on, "PATCH /apps/shop/environments/dev/secrets", { ifMatch: 0, body: { set } });
  await others.put(`${path}/HOST`, "b.example.com");
  await others.put(`${path}/EXTRA`, "x");
  await others.remove(`${path}/TOKEN`);
};

/** These have a server that knows clusters of clouds. */
const onClusters = new Set(["connection-eks", "connection-managed"]);

const playOn = async (
  on: TestServer,
  name: string,
  shell: Shell,
  more: readonly (readonly [string, string])[] = [],
): Promise<{ was: string; is: string }> => {
  try {
    return await play(join(folder, `${name}.txt`), shell, on.url, more);
  } finally {
    await shell.remove();
  }
};

test.concurrent.for(
  names.filter((name) => !withoutAnybody.has(name) && !alone.has(name) && !onAws.has(name) && !onClusters.has(name)),
)("%s", async (name) => {
  const { was, is } = await playOn(server, name, await makeShell({ url: server.url, env: await prepare(name) }));
  expect(is).toBe(was);
});

test.concurrent.for([...withoutAnybody])("%s", async (name) => {
  const own = await makeHome();
  const fresh = await startServer(own);
  try {
    const link = await until(
      async () => /http:\S+\/setup#\S+/u.exec(fresh.output())?.[0] ?? "",
      (found) => found !== "",
    );
    const shell = await makeShell({ url: fresh.url, token: null, env: { SETUP_LINK: link } });
    const { was, is } = await playOn(fresh, name, shell);
    expect(is).toBe(was);
  } finally {
    await fresh.stop();
    await own.remove();
  }
});

test.concurrent.for([...alone])("%s", async (name) => {
  const own = await makeHome();
  const fresh = await startServer(own);
  try {
    await ask(fresh, "POST /connections", { body: { name: "here", cluster: { kind: "process" } } });
    const { was, is } = await playOn(fresh, name, await makeShell({ url: fresh.url }));
    expect(is).toBe(was);
  } finally {
    await fresh.stop();
    await own.remove();
  }
});

test.for([...onAws])("%s", async (name) => {
  const region = "eu-west-1";
  const emulator = await startParameterStore();
  const own = await makeHome();
  const aws = await startServer({
    ...own,
    env: emulator.env,
  });
  try {
    const others = otherProgram(emulator, region);
    const root = `/transcript-${process.pid}-${name}`;
    const path = `${root}/old`;
    await others.put(`${path}/DATABASE_URL`, "postgres://db.example.com");
    await others.put(`${path}/HOSTS`, "a,b", "StringList");
    await others.put(`${path}/api-key`, "k");
    await others.put(`${path}/worker/QUEUE`, "q", "String");
    await ask(aws, "POST /apps", { body: { name: "shop" } });
    const store = { kind: "aws-ssm", settings: { region, prefix: `${root.slice(1)}/kr` } };
    await ask(aws, "POST /connections", { body: { name: "eu", cluster: { kind: "process" }, store } });
    const local = { kind: "local", settings: {} };
    await ask(aws, "POST /connections", { body: { name: "here", cluster: { kind: "process" }, store: local } });
    const first = name === "env-move-store" ? "here" : "eu";
    for (const [env, connection] of Object.entries({ dev: first, local: "here" }))
      await ask(aws, "POST /apps/shop/environments", { body: { name: env, connection, kind: "sandbox" } });
    if (name === "drift") await changePastKeyroll(aws, others, `${root}/kr/shop/dev`);
    const env = { KEYROLL_APP: "shop", KEYROLL_ENV: "dev", OLD: path };
    const { was, is } = await playOn(aws, name, await makeShell({ url: aws.url, env }), [[root, "<root>"]]);
    expect(is).toBe(was);
  } finally {
    await aws.stop();
    await own.remove();
    emulator.stop();
  }
});

test("connection-eks", async ({ task: { name } }) => {
  const role = "arn:aws:iam::210987654321:role/deployer";
  const sts = await startParameterStore({ roles: { [role]: "shop-7341" } });
  const eks = await startEks(sts.url, new Set(["arn:aws:sts::210987654321:assumed-role/deployer/keyroll"]));
  const own = await makeHome();
  const env = { ...sts.env, AWS_ENDPOINT_URL_STS: sts.url, AWS_ENDPOINT_URL_EKS: eks.url };
  const aws = await startServer({ ...own, env });
  try {
    const { was, is } = await playOn(aws, name, await makeShell({ url: aws.url }));
    expect(is).toBe(was);
  } finally {
    await aws.stop();
    await own.remove();
    eks.stop();
    sts.stop();
  }
});

test("connection-managed", async ({ task: { name } }) => {
  const clouds = await startManagedClusters();
  const own = await makeHome();
  const signedIn = await startServer({ ...own, env: clouds.env });
  try {
    clouds.gkeSays({
      state: "ENCRYPTED",
      keyName: "projects/shop-prod-1/locations/europe-west1/keyRings/r/cryptoKeys/k",
    });
    clouds.aksSays(() => ({}));
    const shell = await makeShell({ url: signedIn.url, env: { GKE: gkeName, AKS: aksId } });
    await writeFile(join(shell.folder, "kubeconfig"), clouds.kubeconfig());
    const { was, is } = await playOn(signedIn, name, shell);
    expect(is).toBe(was);
  } finally {
    await signedIn.stop();
    await own.remove();
    clouds.stop();
  }
});

test("every command has a transcript", () => {
  const all = commands.flatMap(({ name, verbs }) => verbs?.map((verb) => `${name} ${verb.name}`) ?? [name]);
  const missing = all.filter((name) => !onTheCluster.has(name) && !names.includes(name.replace(" ", "-")));
  expect(missing).toEqual([]);
});
