import { afterAll, beforeAll, expect, test } from "vitest";
import { startParameterStore, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import { ask, askToTheEnd, makeHome, startServer, type Home, type TestServer } from "../../e2e/harness/server.ts";

/** On PostgreSQL two servers, on SQLite the one that there can be; each of two environments is saved at the same time. */
let emulator: ParameterStore;
let home: Home;
let servers: TestServer[] = [];

beforeAll(async () => {
  emulator = await startParameterStore({ throttle: true, bursts: { put: 20 } }, "memory");
  home = await makeHome();
  const env = { AWS_ENDPOINT_URL_SSM: emulator.url, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  servers = [await startServer({ ...home, env })];
  if (home.databaseUrl !== null) servers.push(await startServer({ ...home, env }));
}, 60_000);
afterAll(async () => {
  await Promise.all(servers.map(async (server) => await server.stop()));
  await home.remove();
  emulator.stop();
});

test("servers that save at the same time stay below the quota of their account together", async () => {
  const [one] = servers;
  const other = servers.at(-1);
  if (one === undefined || other === undefined) throw new Error("no server");
  const store = { kind: "aws-ssm", settings: { region: "eu-west-1" } };
  await ask(one, "POST /apps", { body: { name: "shop" } });
  await ask(one, "POST /connections", { body: { name: "cloud", cluster: { kind: "process" }, store } });
  const save = async (server: TestServer, name: string, ifMatch: number, count: number): Promise<unknown> => {
    const at = `/apps/shop/environments/${name}`;
    const set = Object.fromEntries(Array.from({ length: count }, (_, i) => [`KEY_${i}`, `value of ${i}`]));
    const { body } = await askToTheEnd(server, `PATCH ${at}/secrets`, { ifMatch, body: { set } });
    return body.revision;
  };
  const places = [
    [one, "east"],
    [other, "west"],
  ] as const;
  for (const [server, name] of places) {
    const body = { name, connection: "cloud", kind: "sandbox" };
    await ask(one, "POST /apps/shop/environments", { body });
    // What is loaded at the first call is loaded then.
    expect(await save(server, name, 0, 1)).toBe(1);
  }
  expect(await Promise.all(places.map(async ([server, name]) => await save(server, name, 1, 20)))).toEqual([2, 2]);
  const { actions, puts } = await emulator.log();
  expect(puts).toBeGreaterThanOrEqual(2 * 20);
  // 20 leave at once and 3 a second: two servers that did not know of each other would be throttled ten times and more.
  expect(actions.PutParameter.throttled).toBeLessThanOrEqual(3);
}, 90_000);
