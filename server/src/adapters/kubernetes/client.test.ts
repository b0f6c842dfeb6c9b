import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock/system.ts";
import { createSystemRandom } from "../random/system.ts";
import { createKubeClient } from "./client.ts";
import { evict } from "./evict.ts";

/** Status, and what `Retry-After` says; the last one stands. */
type Answer = readonly [status: number, after?: string];
let answers: Answer[] = [];
let asked = 0;

const server = createServer((request, response) => {
  request.resume();
  const [status, after] = answers[Math.min(asked, answers.length - 1)] ?? [200];
  asked += 1;
  response
    .writeHead(status, after === undefined ? {} : { "retry-after": after })
    .end(JSON.stringify({ message: "busy" }));
});
await new Promise<void>((resolve) => {
  server.listen(0, "127.0.0.1", resolve);
});
const { port } = server.address() as AddressInfo;
const client = await createKubeClient(
  {
    server: `http://127.0.0.1:${port}`,
    ca: null,
    tlsServerName: null,
    identity: { kind: "token", token: async () => "t" },
  },
  { clock: systemClock, random: createSystemRandom(systemClock), egress: null },
);
beforeEach(() => {
  asked = 0;
});
afterAll(async () => {
  await client.close();
  server.close();
});

test("a server that wants to be left alone for an hour is away: nobody waits for it", async () => {
  answers = [[503, "3600"]];
  await expect(client.get("/version")).rejects.toMatchObject({ code: "provider_unreachable" });
  answers = [[429, "3600"]];
  await expect(client.get("/version")).rejects.toMatchObject({ code: "provider_throttled" });
  expect(asked).toBe(2);
});

test("a write that a busy server has not begun is sent again; one that may have been done is not", async () => {
  answers = [[429, "0"], [200]];
  await client.put("/api/v1/namespaces/a/secrets/app-secrets", {});
  expect(asked).toBe(2);
  asked = 0;
  answers = [[500], [200]];
  await expect(client.put("/api/v1/namespaces/a/secrets/app-secrets", {})).rejects.toMatchObject({
    code: "provider_unreachable",
  });
  expect(asked).toBe(1);
});

test("a pod whose disruption budget has no room stays, and the next one is asked for at once", async () => {
  answers = [[429, "10"], [201]];
  expect(await evict(client, "a", ["one", "two"], AbortSignal.timeout(5000))).toEqual({
    gone: ["two"],
    refused: [{ pod: "one", why: "the cluster was too busy", next: null, passes: true }],
  });
  expect(asked).toBe(2);
});
