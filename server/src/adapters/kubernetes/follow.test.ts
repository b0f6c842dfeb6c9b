import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock/system.ts";
import { createSystemRandom } from "../random/system.ts";
import { createKubeClient, type KubeClient } from "./client.ts";
import { follow, type Following } from "./follow.ts";

// What a real API server does only after minutes, or never on demand: it forgets, ends streams, throttles, breaks off.
type Answer = (response: ServerResponse, query: URLSearchParams) => void;
const asked: string[] = [];
let answers: Answer[] = [];

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const { searchParams } = new URL(request.url ?? "", "http://localhost");
  const isWatch = searchParams.get("watch") === "true";
  asked.push(
    isWatch
      ? `watch ${searchParams.get("resourceVersion")} ${searchParams.get("allowWatchBookmarks")}`
      : `list ${searchParams.get("continue") ?? ""}`.trim(),
  );
  // The last answer of a case stands: a watch in which nothing happens any more.
  const answer = answers.shift();
  if (answer === undefined) response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
  else answer(response, searchParams);
});
await new Promise<void>((resolve) => {
  server.listen(0, "127.0.0.1", resolve);
});
const { port } = server.address() as AddressInfo;

const pod = (name: string, resourceVersion: string) => ({ metadata: { uid: name, name, resourceVersion } });
const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
const page = (resourceVersion: string, names: readonly string[], next = ""): Answer =>
  json(200, { metadata: { resourceVersion, continue: next }, items: names.map((name) => pod(name, resourceVersion)) });
const gone = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
/** Events, split where no line ends, and then the server's end of the stream. */
const stream =
  (...lines: readonly string[]): Answer =>
  (response) => {
    const text = lines.join("");
    response.writeHead(200, { "content-type": "application/json" });
    response.write(text.slice(0, 25));
    setImmediate(() => response.end(text.slice(25)));
  };

let client: KubeClient;
let end: AbortController;
beforeEach(async () => {
  asked.length = 0;
  end = new AbortController();
  const access = { server: `http://127.0.0.1:${port}`, ca: null, tlsServerName: null };
  client = await createKubeClient(
    { ...access, identity: { kind: "token", token: async () => "t" } },
    { clock: systemClock, random: createSystemRandom(systemClock), egress: null },
  );
});
afterEach(async () => {
  end.abort();
  await client.close();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const names = (following: Following): string => {
  const lists = following.lists();
  return typeof lists === "string" ? lists : (lists.get("pods") ?? []).map((one: any) => one.metadata.name).join(" ");
};

/** Every state that was seen, until the wanted one. */
const until = async (following: Following, wanted: string): Promise<string[]> => {
  const seen = [names(following)];
  while (seen.at(-1) !== wanted) {
    await following.change(5000);
    const state = names(following);
    if (state !== seen.at(-1)) seen.push(state);
    if (seen.length > 20) throw new Error(seen.join(", "));
  }
  return seen;
};

const start = (...script: readonly Answer[]): Following => {
  answers = [...script];
  return follow(new Map([["pods", "/api/v1/namespaces/a/pods"]]), { client, clock: systemClock, signal: end.signal });
};

test("pages are read, events applied, and a stream that ended goes on after the last event or bookmark", async () => {
  const following = start(
    page("7", ["a", "b"], "more"),
    page("7", ["c"]),
    stream(line("ADDED", pod("d", "8")), line("DELETED", pod("a", "9")), line("BOOKMARK", pod("", "12"))),
    stream(line("MODIFIED", pod("b", "13")), line("ADDED", pod("e", "14"))),
  );
  await until(following, "b c d e");
  await expect.poll(() => asked).toEqual(["list", "list more", "watch 7 true", "watch 12 true", "watch 14 true"]);
});

test("a watch that has lost its place is begun anew with a list: 410 as an answer, and as an event", async () => {
  const following = start(
    page("7", ["a"]),
    json(410, gone),
    page("20", ["a", "b"]),
    stream(line("ADDED", pod("c", "21")), line("ERROR", gone)),
    page("30", ["d"]),
  );
  const seen = await until(following, "d");
  expect(seen).not.toContain("lost");
  await expect.poll(() => asked).toEqual(["list", "watch 7 true", "list", "watch 20 true", "list", "watch 30 true"]);
});

test("a list whose second page has expired is read again from its first", async () => {
  const following = start(page("7", ["a"], "more"), json(410, gone), page("9", ["a"], "again"), page("9", ["b"]));
  await until(following, "a b");
  await expect.poll(() => asked).toEqual(["list", "list more", "list", "list again", "watch 9 true"]);
});

test("a stream that breaks off is said to be lost, until the list is read again", async () => {
  const following = start(
    page("7", ["a"]),
    (response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write(line("ADDED", pod("b", "8")));
      setTimeout(() => response.destroy(), 100);
    },
    page("9", ["c"]),
  );
  // Whether the list is seen before its first event is a matter of milliseconds.
  const seen = (await until(following, "c")).filter((one) => one !== "a");
  expect(seen).toEqual(["pending", "a b", "lost", "c"]);
});

test("a throttled watch waits as long as the server says", async () => {
  const began = performance.now();
  const following = start(
    page("7", ["a"]),
    json(429, { message: "slow down" }, { "retry-after": "1" }),
    stream(line("ADDED", pod("b", "8"))),
  );
  expect(await until(following, "a b")).not.toContain("lost");
  expect(performance.now() - began).toBeGreaterThanOrEqual(990);
});

test("what the cluster refuses is an error, and nothing is asked again", async () => {
  const following = start(page("7", ["a"]), json(403, { message: 'cannot watch resource "pods"' }));
  await expect(until(following, "never")).rejects.toMatchObject({
    code: "provider_denied",
    message: expect.stringContaining("cannot watch"),
  });
  expect(asked).toEqual(["list", "watch 7 true"]);
});

test("an event that is no event ends the stream, not the server", async () => {
  const following = start(page("7", ["a"]), stream("<html>a proxy's page</html>\n"), page("9", ["b"]));
  expect(await until(following, "b")).toContain("lost");
});

test("a list that may be refused counts as empty then, and nothing is asked again", async () => {
  answers = [page("7", ["a"]), json(403, { message: 'cannot watch resource "rollouts"' })];
  const following = follow(new Map([["pods", "/apis/argoproj.io/v1alpha1/namespaces/a/rollouts"]]), {
    client,
    clock: systemClock,
    signal: end.signal,
    optional: new Set(["pods"]),
  });
  expect((await until(following, "")).at(-1)).toBe("");
  expect(asked).toEqual(["list", "watch 7 true"]);
});
