import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ask,
  deploy,
  makeHome,
  makeProcessEnvironment,
  startServer,
  type Home,
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

const environment = async (app: string, name: string, kind = "sandbox"): Promise<string> => {
  await ask(server, "POST /apps", { body: { name: app } });
  await ask(server, `POST /apps/${app}/environments`, { body: { name, connection: "here", kind } });
  return `/apps/${app}/environments/${name}`;
};
const save = async (at: string, base: number, body: unknown) =>
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: base, body });
const found = async (text: string, more = ""): Promise<any[]> =>
  (await ask(server, `GET /search?key=${encodeURIComponent(text)}${more}`)).body.items;

test("equal names come first, then those that begin so, then the others; upper and lower case alike", async () => {
  const at = await environment("rank", "dev");
  await save(at, 0, { set: { MY_TOKEN: "1", TOKEN_URL: "1", token: "1", TOXEN: "1" } });
  expect((await found("ToKeN")).map(({ key }) => key)).toEqual(["token", "TOKEN_URL", "MY_TOKEN"]);
  expect((await found("_TOK")).map(({ key }) => key)).toEqual(["MY_TOKEN"]);
});

test("a hit says where the key is, who changed it when, and where its value is", async () => {
  const at = await environment("where", "prod", "production");
  await save(at, 0, { set: { WHERE_ONE: "1", WHERE_TWO: "1" } });
  await deploy(server, at);
  await save(at, 1, { set: { WHERE_TWO: "2" } });
  const hits = await found("where_");
  expect(hits).toMatchObject([
    { key: "WHERE_ONE", app: "where", env: "prod", kind: "production", revision: 1, state: "running" },
    { key: "WHERE_TWO", app: "where", env: "prod", kind: "production", revision: 2, state: "saved" },
  ]);
  const [, list] = [hits, (await ask(server, `GET ${at}/secrets`)).body.secrets];
  for (const [n, { changedAt, changedBy }] of hits.entries())
    expect({ changedAt, changedBy }).toEqual({ changedAt: list[n].changedAt, changedBy: list[n].changedBy });
});

test("a removed or renamed key is found no more, and one that comes back is found again", async () => {
  const at = await environment("gone", "dev");
  await save(at, 0, { set: { GONE_A: "1", GONE_B: "1" } });
  await save(at, 1, { remove: ["GONE_A"], rename: { GONE_B: "GONE_C" } });
  expect((await found("gone_")).map(({ key }) => key)).toEqual(["GONE_C"]);
  await ask(server, `POST ${at}/revisions/1/restore`, { ifMatch: 2, body: {} });
  expect((await found("gone_")).map(({ key, revision }) => [key, revision])).toEqual([
    ["GONE_A", 3],
    ["GONE_B", 3],
  ]);
  const away = { destroySecrets: "dev" };
  expect((await ask(server, `DELETE ${at}`, { body: away })).status).toBe(200);
  expect(await found("gone_")).toEqual([]);
});

test("pages join without a gap or a repetition, across ranks and environments", async () => {
  for (const app of ["page-a", "page-b", "page-c"]) {
    const at = await environment(app, "dev");
    await save(at, 0, { set: { PAGED: "1", PAGED_URL: "1", OLD_PAGED: "1", paged: "1" } });
  }
  const whole = await found("paged");
  expect(whole.map(({ key }) => key.toLowerCase())).toEqual([
    ...Array.from({ length: 6 }, () => "paged"),
    ...Array.from({ length: 3 }, () => "paged_url"),
    ...Array.from({ length: 3 }, () => "old_paged"),
  ]);
  for (const limit of [1, 5]) {
    const joined: unknown[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const more: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await ask(server, `GET /search?key=paged&limit=${limit}${more}`);
      expect(body.items.length).toBeLessThanOrEqual(limit);
      joined.push(...body.items);
      cursor = body.next;
    }
    expect(joined).toEqual(whole);
  }
  expect((await ask(server, "GET /search?key=paged&cursor=nonsense")).body.code).toBe("bad_request");
});

test("no text, and no identity, find nothing", async () => {
  expect((await ask(server, "GET /search?key=%20")).status).toBe(422);
  expect((await ask(server, "GET /search?key=A", { token: null })).status).toBe(401);
});
