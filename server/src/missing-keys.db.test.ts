import { expect, test } from "vitest";
import { ask, type TestServer } from "../../e2e/harness/server.ts";
import { withServer } from "../../e2e/harness/with-server.ts";

let server: TestServer;
let base = "";
withServer((started) => {
  ({ server, base } = started);
});

test("a change that names only keys that are not there is a 404 with the nearest name; beside other mistakes it is a 422", async () => {
  await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { GREETING: "x" } } });
  const change = async (body: object) => (await ask(server, `PATCH ${base}/secrets`, { ifMatch: 1, body })).body;
  for (const body of [
    { remove: ["GREETNG"] },
    { remove: ["GREETNG"], purge: true },
    { rename: { GREETNG: "OTHER" } },
    { meta: { GREETNG: { note: "n" } } },
  ]) {
    expect(await change(body), JSON.stringify(body)).toMatchObject({
      status: 404,
      code: "not_found",
      key: "GREETNG",
      detail: "`GREETNG` is not saved; did you mean `GREETING`?",
      next: "`keyroll ls` shows them.",
      changed: false,
    });
  }
  expect((await change({ remove: ["NOPE"] })).detail).toBe("`NOPE` is not saved.");
  expect(await change({ remove: ["NOPE"], set: { "bad key": "x" } })).toMatchObject({ status: 422, code: "invalid" });
  expect((await ask(server, `GET ${base}/secrets`)).body.revision).toBe(1);
});
