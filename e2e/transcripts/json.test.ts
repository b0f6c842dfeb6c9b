import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, deploy, type TestServer } from "../harness/server.ts";
import { makeShell, type Shell } from "../harness/transcript.ts";
import { withServer } from "../harness/with-server.ts";

let server: TestServer;
let base = "";
withServer((started) => ({ server, base } = started));
let shell: Shell;

beforeAll(async () => {
  shell = await makeShell({ url: server.url, env: { KEYROLL_APP: "shop", KEYROLL_ENV: "dev" } });
  for (const revision of [0, 1]) {
    await ask(server, `PATCH ${base}/secrets`, { ifMatch: revision, body: { set: { A: `${revision}` } } });
    await deploy(server, base);
  }
  await ask(server, "POST /apps", { body: { name: "old" } });
  const { environment } = (await ask(server, `GET ${base}`)).body;
  const { connection } = environment;
  await ask(server, "POST /apps/old/environments", { body: { name: "dev", connection, kind: "sandbox" } });
  await ask(server, "POST /connections", { body: { name: "unused", cluster: { kind: "process" } } });
});
afterAll(async () => {
  await shell.remove();
});

const answerTo = async (line: string): Promise<unknown> => JSON.parse(await shell.run(`${line} 2> /dev/null || true`));

test.for([
  ["keyroll restore 2 --json", { environment: "shop/dev", revision: 2, changed: false }],
  ["printf 'A=1\\n' | keyroll import --json", { environment: "shop/dev", revision: 2, changed: false }],
  ["printf '?\\n' | keyroll import --json", { errors: [{ line: 1 }] }],
  ["keyroll undo --yes --no-wait --json", { deployment: 3, revision: 1 }],
  ["keyroll link --json", { app: "shop", env: "dev" }],
  ["keyroll drift pause --for 1h --json", { environment: "shop/dev" }],
  ["keyroll drift resume --json", { environment: "shop/dev", driftPausedUntil: null }],
  ["keyroll drift overwrite --all --json", { changed: false }],
  ["keyroll env rm dev --app old --yes --json", { environment: "old/dev", removed: true }],
  ["keyroll app rm old --yes --json", { app: "old", removed: true }],
  ["keyroll connection rm unused --yes --json", { connection: "unused", removed: true }],
] as const)("%s answers in JSON", async ([line, answer]) => {
  expect(await answerTo(line)).toMatchObject({ version: 1, ...answer });
});

test.for([
  ["keyroll no-such --json", "unknown command 'no-such'"],
  ["keyroll --json app", "A command is missing."],
  ["keyroll set --json", "missing required argument 'keys'"],
  ["keyroll ls --no-such=s3cret --json", "unknown option '--no-such=…'"],
] as const)("%s is refused in JSON", async ([line, message]) => {
  expect(await answerTo(line)).toMatchObject({ version: 1, error: { code: "bad_request", message } });
});

test("a revoked token is told in JSON", async () => {
  const { id } = (await ask(server, "POST /tokens", { body: { name: "ci" } })).body.token;
  expect(await answerTo(`keyroll token revoke ${id} --json`)).toMatchObject({ version: 1, token: id, revoked: true });
});

test("what the command behind -- is given is its own", async () => {
  expect(await shell.run("keyroll no-such -- --json 2> /dev/null")).toBe("[exit 2]\n");
});
