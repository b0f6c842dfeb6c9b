import { expect, test } from "vitest";
import { commands } from "./commands/index.ts";
import { run } from "./program.ts";

/** Where no server is, at no terminal. */
const keyroll = async (...argv: readonly string[]) => {
  let out = "";
  let err = "";
  const exit = await run(
    argv,
    {
      env: { KEYROLL_TOKEN: "krl_none", KEYROLL_URL: "http://127.0.0.1:1", KEYROLL_APP: "shop", KEYROLL_ENV: "dev" },
      cwd: "/",
      terminal: { input: false, output: false, talk: false },
      out: (data) => (out += String(data)),
      err: (text) => (err += text),
      read: async () => await Promise.resolve(new Uint8Array()),
      ask: async () => await Promise.resolve(null),
      onStop: () => () => undefined,
      standBy: () => () => undefined,
      program: "/",
    },
    commands,
  );
  return { exit, out, err };
};

test.for([
  [["help", "set"], "Usage: keyroll set "],
  [["help", "app"], "Usage: keyroll app "],
  [["help", "app", "create"], "Usage: keyroll app create "],
  [["app", "help", "create"], "Usage: keyroll app create "],
  [["app", "create", "--help"], "Usage: keyroll app create "],
] as const)("%j shows its help and ends with 0", async ([argv, usage]) => {
  const { exit, out } = await keyroll(...argv);
  expect(out).toContain(usage);
  expect(exit).toBe(0);
});

test("help for a command that there is not ends with 2", async () => {
  expect((await keyroll("help", "no-such")).exit).toBe(2);
});

test("status refuses a time that no clock of Node counts", async () => {
  const { exit, err } = await keyroll("status", "--wait", "--timeout", "577h");
  expect(err).toContain("--timeout is at most 24 days");
  expect(exit).toBe(2);
});
