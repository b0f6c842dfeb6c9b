import { afterAll, beforeAll, expect, test } from "vitest";
import { otherProgram, startParameterStore, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import {
  ask,
  askToTheEnd,
  makeConnections,
  makeHome,
  startServer,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";

const region = "eu-west-1";
const prefix = `lost-value-${process.pid}`;
const base = "/apps/shop/environments/dev";
let emulator: ParameterStore;
let home: Home;
let server: TestServer;

beforeAll(async () => {
  emulator = await startParameterStore({}, "memory");
  home = await makeHome();
  server = await startServer({ ...home, env: emulator.env });
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await makeConnections(server, { cloud: { kind: "aws-ssm", settings: { region, prefix } } });
  await ask(server, "POST /apps/shop/environments", { body: { name: "dev", connection: "cloud", kind: "sandbox" } });
});
afterAll(async () => {
  await server.stop();
  await home.remove();
  emulator.stop();
});

/** Key and value of what the list shows. */
const shown = async (): Promise<unknown> => {
  const { status, body } = await ask(server, `GET ${base}/secrets`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.secrets.map(({ key, value }: any) => [key, value]);
};

test("a visible key that others deleted or made anew in the store hides no other key, and an import saves it again", async () => {
  const visible = { visible: true };
  const set = { DELETED: "info", KEPT: "eu", REMADE: "json", SECRET: "1" };
  const meta = { DELETED: visible, KEPT: visible, REMADE: visible };
  await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set, meta } });
  const theirs = otherProgram(emulator, region);
  for (const key of ["DELETED", "REMADE"]) await theirs.remove(`/${prefix}/shop/dev/${key}`);
  await theirs.put(`/${prefix}/shop/dev/REMADE`, "theirs");
  expect(await shown()).toEqual([
    ["DELETED", null],
    ["KEPT", "eu"],
    ["REMADE", null],
    ["SECRET", null],
  ]);
  const text = "DELETED=info\nKEPT=eu\nREMADE=json\nSECRET=2\nADDED=1\n";
  const { status, body } = await askToTheEnd(server, `POST ${base}/secrets/import`, {
    ifMatch: 1,
    body: { text, apply: true },
  });
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body.entries.map((entry: any) => [entry.key, entry.status])).toEqual([
    ["DELETED", "set"],
    ["KEPT", "same"],
    ["REMADE", "set"],
    ["SECRET", "changed"],
    ["ADDED", "new"],
  ]);
  expect(body.saved).toMatchObject({ revision: 2, verified: true });
  expect(await shown()).toEqual([
    ["ADDED", null],
    ["DELETED", "info"],
    ["KEPT", "eu"],
    ["REMADE", "json"],
    ["SECRET", null],
  ]);
}, 120_000);
