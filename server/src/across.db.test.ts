import { afterAll, beforeAll, expect, test } from "vitest";
import { alter } from "../../e2e/harness/person.ts";
import {
  askToTheEnd,
  ask,
  makeHome,
  makeProcessEnvironment,
  operationEnd,
  startServer,
  until,
  type Home,
  type Reply,
  type TestServer,
} from "../../e2e/harness/server.ts";

let home: Home;
let server: TestServer;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  await makeProcessEnvironment(server);
});

afterAll(async () => {
  await server.stop();
  await home.remove();
});

const environment = async (name: string, set: unknown = {}): Promise<string> => {
  await ask(server, "POST /apps/shop/environments", { body: { name, connection: "here", kind: "sandbox" } });
  const at = `/apps/shop/environments/${name}`;
  if (Object.keys(set as object).length > 0) await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set } });
  return at;
};
const audited = async (action: string, environmentName: string): Promise<any[]> =>
  (await ask(server, `GET /audit?action=${action}&limit=200`)).body.items
    .filter((item: any) => item.environment === environmentName)
    .map((item: any) => item.details);
/** How a save ended: at once, or as the operation that a 202 names. */
const endOf = async (at: string, { status, body }: Reply): Promise<string> => {
  if (status !== 202) return status === 200 ? "done" : String(status);
  return (await operationEnd(server, at, body.operation.id)).state;
};
const values = async (at: string) => (await ask(server, `POST ${at}/bundle`, { body: { of: "saved" } })).body.values;

test("a comparison tells same, different, only here and only there, and no value", async () => {
  const binary = { base64: Buffer.from("CANARY-1").toString("base64") };
  const here = await environment("cmp-a", {
    SAME: "CANARY-1",
    SIZE: "CANARY",
    BYTES: "CANARY-2",
    KIND: "CANARY-1",
    MINE: "x",
  });
  await environment("cmp-b", { SAME: "CANARY-1", SIZE: "CANARY-10", BYTES: "CANARY-3", KIND: binary, YOURS: "x" });
  const { status, body } = await ask(server, `POST ${here}/compare`, { body: { with: "shop/cmp-b" } });
  expect(status).toBe(200);
  expect(body).toEqual({
    here: { app: "shop", env: "cmp-a", revision: 1 },
    there: { app: "shop", env: "cmp-b", revision: 1 },
    compared: true,
    keys: [
      { key: "BYTES", status: "different" },
      { key: "KIND", status: "different" },
      { key: "MINE", status: "only-here" },
      { key: "SAME", status: "same" },
      { key: "SIZE", status: "different" },
      { key: "YOURS", status: "only-there" },
    ],
  });
  expect(JSON.stringify(body)).not.toContain("CANARY");
  expect(await audited("secrets.compare", "cmp-a")).toEqual([{ with: "shop/cmp-b" }]);
  expect(await audited("secrets.compare", "cmp-b")).toEqual([{ with: "shop/cmp-a" }]);
});

test("a comparison with nothing, with itself, and with what is not there", async () => {
  const here = await environment("lone", { A: "1" });
  await environment("empty");
  expect((await ask(server, `POST ${here}/compare`, { body: { with: "shop/empty" } })).body.keys).toEqual([
    { key: "A", status: "only-here" },
  ]);
  expect((await ask(server, `POST ${here}/compare`, { body: { with: "shop/lone" } })).body.code).toBe("invalid");
  const near = await ask(server, `POST ${here}/compare`, { body: { with: "shop/emty" } });
  expect([near.status, near.body.next]).toEqual([404, "Did you mean `empty`?"]);
  expect((await ask(server, `POST ${here}/compare`, { body: {} })).status).toBe(422);
  expect((await ask(server, `POST ${here}/compare`, { body: { with: "shop/empty" }, token: null })).status).toBe(401);
});

test("fill copies values byte for byte, without an answer that holds one; both sides have it in the audit log", async () => {
  const source = { TEXT: " CANARY-4 \r\n{{ .V }}", BIN: { base64: "AP8K" }, EMPTY: "", LEFT: "not asked for" };
  await environment("src", source);
  const to = await environment("dst", { OWN: "stays" });
  const filled = await askToTheEnd(server, `POST ${to}/secrets/fill`, {
    ifMatch: 1,
    body: { from: { app: "shop", env: "src" }, keys: ["TEXT", "BIN", "EMPTY", "TEXT"] },
  });
  expect(filled.status).toBe(200);
  expect(filled.body).toMatchObject({ revision: 2, verified: true, changed: true });
  expect(JSON.stringify(filled.body)).not.toContain("CANARY");
  const { LEFT: _, ...copied } = source;
  expect(await values(to)).toEqual({ OWN: "stays", ...copied });
  const { items } = (await ask(server, `GET ${to}/revisions`)).body;
  expect(items[0]).toMatchObject({ revision: 2, author: "bootstrap", message: "Filled from shop/src", keys: 4 });
  const keys = ["TEXT", "BIN", "EMPTY", "TEXT"];
  expect(await audited("secrets.fill", "src")).toEqual([{ to: "shop/dst", keys }]);
  expect(await audited("secrets.fill", "dst")).toEqual([{ from: "shop/src", keys }]);
  expect((await audited("secrets.change", "dst"))[0]).toMatchObject({ revision: 2 });
});

