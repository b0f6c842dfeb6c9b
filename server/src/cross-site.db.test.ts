import { routes } from "@keyroll/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, makeHome, startServer, type Home, type TestServer } from "../../e2e/harness/server.ts";

let home: Home;
let server: TestServer;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
});
afterAll(async () => {
  await server.stop();
  await home.remove();
});

const writing = Object.values(routes).filter(({ method }) => method !== "GET");
const foreign = [
  { origin: "https://evil.example" },
  { origin: "null" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
];

test("no route that changes anything takes a request from another site, whatever it is", async () => {
  let refused = 0;
  for (const { method, path } of writing) {
    const address = path.replaceAll(/\{\w+\}/gu, "any");
    for (const headers of foreign) {
      const { status, body } = await ask(server, `${method} ${address}`, { body: {}, headers });
      expect([status, body.code], `${method} ${address} ${JSON.stringify(headers)}`).toEqual([403, "cross_site"]);
      refused += 1;
    }
  }
  expect(refused).toBe(writing.length * foreign.length);
  expect(writing.length).toBeGreaterThan(25);
  expect((await ask(server, "GET /audit")).body.items).toEqual([]);
});

test("another host name is refused: a foreign name may resolve to this address", async () => {
  const { request } = await import("node:http");
  const { port } = new URL(server.url);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const asked = request(
      { host: "127.0.0.1", port, path: "/api/v1/me", headers: { host: "evil.example" } },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    asked.on("error", reject);
    asked.end();
  });
  expect(status).toBe(421);
});
