import { expect, test } from "vitest";
import { ask, deploy, type TestServer } from "../../e2e/harness/server.ts";
import { withServer } from "../../e2e/harness/with-server.ts";

/** Errors of preflight that somebody chooses to pass over, and those that nobody may. */

let server: TestServer;
let base = "";
withServer((started) => {
  ({ server, base } = started);
});

const save = async (bytes: readonly number[], ifMatch: number) =>
  await ask(server, `PATCH ${base}/secrets`, {
    ifMatch,
    body: { set: { BLOB: { base64: Buffer.from(bytes).toString("base64") } } },
  });

test("an error is passed over only when its rule is named, and that is recorded", async () => {
  expect((await save([0xff, 0xfe], 0)).status).toBe(200);
  const stopped = await deploy(server, base);
  expect(stopped.deployment).toMatchObject({ state: "failed", live: "unchanged", ignorePreflight: [] });

  const passed = await deploy(server, base, { ignorePreflight: ["env-not-utf8", "env-not-utf8"] });
  expect(passed.deployment).toMatchObject({ state: "running", ignorePreflight: ["env-not-utf8"] });
  const logged = passed.journal.filter(({ event }: any) => event.type === "log").map(({ event }: any) => event.message);
  expect(logged).toContainEqual(expect.stringMatching(/passed over env-not-utf8: `BLOB` is not UTF-8 text/u));
  const { body } = await ask(server, "GET /audit");
  const entry = body.items.find(({ action }: any) => action === "deployments.request");
  expect(entry.details).toMatchObject({ deployment: 2, ignorePreflight: ["env-not-utf8"] });
  // The next one starts from nothing.
  expect((await deploy(server, base)).deployment.state).toBe("failed");
});

test("another rule than the one that is named still stops it", async () => {
  const { deployment } = await deploy(server, base, { ignorePreflight: ["env-too-large"] });
  expect(deployment.state).toBe("failed");
});

test("a rule that there is not, and one that would leak a value, are refused", async () => {
  const request = async (rule: string) =>
    await ask(server, `POST ${base}/deployments`, { body: { ignorePreflight: [rule] } });
  expect(await request("env-not-utf")).toMatchObject({
    status: 422,
    body: { code: "invalid", field: "ignorePreflight", next: "Did you mean `env-not-utf8`?", changed: false },
  });
  expect(await request("env-nul")).toMatchObject({
    status: 422,
    body: { code: "invalid", field: "ignorePreflight", detail: expect.stringContaining("a value would leak") },
  });
  for (const rule of ["secret-rendered-by-chart", "secret-made-by-operator"])
    expect((await request(rule)).status).toBe(422);
});

test("preflight says which of its errors nobody may pass over", async () => {
  const run = async () => (await ask(server, `POST ${base}/preflight`, { body: {} })).body;
  expect(await run()).toMatchObject({ fixed: [], findings: [{ rule: "env-not-utf8", severity: "error" }] });
  expect((await save([0x61, 0, 0x62], 1)).status).toBe(200);
  expect(await run()).toMatchObject({ fixed: ["env-nul"], findings: [{ rule: "env-nul", severity: "error" }] });
});
