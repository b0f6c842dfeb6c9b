import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { ask, until, type TestServer } from "../harness/server.ts";
import { makeShell, type Shell } from "../harness/transcript.ts";
import { withServer } from "../harness/with-server.ts";

let server: TestServer;
let base = "";
withServer((started) => ({ server, base } = started));
let shell: Shell;

beforeAll(async () => {
  shell = await makeShell({ url: server.url, env: { KEYROLL_APP: "shop", KEYROLL_ENV: "dev" } });
});
afterAll(async () => {
  await shell.remove();
});

const change = async (body: object): Promise<void> => {
  const { revision } = (await ask(server, `GET ${base}/secrets`)).body;
  expect((await ask(server, `PATCH ${base}/secrets`, { ifMatch: revision, body })).status).toBe(200);
};
const save = async (value: string): Promise<void> => await change({ set: { A: value } });

/** `keyroll run --saved` of a shell script; what both write, by two pipes. */
const run = (options: readonly string[], script: string, env: Readonly<Record<string, string>> = {}) => {
  const child = spawn("keyroll", ["run", "--saved", ...options, "--", "sh", "-c", script], {
    cwd: shell.folder,
    env: { ...shell.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Where the test has ended it, this does nothing.
  onTestFinished(() => void child.kill());
  let text = "";
  const hear = (chunk: Buffer): void => {
    text += chunk.toString("utf8");
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  return {
    child,
    ended: once(child, "close"),
    text: () => text,
    says: async (what: string) => {
      await until(
        async () => await Promise.resolve(text),
        (all) => all.includes(what),
      );
    },
  };
};

test.for(["INT", "TERM", "HUP", "QUIT", "USR1", "USR2"] as const)(
  "%s reaches the command, and opens no debugger in the process that holds the values",
  async (name) => {
    await save(name);
    for (const options of name === "INT" || name === "TERM" || name === "HUP" ? [[]] : [[], ["--watch"]]) {
      const { child, ended, text, says } = run(
        options,
        `trap 'echo "heard $A"; exit 3' ${name}; echo up; while :; do sleep 0.1; done`,
      );
      await says("up\n");
      child.kill(`SIG${name}`);
      await says(`heard ${name}\n`);
      if (options.length > 0) {
        await says("has ended with 3");
        child.kill("SIGINT");
      }
      expect(await ended).toEqual([3, null]);
      expect(text()).not.toContain("Debugger");
    }
  },
);

test("a command goes on, and is started again, when nobody reads what keyroll says", async () => {
  await save("first");
  const { child, ended, says } = run(["--watch"], 'echo "has $A"; exec sleep 600');
  await says("has first\n");
  await says("runs as process");
  child.stderr.destroy();
  await save("second");
  await says("has second\n");
  await save("third");
  await says("has third\n");
  child.kill("SIGINT");
  expect(await ended).toEqual([128 + 15, null]);
});

test("a revoked token leaves the command running, is told once, and the command's own exit code is the end", async () => {
  await save("kept");
  const { token, text: secret } = (await ask(server, "POST /tokens", { body: { name: "laptop" } })).body;
  const script = `trap 'echo "heard $A"' USR1; trap 'exit 3' USR2; echo up; while :; do sleep 0.1; done`;
  const { child, ended, text, says } = run(["--watch"], script, { KEYROLL_TOKEN: secret });
  await says("up\n");
  expect((await ask(server, `DELETE /tokens/${token.id}`)).status).toBe(200);
  await says("the command goes on with the values it has");
  child.kill("SIGUSR1");
  await says("heard kept\n");
  child.kill("SIGUSR2");
  expect(await ended).toEqual([3, null]);
  expect(text().split("unknown, expired or revoked").length).toBe(2);
});

test("a key that --require names and that is removed leaves the command running until it is back", async () => {
  await save("before");
  const { child, ended, says } = run(["--watch", "--require", "A"], 'echo "has $A"; exec sleep 600');
  await says("has before\n");
  await change({ remove: ["A"] });
  await says("has no A");
  await says("the command goes on with the values it has");
  await save("after");
  await says("has after\n");
  child.kill("SIGINT");
  expect(await ended).toEqual([128 + 15, null]);
});
