import { afterAll, beforeAll, expect, test } from "vitest";
import { alter, password, setUp, signIn, type Person } from "../../e2e/harness/person.ts";
import {
  ask,
  makeHome,
  makeProcessEnvironment,
  startServer,
  type Home,
  type Reply,
  type TestServer,
} from "../../e2e/harness/server.ts";

let home: Home;
let server: TestServer;
let ada: Person;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  ada = await setUp(server);
  const dev = await makeProcessEnvironment(server);
  await ask(server, "POST /apps/shop/environments", { body: { name: "prod", connection: "here", kind: "production" } });
  for (const at of [dev, "/apps/shop/environments/prod"])
    await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { A: "the value" } } });
});

afterAll(async () => {
  await server.stop();
  await home.remove();
});

const prod = "/apps/shop/environments/prod";
const dev = "/apps/shop/environments/dev";
const sessionsOf = async (person: Person): Promise<any[]> => (await person.ask("GET /sessions")).body.items;

/** Every door to the values of `prod`, with a reason or without. */
const doors = (reason?: string): [string, { body?: unknown; ifMatch?: number }][] => {
  const why = reason === undefined ? {} : { reason };
  return [
    [`POST ${prod}/secrets/A/reveal`, { body: why }],
    [`POST ${prod}/bundle`, { body: { of: "saved", ...why } }],
    [`POST ${prod}/compare`, { body: { with: "shop/dev", ...why } }],
    [`POST ${dev}/compare`, { body: { with: "shop/prod", ...why } }],
    [`POST ${dev}/secrets/fill`, { ifMatch: 1, body: { from: { app: "shop", env: "prod" }, keys: ["A"], ...why } }],
  ];
};

/** A fill may be answered before its end. */
const allowed = [200, 202];

test("production asks a person at a browser for a reason, at every door; a sandbox and a token are not asked", async () => {
  for (const [what, given] of doors()) {
    const { status, body } = await ada.ask(what, given);
    expect([status, body.code, body.field], what).toEqual([422, "confirmation_required", "reason"]);
    expect(allowed, what).toContain((await ask(server, what, given)).status);
  }
  for (const [what, given] of doors("a rotation")) expect(allowed, what).toContain((await ada.ask(what, given)).status);
  expect((await ada.ask(`POST ${dev}/secrets/A/reveal`, { body: {} })).body.value).toBe("the value");
  const { items } = (await ask(server, "GET /audit?action=secrets.reveal")).body;
  expect(items.map((item: any) => item.details.reason)).toContain("a rotation");
});

test("an older login must give the password again, at every door, and then has another 15 minutes", async () => {
  await server.stop();
  await alter(home, `update sessions set created_at = created_at - ${16 * 60_000}`);
  server = await startServer(home);
  // The server has a new port; the cookie is the old one.
  const { cookie } = ada;
  ada = await signIn(server);
  const fresh = ada.cookie;
  ada.cookie = cookie;
  for (const [what, given] of doors("a rotation")) {
    const { status, body } = await ada.ask(what, given);
    expect([status, body.code, body.limit], what).toEqual([403, "reauth_required", 15]);
    expect(body.next).toContain("/me/confirm");
  }
  expect((await ada.ask(`POST ${dev}/secrets/A/reveal`, { body: {} })).status).toBe(200);
  // A token passes every door: an unlocked screen makes none, and lets no program in; to refuse one needs nothing.
  const { userCode } = (await ask(server, "POST /device", { body: { client: "cli" }, token: null })).body;
  const confirm = async (allow: boolean) => await ada.ask("POST /device/confirm", { body: { userCode, allow } });
  const makeToken = async () => await ada.ask("POST /tokens", { body: { name: "pipeline" } });
  expect((await confirm(true)).body.code).toBe("reauth_required");
  expect((await makeToken()).body.code).toBe("reauth_required");
  expect((await ask(server, "POST /tokens", { body: { name: "by a token" } })).status).toBe(201);
  expect((await ada.ask("POST /me/confirm", { body: { password: "not this one" } })).body.code).toBe(
    "wrong_credentials",
  );
  expect((await ada.ask("POST /me/confirm", { body: { password } })).status).toBe(200);
  expect(ada.cookie).not.toBe(cookie);
  for (const [what, given] of doors("a rotation")) expect(allowed, what).toContain((await ada.ask(what, given)).status);
  expect((await makeToken()).status).toBe(201);
  expect((await confirm(true)).status).toBe(200);
  // The old cookie is worth nothing any more; other sessions are as they were.
  expect((await ask(server, "GET /sessions", { token: null, headers: { cookie } })).status).toBe(401);
  expect((await ask(server, "GET /sessions", { token: null, headers: { cookie: fresh } })).status).toBe(200);
});

