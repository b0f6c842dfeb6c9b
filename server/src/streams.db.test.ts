import { createClient, followEvents } from "@keyroll/sdk";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStream, type Stream } from "../../e2e/harness/events.ts";
import {
  ask,
  bootstrapToken,
  makeHome,
  makeProcessEnvironment,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";
import { systemClock as clock } from "./adapters/clock/system.ts";

let home: Home;
/** Two servers on one PostgreSQL; on SQLite there is one, and both names mean it. */
let one: TestServer;
let other: TestServer;
let base = "";

beforeAll(async () => {
  home = await makeHome();
  one = await startServer(home);
  other = home.databaseUrl === null ? one : await startServer(home);
  base = await makeProcessEnvironment(one);
});

afterAll(async () => {
  await Promise.all([...new Set([one, other])].map(async (server) => await server.stop()));
  await home.remove();
});

const environment = async (name: string): Promise<string> => {
  await ask(one, "POST /apps/shop/environments", { body: { name, connection: "here", kind: "sandbox" } });
  return `/apps/shop/environments/${name}`;
};

/** How it is with a stream well before its rights are looked at again by themselves, after a minute. */
const endOf = async (stream: Stream): Promise<string> =>
  await Promise.race([stream.ended.then(() => "ended"), clock.sleep(30_000).then(() => "still open")]);

test("what one server commits is on the other's stream at once, not when somebody looks", async () => {
  const at = await environment("told");
  const stream = await openStream(other, at);
  const began = performance.now();
  for (let revision = 1; revision <= 12; revision++) {
    await ask(one, `PATCH ${at}/secrets`, { ifMatch: revision - 1, body: { set: { A: String(revision) } } });
    await stream.until(({ event }) => event.type === "saved" && event.revision === revision, 30);
  }
  stream.close();
  // A stream that only looked, every 5 s, would need 5 s for each of them but the first.
  expect(performance.now() - began).toBeLessThan(30_000);
});

test("a stream resumes after the event that was seen last, without a gap and without a repetition", async () => {
  const at = await environment("resumed");
  for (let revision = 1; revision <= 5; revision++)
    await ask(one, `PATCH ${at}/secrets`, { ifMatch: revision - 1, body: { set: { A: String(revision) } } });
  const headers = { authorization: "Bearer krl_test0000000000000000000000000000", "last-event-id": "2" };
  const stream = await openStream(other, at, { headers });
  await stream.until(({ seq }) => seq === 5);
  expect(stream.lines.map(({ seq }) => seq)).toEqual([3, 4, 5]);
  stream.close();
});

test("a stream says when it begins too late for what is known", async () => {
  const at = await environment("late");
  const place = { app: "shop", env: "late" };
  /** What comes first; something is saved as soon as the stream has said where it begins. */
  const firstOf = async (knownFor?: () => number): Promise<unknown> => {
    const begun = Promise.withResolvers<void>();
    const listen = (bytes: Uint8Array, onward: TransformStreamDefaultController): void => {
      if (new TextDecoder().decode(bytes).includes("event: start")) begun.resolve();
      onward.enqueue(bytes);
    };
    const heard: typeof fetch = async (...asked) => {
      const answer = await fetch(...asked);
      return new Response(answer.body?.pipeThrough(new TransformStream({ transform: listen })) ?? null, answer);
    };
    const client = createClient({ url: one.url, token: bootstrapToken, fetch: heard });
    const events = followEvents(client, { ...place, ...(knownFor === undefined ? {} : { knownFor }) });
    const first = events.next();
    await Promise.race([begun.promise, first]);
    const { revision } = (await ask(one, `GET ${at}/secrets`)).body;
    await ask(one, `PATCH ${at}/secrets`, { ifMatch: revision, body: { set: { A: String(revision) } } });
    const { value } = await first;
    await events.return(undefined);
    return value;
  };
  // Nothing has ever happened there.
  expect(await firstOf()).toMatchObject({ event: { type: "saved", revision: 1 } });
  expect(await firstOf()).toBe(null);
  expect(await firstOf(() => 60_000)).toBe(null);
  expect(await firstOf(() => -1)).toMatchObject({ event: { type: "saved" } });
});

test("a stream that dies without a word is taken up again where it stood", async () => {
  const at = await environment("silent");
  let streams = 0;
  /** Of the first stream only its beginning arrives. */
  const losing: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    if (!(answer.headers.get("content-type") ?? "").startsWith("text/event-stream")) return answer;
    streams += 1;
    if (streams > 1) return answer;
    const reader = answer.body?.getReader();
    const body = new ReadableStream<Uint8Array>({
      start: async (stream) => {
        const { value } = (await reader?.read()) ?? {};
        if (value !== undefined) stream.enqueue(value);
      },
    });
    return new Response(body, { headers: answer.headers });
  };
  const troubles: (string | null)[] = [];
  const client = createClient({ url: one.url, token: bootstrapToken, fetch: losing });
  const onTrouble = (why: string | null): void => void troubles.push(why);
  const events = followEvents(client, { app: "shop", env: "silent", silence: 500, knownFor: () => -1, onTrouble });
  const first = events.next();
  await until(
    async () => await Promise.resolve(streams),
    (some) => some > 0,
  );
  await ask(one, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { A: "1" } } });
  expect((await first).value).toMatchObject({ event: { type: "saved", revision: 1 } });
  expect(troubles.slice(0, 2)).toEqual(["The stream of events was silent for too long.", null]);
  await events.return(undefined);
});

