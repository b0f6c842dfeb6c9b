import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, copyFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  ask,
  makeHome,
  makeProcessEnvironment,
  startServer,
  type Home,
  type Reply,
  type TestServer,
} from "../../e2e/harness/server.ts";

const base = "/apps/shop/environments/dev";
const value = "canary-of-the-sealed-server";

let home: Home;
let server: TestServer | null = null;

const keyFile = (): string => join(home.dataDir, "master.key");
const kept = (): string => join(home.dataDir, "kept.key");
const start = async (env: Record<string, string> = {}): Promise<TestServer> => {
  server = await startServer({ ...home, env });
  return server;
};

beforeAll(async () => {
  home = await makeHome();
  const first = await start();
  await makeProcessEnvironment(first);
  await ask(first, `PATCH ${base}/secrets`, {
    ifMatch: 0,
    body: { set: { PASSWORD: value, LEVEL: "info" }, meta: { LEVEL: { visible: true, note: "how much is logged" } } },
  });
  await ask(first, `PATCH ${base}/secrets`, { ifMatch: 1, body: { set: { PASSWORD: `${value}-2` } } });
  await ask(first, "POST /apps/shop/environments", { body: { name: "empty", connection: "here", kind: "sandbox" } });
  await first.stop();
  await copyFile(keyFile(), kept());
});

afterEach(async () => {
  await server?.stop();
  await rm(keyFile(), { force: true });
  await copyFile(kept(), keyFile());
});

afterAll(async () => await home.remove());

/** Everything that needs the values themselves. */
const valueCalls = (at: string): [string, () => Promise<Reply>][] => {
  const to = server as TestServer;
  const empty = "/apps/shop/environments/empty";
  return [
    ["reveal", () => ask(to, `POST ${at}/secrets/PASSWORD/reveal`, { body: {} })],
    ["bundle", () => ask(to, `POST ${at}/bundle`, { body: { of: "saved" } })],
    ["save", () => ask(to, `PATCH ${at}/secrets`, { ifMatch: 2, body: { set: { NEW: value } } })],
    ["first save", () => ask(to, `PATCH ${empty}/secrets`, { ifMatch: 0, body: { set: { NEW: value } } })],
    ["remove", () => ask(to, `PATCH ${at}/secrets`, { ifMatch: 2, body: { remove: ["PASSWORD"] } })],
    ["restore", () => ask(to, `POST ${at}/revisions/1/restore`, { ifMatch: 2, body: {} })],
    [
      "import",
      () => ask(to, `POST ${at}/secrets/import`, { ifMatch: 2, body: { text: `NEW=${value}\n`, apply: true } }),
    ],
  ];
};

/** Names, notes, sizes and history are there; nothing of a value is, not even of a visible key. */
const expectMetadata = async (to: TestServer): Promise<void> => {
  const { body: list } = await ask(to, `GET ${base}/secrets`);
  expect(list).toMatchObject({
    revision: 2,
    secrets: [
      { key: "LEVEL", bytes: 4, value: null, visible: true, note: "how much is logged" },
      { key: "PASSWORD", bytes: value.length + 2, value: null },
    ],
  });
  const { body: history } = await ask(to, `GET ${base}/revisions`);
  expect(history.items.map((item: { revision: number }) => item.revision)).toEqual([2, 1]);
  expect((await ask(to, `GET ${base}/revisions/2`)).body.difference).toMatchObject([{ key: "PASSWORD" }]);
  expect((await ask(to, "GET /me")).body.sealed).toBe(true);
};

const ready = async (to: TestServer): Promise<[number, string]> => {
  const answer = await fetch(`${to.url}/readyz`);
  return [answer.status, await answer.text()];
};

const expectWhole = async (to: TestServer): Promise<void> => {
  expect((await ask(to, `POST ${base}/bundle`, { body: { of: "saved" } })).body.values).toEqual({
    PASSWORD: `${value}-2`,
    LEVEL: "info",
  });
  expect((await ask(to, `GET ${base}/secrets`)).body.secrets[0]).toMatchObject({ key: "LEVEL", value: "info" });
  expect((await ask(to, "GET /apps/shop/environments/empty/secrets")).body.revision).toBe(0);
  expect(await ready(to)).toEqual([200, "ready\n"]);
};

test("without its master key a server starts sealed, makes no other, and opens again with the right one", async () => {
  await rename(keyFile(), `${kept()}.away`);
  const sealed = await start();
  expect(existsSync(keyFile())).toBe(false);
  expect(sealed.output()).toContain("there is no master key");
  expect(await ready(sealed)).toEqual([200, "ready (sealed: there is no master key)\n"]);
  await expectMetadata(sealed);
  for (const [what, call] of valueCalls(base)) {
    const { status, body } = await call();
    expect([status, body.code], what).toEqual([503, "sealed"]);
    expect(body.next, what).toContain("KEYROLL_MASTER_KEY_FILE");
    expect(JSON.stringify(body), what).not.toContain(value);
  }
  await sealed.stop();
  await rename(`${kept()}.away`, keyFile());
  await expectWhole(await start());
});

test("with another master key nothing is read and nothing written, not even in an empty environment", async () => {
  await rm(keyFile());
  await writeFile(keyFile(), randomBytes(32).toString("base64"), { mode: 0o400 });
  const foreign = await start();
  expect(foreign.output()).toContain("not the one that this database was written with");
  expect((await ready(foreign))[1]).toContain("sealed: the master key is not the one");
  await expectMetadata(foreign);
  for (const [what, call] of valueCalls(base)) {
    const { status, body } = await call();
    expect([status, body.code], what).toEqual([500, "integrity"]);
    expect(JSON.stringify(body), what).not.toContain(value);
  }
  await foreign.stop();
  await rm(keyFile());
  await copyFile(kept(), keyFile());
  await expectWhole(await start());
});

test("a key file that others may read, or that holds something else, stops the start and is left as it is", async () => {
  await chmod(keyFile(), 0o644);
  const open = await start().catch((error: Error) => error.message);
  expect(open).toContain("ended with 6");
  expect(open).toContain("mode 644");
  expect(open).toContain("chmod 0400");
  await rm(keyFile());
  await writeFile(keyFile(), "c2hvcnQ=\n", { mode: 0o400 });
  const short = await start().catch((error: Error) => error.message);
  expect(short).toContain("does not hold 32 bytes");
});
