import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newScope } from "../../../../../conformance/store-world.ts";
import { filesBelow, placesOf } from "../../../../../e2e/harness/canary.ts";
import { administer, openBao } from "../../../../../e2e/harness/openbao.ts";
import {
  ask,
  askToTheEnd,
  makeHome,
  startServer,
  type Home,
  type TestServer,
} from "../../../../../e2e/harness/server.ts";

/** A server whose values are in OpenBao, from the connection to the removal of an environment. */
const prefix = newScope().appId;
const canary = "canary-value-in-openbao";
let home: Home;
let server: TestServer;

beforeAll(async () => {
  home = await makeHome();
  const env = { VAULT_ADDR: openBao().memory, VAULT_TOKEN: openBao().token };
  server = await startServer({ ...home, env });
});
afterAll(async () => {
  await server.stop();
  await home.remove();
});

test("a connection names the store; values are saved, merged, restored, checked and removed there, and nowhere else", async () => {
  const settings = { address: openBao().memory, prefix };
  const connection = { name: "bao", cluster: { kind: "process" } };
  const wrong = { ...connection, store: { kind: "vault", settings: { ...settings, mount: "/secret" } } };
  expect((await ask(server, "POST /connections", { body: wrong })).body).toMatchObject({
    code: "invalid",
    field: "store.settings.mount",
  });
  const made = await ask(server, "POST /connections", {
    body: { ...connection, store: { kind: "vault", settings } },
  });
  expect(made.status).toBe(201);
  const checked = await ask(server, "POST /connections/bao/check", { body: {} });
  expect(checked.body).toMatchObject({ ok: true });

  await ask(server, "POST /apps", { body: { name: "shop" } });
  await ask(server, "POST /apps/shop/environments", { body: { name: "dev", connection: "bao", kind: "sandbox" } });
  const base = "/apps/shop/environments/dev";
  const save = async (ifMatch: number, body: unknown) =>
    await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch, body });
  expect((await save(0, { set: { URL: canary, PORT: "1" } })).body).toMatchObject({ revision: 1, verified: true });
  expect((await save(1, { set: { PORT: "2" } })).body).toMatchObject({ revision: 2 });
  // Somebody else's keys are merged, the same ones are a conflict.
  expect((await save(1, { set: { HOST: "h" } })).body).toMatchObject({ revision: 3, mergedWith: 2 });
  expect((await save(1, { set: { PORT: "3" } })).body).toMatchObject({ code: "revision_conflict", keys: ["PORT"] });
  const values = async (of: string | number) =>
    (await askToTheEnd(server, `POST ${base}/bundle`, { body: { of } })).body.values;
  expect(await values("saved")).toEqual({ URL: canary, PORT: "2", HOST: "h" });
  expect(await values(1)).toEqual({ URL: canary, PORT: "1" });
  const { data } = await administer(openBao().memory, `GET secret/data/${prefix}/shop/dev`);
  expect(Object.keys(data.data.keys).toSorted()).toEqual(["HOST", "PORT", "URL"]);

  const places = new Map<string, Uint8Array | string>([
    ...filesBelow(home.dataDir),
    ["output", server.output()],
    ["arguments", readFileSync(`/proc/${server.pid}/cmdline`)],
    ["connection", JSON.stringify(made.body)],
    ["check", JSON.stringify(checked.body)],
  ]);
  expect(placesOf(canary, places)).toEqual([]);
  expect(placesOf(openBao().token, places)).toEqual([]);

  const removed = await ask(server, `DELETE ${base}`, { body: { destroySecrets: "dev" } });
  expect(removed.status).toBeLessThan(300);
  await expect(administer(openBao().memory, `GET secret/metadata/${prefix}/shop/dev`)).rejects.toThrow("404");
});