test("fill is all or nothing: a missing key, a stale base, the limit of 100, no If-Match", async () => {
  await environment("all-src", { A: "1", B: "2" });
  const full = Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`K${i}`, "v"]));
  const to = await environment("all-dst", full);
  const fill = async (keys: string[], ifMatch?: number) =>
    await askToTheEnd(server, `POST ${to}/secrets/fill`, {
      ...(ifMatch === undefined ? {} : { ifMatch }),
      body: { from: { app: "shop", env: "all-src" }, keys },
    });
  expect((await fill(["A"])).status).toBe(428);
  expect((await fill([], 1)).status).toBe(422);
  const missing = await fill(["A", "BB"], 1);
  expect(missing.body).toMatchObject({ code: "not_found", key: "BB", next: "Did you mean `B`?", changed: false });
  const over = await fill(["A", "B"], 1);
  expect(over.body).toMatchObject({ code: "limit_exceeded", limit: 100, actual: 101, changed: false });
  expect((await ask(server, `GET ${to}/secrets`)).body.revision).toBe(1);
  expect((await fill(["A"], 1)).body).toMatchObject({ revision: 2 });
  await ask(server, `PATCH ${to}/secrets`, { ifMatch: 2, body: { set: { A: "theirs" } } });
  const stale = await fill(["A"], 2);
  expect(stale.body).toMatchObject({ code: "revision_conflict", keys: ["A"], changed: false });
  expect((await values(to)).A).toBe("theirs");
});

test("fills and saves of many at once lose nothing", async () => {
  const set = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`F${i}`, `value ${i}`]));
  await environment("many-src", set);
  const to = await environment("many-dst");
  const replies = await Promise.all(
    Array.from({ length: 10 }, (_, i) => [
      ask(server, `POST ${to}/secrets/fill`, {
        ifMatch: 0,
        body: { from: { app: "shop", env: "many-src" }, keys: [`F${i}`] },
      }),
      ask(server, `PATCH ${to}/secrets`, { ifMatch: 0, body: { set: { [`S${i}`]: "own" } } }),
    ]).flat(),
  );
  // On a busy machine some are answered before they are done.
  const ends = await Promise.all(replies.map(async (reply) => await endOf(to, reply)));
  expect(ends).toEqual(replies.map(() => "done"));
  const own = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`S${i}`, "own"]));
  expect(await values(to)).toEqual({ ...set, ...own });
});

test("a fill whose server died after the store had it is found at the next start, and recorded once", async () => {
  await environment("died-src", { A: "1" });
  const to = await environment("died-dst", { OWN: "1" });
  const from = { app: "shop", env: "died-src" };
  await askToTheEnd(server, `POST ${to}/secrets/fill`, { ifMatch: 1, body: { from, keys: ["A"] } });
  await server.stop();
  // As a crash leaves it between the two last transactions: the operation open, its outcome in no entry.
  await alter(
    home,
    "update operations set settled_at = null, outcome = null, holder = 'dead' where route like '%/fill'",
  );
  await alter(home, "delete from audit where action = 'secrets.change'");
  server = await startServer(home);
  await until(
    async () => await audited("secrets.change", "died-dst"),
    (entries) => entries.length > 0,
  );
  expect(await audited("secrets.change", "died-dst")).toEqual([{ revision: 2, recovered: true }]);
  const { items } = (await ask(server, `GET ${to}/revisions`)).body;
  expect(items.map(({ revision, author }: any) => [revision, author])).toEqual([
    [2, "bootstrap"],
    [1, "bootstrap"],
  ]);
  expect(await values(to)).toEqual({ OWN: "1", A: "1" });
});

test("the history of one key: who, when, why, newest first, in pages, also after its removal", async () => {
  const at = await environment("key-history");
  const steps = [
    { set: { A: "one", B: "1" }, message: "first" },
    { set: { B: "2" } },
    { set: { A: "two\nlines" }, retiresOld: ["A"] },
    { remove: ["A"], message: "gone" },
  ];
  for (const [base, body] of steps.entries()) await ask(server, `PATCH ${at}/secrets`, { ifMatch: base, body });
  const { items, next } = (await ask(server, `GET ${at}/secrets/A/history`)).body;
  expect(next).toBeNull();
  expect(items).toMatchObject([
    { revision: 4, op: "removed", bytes: 0, author: "bootstrap", message: "gone" },
    { revision: 3, op: "changed", bytes: 9, lines: 2, message: null, retiresOld: true },
    { revision: 1, op: "added", bytes: 3, message: "first", retiresOld: false },
  ]);
  const first = (await ask(server, `GET ${at}/secrets/A/history?limit=2`)).body;
  const second = (await ask(server, `GET ${at}/secrets/A/history?limit=2&cursor=${first.next}`)).body;
  expect([...first.items, ...second.items]).toEqual(items);
  expect(second.next).toBeNull();
  const never = await ask(server, `GET ${at}/secrets/AB/history`);
  expect([never.status, never.body.key]).toEqual([404, "AB"]);
});
