import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { commands } from "../../cli/src/commands/index.ts";
import { run } from "../../cli/src/program.ts";
import { ask, bootstrapToken, type TestServer } from "../harness/server.ts";
import { withServer } from "../harness/with-server.ts";

let server: TestServer;
let base = "";
withServer((started) => ({ server, base } = started));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyroll-edit-"));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

type Answer = string | null | (() => Promise<string>);

/** `keyroll edit` with a person at a terminal, whose editor runs `script` on the file, and who gives the answers in turn. */
const edit = async (script: string, answers: readonly Answer[], more: readonly string[] = []) => {
  const editor = join(folder, "editor");
  await writeFile(editor, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const left = [...answers];
  let said = "";
  const exit = await run(
    ["edit", "--reveal", ...more],
    {
      env: {
        KEYROLL_URL: server.url,
        KEYROLL_TOKEN: bootstrapToken,
        KEYROLL_APP: "shop",
        KEYROLL_ENV: "dev",
        EDITOR: editor,
        XDG_CONFIG_HOME: folder,
      },
      cwd: folder,
      terminal: { input: true, output: true, talk: true },
      out: (data) => {
        said += String(data);
      },
      err: (text) => {
        said += text;
      },
      read: async () => await Promise.resolve(new Uint8Array()),
      ask: async (question) => {
        said += `${question}\n`;
        const next = left.shift();
        return typeof next === "function" ? await next() : (next ?? null);
      },
      onStop: () => () => undefined,
      standBy: () => () => undefined,
      program: folder,
    },
    commands,
  );
  return { exit, said, left: left.length };
};

const save = async (body: object): Promise<void> => {
  const { revision } = (await ask(server, `GET ${base}/secrets`)).body;
  expect((await ask(server, `PATCH ${base}/secrets`, { ifMatch: revision, body })).status).toBe(200);
};
const values = async () => (await ask(server, `POST ${base}/bundle`, { body: { of: "saved" } })).body.values;

beforeEach(async () => {
  const before = Object.keys(await values());
  await save({ set: { A: "1", B: "1", C: "1", D: "1" }, remove: before.filter((key) => !"ABCD".includes(key)) });
});

/** Confirms the save, after somebody else was faster. */
const after = (body: object) => async (): Promise<string> => {
  await save(body);
  return "y";
};
const change = "s/^A=.*/A=mine/; s/^B=.*/B=mine/; /^C=/d; /^D=/d";

test("after a conflict the keys are told one by one, and yours go over theirs when that is meant", async () => {
  const theirs = after({ set: { A: "theirs", D: "theirs", E: "theirs" }, remove: ["C"] });
  const { exit, said, left } = await edit(`sed -i '${change}' "$1"`, [theirs, "y"]);
  expect([exit, left]).toEqual([0, 0]);
  expect(said).toMatch(/^A: you set it; bootstrap set it in revision \d+\.$/mu);
  expect(said).toMatch(/^C: you remove it; somebody removed it\.$/mu);
  expect(said).toMatch(/^D: you remove it; bootstrap set it in revision \d+\.$/mu);
  expect(said).not.toMatch(/^B: you/mu);
  expect(said).not.toContain("theirs;");
  expect(await values()).toEqual({ A: "mine", B: "mine", E: "theirs" });
});

test("whoever saves while the question is open is asked about as well", async () => {
  const again = after({ set: { B: "later" } });
  const answers = [after({ set: { A: "theirs" } }), again, "y"];
  const { exit, said, left } = await edit(`sed -i '${change}' "$1"`, answers);
  expect([exit, left]).toEqual([0, 0]);
  expect(said).toMatch(/^B: you set it; bootstrap set it in revision \d+\.$/mu);
  expect(await values()).toEqual({ A: "mine", B: "mine" });
});

test("otherwise what was typed is there again, and a line put back leaves theirs", async () => {
  const seen = join(folder, "seen");
  const script = `if [ -e '${seen}' ]; then grep -q '^B=mine' "$1" && sed -i 's/^A=.*/A=1/' "$1"; else touch '${seen}'; sed -i '${change}' "$1"; fi`;
  const { exit, left } = await edit(script, [after({ set: { A: "theirs" } }), "", "y"]);
  expect([exit, left]).toEqual([0, 0]);
  expect(await values()).toEqual({ A: "theirs", B: "mine" });
});

test("who stops at the question, and then leaves, ends with a conflict", async () => {
  const answers = [after({ set: { A: "theirs" } }), null, "n"];
  const { exit, left } = await edit(`sed -i '${change}' "$1"`, answers);
  expect([exit, left]).toEqual([5, 0]);
  expect(await values()).toMatchObject({ A: "theirs", B: "1" });
});

test("--yes does not say that yours go over theirs", async () => {
  const { revision } = (await ask(server, `GET ${base}/secrets`)).body;
  const request = {
    method: "PATCH",
    headers: {
      authorization: `Bearer ${bootstrapToken}`,
      "content-type": "application/json",
      "if-match": `"${revision}"`,
    },
    body: JSON.stringify({ set: { A: "theirs" } }),
  };
  const others = join(folder, "others.mjs");
  await writeFile(
    others,
    `await fetch(${JSON.stringify(server.url + "/api/v1" + base)} + "/secrets", ${JSON.stringify(request)});`,
  );
  const script = `'${process.execPath}' '${others}'; sed -i '${change}' "$1"`;
  const { exit, said, left } = await edit(script, [null, "n"], ["--yes"]);
  expect(said).toContain("Save yours over theirs?");
  expect([exit, left]).toEqual([5, 0]);
  expect(await values()).toMatchObject({ A: "theirs", B: "1" });
});
