import { expect, test } from "vitest";
import { ask, type TestServer } from "../../e2e/harness/server.ts";
import { withServer } from "../../e2e/harness/with-server.ts";

let server: TestServer;
let base = "";
withServer((started) => {
  ({ server, base } = started);
});

const set = async (settings: object) => (await ask(server, `PATCH ${base}`, { body: { settings } })).body;

test("a change of one setting leaves the others as they are, and is recorded as what it is", async () => {
  const pausedUntil = Date.now() + 60_000;
  await set({ drift: "revert", createNamespace: true, timeoutSeconds: 60, driftPausedUntil: pausedUntil });
  const { environment } = await set({ onFailure: "hold", stragglers: "report" });
  expect(environment.settings).toMatchObject({
    drift: "revert",
    createNamespace: true,
    timeoutSeconds: 60,
    driftPausedUntil: pausedUntil,
    onFailure: "hold",
    stragglers: "report",
    restart: "auto",
  });
  const { items } = (await ask(server, "GET /audit")).body;
  expect(items.find(({ action }: any) => action === "environments.update").details).toEqual({
    settings: { onFailure: "hold", stragglers: "report" },
  });
});

test("what is refused names the setting and changes none", async () => {
  expect(await set({ timeoutSeconds: 1, drift: "ignore" })).toMatchObject({
    code: "invalid",
    field: "settings.timeoutSeconds",
    changed: false,
  });
  expect(await set({ stragglers: "restart" })).toMatchObject({ code: "invalid", field: "settings.stragglers" });
  expect((await ask(server, `GET ${base}`)).body.environment.settings.drift).toBe("revert");
});
