import { afterAll, beforeAll, expect, test } from "vitest";
import { setUp } from "../../e2e/harness/person.ts";
import {
  ask,
  makeHome,
  makeProcessEnvironment,
  startServer,
  type Home,
  type Reply,
  type TestServer,
} from "../../e2e/harness/server.ts";

/** What two people, or two programs, send in the same moment: one wins, the other is told, and nobody's part is lost. */

let home: Home;
let server: TestServer;
let dev: string;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  dev = await makeProcessEnvironment(server);
});

afterAll(async () => {
  await server.stop();
  await home.remove();
});

const outcomes = (replies: readonly Reply[]): string[] =>
  replies.map(({ status, body }) => `${status}${body.code === undefined ? "" : ` ${body.code}`}`).toSorted();
const rounds = Array.from({ length: 8 }, (_, round) => round);

test("Helm values saved twice at once are saved once, and the other one is told of a conflict", async () => {
  for (const version of rounds) {
    const save = async (text: string): Promise<Reply> =>
      await ask(server, `PUT ${dev}/values`, { ifMatch: version, body: { text } });
    const replies = await Promise.all([save("a: 1"), save("a: 2"), save("a: 3")]);
    expect(outcomes(replies)).toEqual(["200", "409 revision_conflict", "409 revision_conflict"]);
  }
});

test("an environment that is made twice at once is made once, and exists already for the other", async () => {
  for (const round of rounds) {
    const body = { name: `e${round}`, connection: "here", kind: "sandbox" };
    const make = async (): Promise<Reply> => await ask(server, "POST /apps/shop/environments", { body });
    expect(outcomes(await Promise.all([make(), make()]))).toEqual(["201", "409 already_exists"]);
  }
});

test("two settings that are changed at once are both changed", async () => {
  for (const round of rounds) {
    const change = async (settings: object): Promise<Reply> =>
      await ask(server, `PATCH ${dev}`, { body: { settings } });
    const wanted = { timeoutSeconds: 100 + round, settleSeconds: 3 + round, crashGraceSeconds: 60 + round };
    await Promise.all(Object.entries(wanted).map(async ([name, value]) => await change({ [name]: value })));
    expect((await ask(server, `GET ${dev}`)).body.environment.settings).toMatchObject(wanted);
  }
});

test("of two answers to one code of a login the first one counts, and the other is told", async () => {
  const ada = await setUp(server);
  for (const _ of rounds) {
    const { userCode, deviceCode } = (await ask(server, "POST /device", { body: { client: "cli" } })).body;
    const decide = async (allow: boolean): Promise<Reply> =>
      await ada.ask("POST /device/confirm", { body: { userCode, allow } });
    const [yes, no] = await Promise.all([decide(true), decide(false)]);
    expect(outcomes([yes, no])).toEqual(["200", "404 not_found"]);
    const { state } = (await ask(server, "POST /device/token", { body: { deviceCode }, token: null })).body;
    expect(state).toBe(yes.status === 200 ? "done" : "denied");
  }
});

test("an app that is removed while it gets an environment stays whole, or goes whole", async () => {
  for (const round of rounds) {
    await ask(server, "POST /apps", { body: { name: `app-${round}` } });
    const body = { name: "dev", connection: "here", kind: "sandbox" };
    const [gone, made] = await Promise.all([
      ask(server, `DELETE /apps/app-${round}`, {}),
      ask(server, `POST /apps/app-${round}/environments`, { body }),
    ]);
    expect(["200 404", "409 201"]).toContain(`${gone.status} ${made.status}`);
  }
});

test("a NUL is refused with its field where the database keeps none, and is never an error inside", async () => {
  const refused: readonly [string, object | undefined, string][] = [
    ["GET /apps/%00", undefined, "app"],
    ["GET /connections/%00", undefined, "connection"],
    ["GET /audit?action=%00", undefined, "query.action"],
    ["GET /search?key=%00", undefined, "query.key"],
    ["PATCH /apps/shop", { title: "a\0b" }, "title"],
    ["POST /tokens", { name: "a\0b" }, "name"],
    ["POST /login", { name: "a\0b", password: "x" }, "name"],
    ["POST /device", { client: "a\0b" }, "client"],
    [`PATCH ${dev}/secrets`, { set: { A: "\0" }, message: "a\0b" }, "message"],
    [`PATCH ${dev}/secrets`, { set: { A: "\0" }, meta: { A: { note: "a\0b" } } }, "meta.A.note"],
  ];
  for (const [what, body, field] of refused) {
    const reply = await ask(server, what, { body, ...(body === undefined ? {} : { ifMatch: 0 }) });
    expect(reply.status, what).toBeLessThan(500);
    if (home.databaseUrl === null) continue;
    expect([reply.status, reply.body.code, reply.body.field], what).toEqual([422, "invalid", field]);
    expect(JSON.stringify(reply.body), what).not.toContain("a\\u0000b");
  }
});

test("a cursor that no page gave is refused, in lists with numbers too", async () => {
  for (const list of ["values/history", "revisions", "deployments"])
    for (const cursor of ["1.5", "1e400", "9999999999999999999999", "x"]) {
      const { status, body } = await ask(server, `GET ${dev}/${list}?cursor=${cursor}`);
      expect([status, body.code, body.field], `${list} ${cursor}`).toEqual([422, "invalid", "query.cursor"]);
    }
});
