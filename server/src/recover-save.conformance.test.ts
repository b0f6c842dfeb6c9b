import { afterAll, beforeAll, expect, test } from "vitest";
import { startParameterStore, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import {
  ask,
  askToTheEnd,
  makeConnections,
  makeHome,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";

const prefix = `recover-${process.pid}`;
let emulator: ParameterStore;
let home: Home;
let server: TestServer;

beforeAll(async () => {
  emulator = await startParameterStore({}, "memory");
  home = await makeHome();
  server = await startServer({ ...home, env: emulator.env });
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await makeConnections(server, { cloud: { kind: "aws-ssm", settings: { region: "eu-west-1", prefix } } });
});
afterAll(async () => {
  await server.kill();
  await home.remove();
  emulator.stop();
});

const environment = async (name: string, settings: object): Promise<string> => {
  const body = { name, connection: "cloud", kind: "sandbox", settings };
  expect((await ask(server, "POST /apps/shop/environments", { body })).status).toBe(201);
  return `/apps/shop/environments/${name}`;
};
const change = async (base: string, ifMatch: number, body: unknown) =>
  (await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch, body })).body;

/** Kills the server when the save is in the store, while it reads `key` back, and starts it again. */
const killedAfterCommit = async (base: string, ifMatch: number, body: unknown, key: string): Promise<void> => {
  const name = `${base.replace("/apps/", `/${prefix}/`).replace("/environments/", "/")}/${key}`;
  await emulator.reset();
  await emulator.faults([{ action: "GetParameters", name, do: "delay", ms: 60_000, times: 1_000_000 }]);
  const sent = ask(server, `PATCH ${base}/secrets`, { ifMatch, body }).catch(() => null);
  await until(
    async () => (await emulator.log()).calls,
    (calls) => {
      const record = calls.findIndex(
        ({ action, name }) => action === "PutParameter" && name.endsWith(`/00000${ifMatch + 1}`),
      );
      return (
        record >= 0 && calls.slice(record).some((call) => call.action === "GetParameters" && call.name.includes(name))
      );
    },
  );
  await server.kill();
  await sent;
  await emulator.faults([]);
  server = await startServer({ ...home, env: emulator.env });
};
const recovered = async (base: string, revision: number): Promise<void> =>
  void (await until(
    async () => (await ask(server, `GET ${base}/revisions`)).body.items,
    (items) => items[0]?.revision === revision,
    60,
  ));

test("a save whose server died keeps its notes, those of renamed keys too, and is deployed where each save is", async () => {
  const base = await environment("notes", { onSave: true });
  const noted = { note: "bought at X", url: "https://x.example/", rotateBy: "2031-01-01", visible: true };
  await change(base, 0, { set: { OLD: "1", B: "1" }, meta: { OLD: noted, B: { note: "of before" } } });
  const second = { rename: { OLD: "NEW" }, set: { C: "1" }, meta: { C: { note: "of C" }, B: { note: "of now" } } };
  await killedAfterCommit(base, 1, second, "NEW");
  await recovered(base, 2);
  const { secrets } = (await ask(server, `GET ${base}/secrets`)).body;
  // `OLD` is shown until revision 2 is deployed.
  expect(secrets.filter(({ state }: any) => state !== "removed")).toMatchObject([
    { key: "B", note: "of now" },
    { key: "C", note: "of C" },
    { key: "NEW", ...noted, value: "1" },
  ]);
  const { items } = (await ask(server, `GET ${base}/deployments`)).body;
  expect(items.map(({ goal, reason }: any) => [goal.revision, reason])).toEqual([
    [2, "on-save"],
    [1, "on-save"],
  ]);
}, 120_000);
