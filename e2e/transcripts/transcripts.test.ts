import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeShell, play } from "../harness/transcript.ts";
import { ask, makeHome, startServer, type Home, type TestServer } from "../harness/server.ts";
import { commands } from "../../cli/src/commands/index.ts";

const folder = import.meta.dirname;
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".txt"))
  .map((name) => name.slice(0, -".txt".length));

/** They need Helm or a cluster: e2e/cluster/transcripts. */
const onTheCluster = new Set(["release push", "release ls", "connection check", "preflight"]);

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

test.concurrent.for(names)("%s", { timeout: 60_000 }, async (name) => {
  const shell = await makeShell({ url: server.url, env: await prepare(name) });
  try {
    const { was, is } = await play(join(folder, `${name}.txt`), shell, server.url);
    expect(is).toBe(was);
  } finally {
    await shell.remove();
  }
});

test("every command has a transcript", () => {
  const all = commands.flatMap(({ name, verbs }) => verbs?.map((verb) => `${name} ${verb.name}`) ?? [name]);
  const missing = all.filter((name) => !onTheCluster.has(name) && !names.includes(name.replace(" ", "-")));
  // `serve` becomes the server, which every other test starts; login and logout are played with a browser's part.
  expect(missing).toEqual(["serve", "login", "logout"]);
});
