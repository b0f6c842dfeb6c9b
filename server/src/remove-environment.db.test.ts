import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ask,
  makeConnections,
  makeHome,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";
import { openDatabase } from "./database/open.ts";

let home: Home;
let server: TestServer;
/** A Vault that has nothing: another one than the values are in. Or refuses; or takes the question and never answers. */
let mood: "empty" | "refuses" | "hangs" = "empty";
let asked = 0;
const vault = createServer(({ url }, response) => {
  asked += 1;
  if (mood === "hangs") return;
  const answer = (status: number, body: object): void =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (mood === "refuses") answer(403, { errors: ["permission denied"] });
  else if (url === "/v1/auth/token/lookup-self") answer(200, { data: { ttl: 0, renewable: false } });
  else answer(404, { errors: [] });
});
const start = async (): Promise<TestServer> =>
  await startServer({ ...home, env: { VAULT_ADDR: address(), VAULT_TOKEN: "test" } });
const address = (): string => `http://127.0.0.1:${(vault.address() as AddressInfo).port}`;

beforeAll(async () => {
  home = await makeHome();
  await new Promise<void>((resolve) => {
    vault.listen(0, "127.0.0.1", resolve);
  });
  server = await start();
  await makeConnections(server, { vault: { kind: "vault", settings: { address: address() } } });
  await ask(server, "POST /apps", { body: { name: "shop" } });
  for (const name of ["elsewhere", "slow", "untouched", "saving"]) {
    const body = { name, connection: "vault", kind: "sandbox" };
    await ask(server, "POST /apps/shop/environments", { body });
  }
  await server.stop();
  await recordSave("elsewhere");
  await recordSave("slow");
  server = await start();
});
afterAll(async () => {
  vault.closeAllConnections();
  vault.close();
  await server.kill();
  await home.remove();
});

/** What is known of a save into the right Vault. */
const recordSave = async (name: string): Promise<void> => {
  const { db, close } = await openDatabase(home.databaseUrl ?? join(home.dataDir, "keyroll.db"));
  const { id } = await db.selectFrom("environments").select("id").where("name", "=", name).executeTakeFirstOrThrow();
  const by = { author_kind: "token", author_id: "t", author: "t", at: 1, message: null };
  await db
    .insertInto("revisions")
    .values({ environment_id: id, revision: 1, ...by, keys: 2, bytes: 2, restored_from: null })
    .execute();
  await close();
};
/** Whoever waits for the store is known to be there when it was asked. */
const untilAsked = async (before: number): Promise<void> =>
  void (await until(
    async () => asked,
    (now) => now > before,
  ));
const remove = async (base: string, body: object = {}) => await ask(server, `DELETE ${base}`, { body });

test("what was saved is given up by typing the name, even when the store shows nothing of it", async () => {
  mood = "empty";
  const base = "/apps/shop/environments/elsewhere";
  expect((await remove(base)).body).toMatchObject({
    code: "confirmation_required",
    field: "destroySecrets",
    detail: expect.stringContaining("holds 2 saved keys"),
    changed: false,
  });
  // The store is asked to destroy, whatever it shows.
  mood = "refuses";
  expect((await remove(base, { destroySecrets: "elsewhere" })).status).toBeGreaterThanOrEqual(400);
  // What failed holds nothing: the next one goes on.
  mood = "empty";
  expect((await remove(base, { destroySecrets: "elsewhere" })).status).toBe(200);
  expect((await ask(server, `GET ${base}`)).status).toBe(404);
});

test("one that never saved is removed without its store", async () => {
  mood = "refuses";
  const base = "/apps/shop/environments/untouched";
  expect((await remove(base)).status).toBe(200);
});

test("while a removal waits for its store the server answers, and nothing begins there; one that died lets them in", async () => {
  const base = "/apps/shop/environments/slow";
  mood = "hangs";
  const before = asked;
  const removing = remove(base, { destroySecrets: "slow" }).catch(() => null);
  await untilAsked(before);
  expect((await ask(server, "GET /apps")).status).toBe(200);
  for (const [what, body] of [
    [`PATCH ${base}/secrets`, { set: { A: "2" } }],
    [`POST ${base}/deployments`, {}],
    [`POST ${base}/store/move`, { connection: "vault" }],
    [`DELETE ${base}`, { destroySecrets: "slow" }],
  ] as const)
    expect((await ask(server, what, { body, ifMatch: 1 })).body, what).toMatchObject({
      code: "in_use",
      detail: "`slow` is being removed.",
      changed: false,
    });
  expect((await ask(server, `GET ${base}`)).body.environment).toMatchObject({ moving: false, removing: true });
  await server.kill();
  await removing;
  mood = "empty";
  server = await start();
  const again = await until(
    async () => await remove(base, { destroySecrets: "slow" }),
    ({ body }) => body.code !== "in_use",
  );
  expect(again.status).toBe(200);
});

test("while a save is at work the environment is not removed", async () => {
  const base = "/apps/shop/environments/saving";
  mood = "hangs";
  const before = asked;
  const saving = ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { A: "1" } } }).catch(() => null);
  await untilAsked(before);
  expect((await remove(base, { destroySecrets: "saving" })).body).toMatchObject({
    code: "in_use",
    detail: "Something is being saved in `saving`.",
    changed: false,
  });
  await server.kill();
  await saving;
  mood = "empty";
  server = await start();
  const removed = await until(
    async () => await remove(base),
    ({ body }) => body.code !== "in_use",
  );
  expect(removed.status).toBe(200);
});