test("one's own sessions are listed and ended; nobody else's, and not with a token", async () => {
  const other = await signIn(server);
  const list = await sessionsOf(ada);
  expect(list.filter(({ current }) => current)).toHaveLength(1);
  const [theirs] = (await sessionsOf(other)).filter(({ current }) => current);
  expect(list.map(({ id }) => id)).toContain(theirs.id);
  expect((await ada.ask(`DELETE /sessions/${theirs.id}`)).status).toBe(200);
  expect((await other.ask("GET /sessions")).status).toBe(401);
  expect((await ada.ask(`DELETE /sessions/${theirs.id}`)).status).toBe(404);
  for (const what of ["GET /sessions", `DELETE /sessions/${theirs.id}`])
    expect((await ask(server, what)).status).toBe(403);
});

test("a session ends after half an hour without use, which a page that asks by itself is not, and after twelve hours", async () => {
  const pass = async (minutes: number): Promise<void> => {
    await server.stop();
    await alter(home, `update sessions set seen_at = seen_at - ${minutes * 60_000}`);
    server = await startServer(home);
  };
  const { cookie } = await signIn(server);
  const look = async (headers: Readonly<Record<string, string>> = {}): Promise<Reply> =>
    await ask(server, "GET /sessions", { token: null, headers: { cookie, ...headers } });
  await pass(20);
  expect((await look({ "keyroll-unattended": "1" })).status).toBe(200);
  await pass(9);
  const used = await look();
  const { since, expires } = used.body.items.find(({ current }: any) => current);
  expect(expires - since).toBe(12 * 3600_000);
  await pass(20);
  expect((await look({ "keyroll-unattended": "1" })).status).toBe(200);
  await pass(11);
  expect((await look()).status).toBe(401);
  ada = await signIn(server);
});

test("passwords that somebody outside tries keep nobody who is signed in from giving theirs again", async () => {
  const tries = Array.from({ length: 10 }, (_, i) => `not this one, ${i}`);
  for (const wrong of tries) await ask(server, "POST /login", { token: null, body: { name: "ada", password: wrong } });
  expect((await ask(server, "POST /login", { token: null, body: { name: "ada", password } })).status).toBe(429);
  expect((await ada.ask("POST /me/confirm", { body: { password } })).status).toBe(200);
  await Promise.all(tries.map(async (wrong) => await ada.ask("POST /me/confirm", { body: { password: wrong } })));
  expect((await ada.ask("POST /me/confirm", { body: { password } })).status).toBe(429);
  await server.stop();
  await alter(home, "delete from attempts");
  server = await startServer(home);
  ada = await signIn(server);
});

test("a new password needs the old one and ends every other session", async () => {
  const other = await signIn(server);
  const next = "another horse, same battery";
  const wrong = await ada.ask("POST /me/password", { body: { current: "not this one", next } });
  expect([wrong.status, wrong.body.field]).toEqual([401, "current"]);
  expect((await ada.ask("POST /me/password", { body: { current: password, next: "short" } })).status).toBe(422);
  expect((await ada.ask("POST /me/password", { body: { current: password, next: password } })).status).toBe(422);
  const before = (await sessionsOf(ada)).length;
  const changed = await ada.ask("POST /me/password", { body: { current: password, next } });
  expect(changed.body).toMatchObject({ me: { name: "ada" }, ended: before - 1 });
  expect(await sessionsOf(ada)).toHaveLength(1);
  expect((await other.ask("GET /sessions")).status).toBe(401);
  const old = await ask(server, "POST /login", { token: null, body: { name: "ada", password } });
  expect(old.status).toBe(401);
  expect((await (await signIn(server, next)).ask("GET /sessions")).status).toBe(200);
});
