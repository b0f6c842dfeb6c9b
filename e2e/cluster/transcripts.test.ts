import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kubectl, makeSite, type Site } from "../harness/cluster.ts";
import { otherProgram, startParameterStore, type ParameterStore } from "../harness/parameter-store.ts";
import { ask } from "../harness/server.ts";
import { makeShell, play } from "../harness/transcript.ts";

const folder = join(import.meta.dirname, "transcripts");
const sample = fileURLToPath(new URL("../../testbed/charts/sample", import.meta.url));
const names = readdirSync(folder).map((name) => name.replace(/\.txt$/u, ""));

const region = "eu-west-1";
const root = `/transcripts-${process.pid}`;

let emulator: ParameterStore;
let site: Site;

/** The test cluster with a store in AWS, and what another program keeps there: as it runs, and in part otherwise. */
const makeParameters = async (): Promise<void> => {
  const kubeconfig = readFileSync(process.env["KUBECONFIG"] ?? "", "utf8");
  const made = await ask(site.server, "POST /connections", {
    body: {
      name: "kube-aws",
      cluster: { kind: "kubernetes", kubeconfig },
      store: { kind: "aws-ssm", settings: { region, prefix: `${root.slice(1)}/kr` } },
    },
  });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  const others = otherProgram(emulator, region);
  await others.put(`${root}/equal/GREETING`, "hello");
  await others.put(`${root}/equal/LEVEL`, "info");
  await others.put(`${root}/other/LEVEL`, "debug");
  await others.put(`${root}/other/api-key`, "k");
  await others.put(`${root}/other/worker/QUEUE`, "q");
};

beforeAll(async () => {
  emulator = await startParameterStore();
  site = await makeSite(emulator.env);
  await makeParameters();
}, 60_000);
afterAll(async () => {
  await site?.stop();
  emulator?.stop();
});

test.for(names)("%s", { timeout: 120_000 }, async (name) => {
  const { server } = site;
  const app = `c-${name}`;
  const namespace = `${app}-dev`;
  await ask(server, "POST /apps", { body: { name: app } });
  await ask(server, `POST /apps/${app}/environments`, {
    body: { name: "dev", connection: "kube", kind: "sandbox", settings: { createNamespace: true, settleSeconds: 0 } },
  });
  const shell = await makeShell({
    url: server.url,
    env: {
      KEYROLL_APP: app,
      KEYROLL_ENV: "dev",
      ROOT: root,
      KEYROLL_HELM: process.env["KEYROLL_HELM"] ?? "helm",
      // For those who go past Keyroll.
      KUBECONFIG: process.env["KUBECONFIG"] ?? "",
    },
  });
  try {
    cpSync(sample, join(shell.folder, "chart"), { recursive: true });
    const { was, is } = await play(join(folder, `${name}.txt`), shell, server.url, [[root, "<root>"]]);
    expect(is).toBe(was);
  } finally {
    await shell.remove();
    await kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
  }
});
