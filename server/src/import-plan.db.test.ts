import { expect, test } from "vitest";
import { ask, type TestServer } from "../../e2e/harness/server.ts";
import { withServer } from "../../e2e/harness/with-server.ts";

let server: TestServer;
let base = "";
withServer((started) => {
  ({ server, base } = started);
});

test("a plan of an import names what the import would refuse, at its line", async () => {
  await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { OLD: "1" } } });
  const lines = Array.from({ length: 99 }, (_, i) => `KEY_${i}=x`);
  const text = ["PATH=/bin", ...lines].join("\n");
  const plan = async (more: object) =>
    (await ask(server, `POST ${base}/secrets/import`, { body: { text, ...more } })).body;
  const apply = async (more: object) =>
    await ask(server, `POST ${base}/secrets/import`, { ifMatch: 1, body: { text, apply: true, ...more } });
  const { errors, entries, saved } = await plan({});
  expect(errors).toMatchObject([
    { line: 1, id: "risky-key" },
    { line: 0, id: "pairs", message: "101 pairs; an environment holds 100." },
  ]);
  expect([entries.length, saved]).toEqual([100, null]);
  expect((await apply({})).body.problems.map(({ rule }: any) => rule)).toEqual(["risky-key", "pairs"]);
  const rest = { confirmRisky: ["PATH"], replace: true };
  expect((await plan(rest)).errors).toEqual([]);
  expect((await apply(rest)).status).toBe(200);
  // A text without a pair changes nothing, and is no mistake.
  expect((await plan({ text: "# nothing" })).errors).toEqual([]);
});
