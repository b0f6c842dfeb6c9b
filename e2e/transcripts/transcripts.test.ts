import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeShell, play, type Shell } from "../harness/transcript.ts";
import { ask, makeHome, startServer, until, type Home, type TestServer } from "../harness/server.ts";
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

/** Signing in begins before anybody is there, so these have a server of their own and no token. */
const withoutAnybody = new Set(["login", "logout"]);

const playOn = async (on: TestServer, name: string, shell: Shell): Promise<{ was: string; is: string }> => {
  try {
    return await play(join(folder, `${name}.txt`), shell, on.url);
  } finally {
    await shell.remove();
  }
};

test.concurrent.for(names.filter((name) => !withoutAnybody.has(name)))("%s", { timeout: 60_000 }, async (name) => {
  const { was, is } = await playOn(server, name, await makeShell({ url: server.url, env: await prepare(name) }));
  expect(is).toBe(was);
});

test.concurrent.for([...withoutAnybody])("%s", { timeout: 60_000 }, async (name) => {
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

test("every command has a transcript", () => {
  const all = commands.flatMap(({ name, verbs }) => verbs?.map((verb) => `${name} ${verb.name}`) ?? [name]);
  const missing = all.filter((name) => !onTheCluster.has(name) && !names.includes(name.replace(" ", "-")));
  expect(missing).toEqual([]);
});
