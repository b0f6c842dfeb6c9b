import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kubectl, makeSite, type Site } from "../harness/cluster.ts";
import { ask } from "../harness/server.ts";
import { makeShell, play } from "../harness/transcript.ts";

const folder = join(import.meta.dirname, "transcripts");
const sample = fileURLToPath(new URL("../../testbed/charts/sample", import.meta.url));
const names = readdirSync(folder).map((name) => name.replace(/\.txt$/u, ""));

let site: Site;

beforeAll(async () => {
  site = await makeSite();
});
afterAll(async () => {
  await site.stop();
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
      KEYROLL_HELM: process.env["KEYROLL_HELM"] ?? "helm",
      // For those who go past Keyroll.
      KUBECONFIG: process.env["KUBECONFIG"] ?? "",
    },
  });
  try {
    cpSync(sample, join(shell.folder, "chart"), { recursive: true });
    const { was, is } = await play(join(folder, `${name}.txt`), shell, server.url);
    expect(is).toBe(was);
  } finally {
    await shell.remove();
    await kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
  }
});