test("streams of a token end when it is revoked, whichever server revokes it; others go on", async () => {
  const made = await ask(one, "POST /tokens", { body: { name: "watcher" } });
  const headers = { authorization: `Bearer ${made.body.text}` };
  const own = await openStream(other, base, { headers });
  const bystander = await openStream(other, base);
  const revoked = await ask(one, `DELETE /tokens/${made.body.token.id}`);
  expect(revoked.status).toBe(200);
  expect(await endOf(own)).toBe("ended");
  const saved = await ask(one, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { A: "after" } } });
  await bystander.until(({ event }) => event.type === "saved" && event.revision === saved.body.revision);
  expect(own.lines).toEqual([]);
  bystander.close();
});

test("streams of a session end when it is signed out", async () => {
  const code = /setup#(\S+)/u.exec(other.output())?.[1] ?? "";
  const setup = await ask(other, "POST /setup", {
    token: null,
    body: { code, name: "ada", password: "a long enough pass phrase 7" },
  });
  expect(setup.status).toBe(201);
  const cookie = setup.headers.get("set-cookie")?.split(";")[0] ?? "";
  const stream = await openStream(other, base, { headers: { cookie } });
  expect((await ask(one, "POST /logout", { token: null, headers: { cookie } })).status).toBe(200);
  expect(await endOf(stream)).toBe("ended");
});

test("a server with open streams ends at SIGTERM, and says so to its streams", async () => {
  const own = await makeHome();
  const server = await startServer(own);
  const at = await makeProcessEnvironment(server);
  const streams = await Promise.all(Array.from({ length: 5 }, async () => await openStream(server, at)));
  const began = performance.now();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - began).toBeLessThan(10_000);
  await Promise.all(streams.map(async ({ ended }) => await ended));
  await own.remove();
});

/** SQLite has one server, which hears itself. */
const withListeners = process.env["KEYROLL_TEST_DATABASE_URL"] ? ["PostgreSQL"] : [];

test.each(withListeners)("on %s a server whose hearing was cut off hears again, and shows what it missed", async () => {
  const client = new Client({ connectionString: home.databaseUrl ?? "" });
  await client.connect();
  const at = await environment("deaf");
  const stream = await openStream(other, at);
  const listeners = async (): Promise<number[]> =>
    (
      await client.query(
        "select pid from pg_stat_activity where application_name = 'keyroll changes' and datname = current_database()",
      )
    ).rows.map(({ pid }) => pid);
  const before = await listeners();
  expect(before).toHaveLength(2);
  await client.query("select pg_terminate_backend(pid) from unnest($1::int[]) pid", [before]);
  await ask(one, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { A: "1" } } });
  await stream.until(({ event }) => event.type === "saved");
  await until(listeners, (now) => now.length === 2 && now.every((pid) => !before.includes(pid)));
  stream.close();
  await client.end();
});

test("what is only said of a key is an event, as a save is", async () => {
  const at = await environment("said");
  await ask(one, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { A: "1" } } });
  const stream = await openStream(other, at);
  await ask(one, `PATCH ${at}/secrets`, { ifMatch: 1, body: { meta: { A: { note: "rotated by hand" } } } });
  const { event } = await stream.until(({ event }) => event.type === "described", 30);
  expect(event).toEqual({ type: "described", author: "bootstrap", keys: ["A"] });
});

test("HEAD opens no stream, and a method that is not offered is told with those that are", async () => {
  const at = await environment("asked");
  const headers = { authorization: `Bearer ${bootstrapToken}` };
  const head = await fetch(`${one.url}/api/v1${at}/events`, { method: "HEAD", headers });
  expect([head.status, head.headers.get("allow")]).toEqual([405, "GET"]);
  const put = await fetch(`${one.url}/api/v1${at}/secrets`, { method: "PUT", headers });
  expect([put.status, put.headers.get("allow")]).toEqual([405, "GET, PATCH"]);
  expect(await put.json()).toMatchObject({ code: "method_not_allowed", detail: expect.stringContaining("GET, PATCH") });
});
