import { afterAll, beforeAll, expect, test } from "vitest";
import { startParameterStore, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import {
  ask,
  askToTheEnd,
  makeHome,
  operationEnd,
  startServer,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";

const prefix = `again-${process.pid}`;
const base = "/apps/shop/environments/dev";
let emulator: ParameterStore;
let home: Home;
let server: TestServer;

beforeAll(async () => {
  emulator = await startParameterStore({}, "memory");
  home = await makeHome();
  const env = { AWS_ENDPOINT_URL_SSM: emulator.url, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  server = await startServer({ ...home, env });
  const store = { kind: "aws-ssm", settings: { region: "eu-west-1", prefix } };
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await ask(server, "POST /connections", { body: { name: "cloud", cluster: { kind: "process" }, store } });
  await ask(server, "POST /apps/shop/environments", { body: { name: "dev", connection: "cloud", kind: "sandbox" } });
});
afterAll(async () => {
  await server.stop();
  await home.remove();
  emulator.stop();
});

test("a save that was refused or cancelled is done under its Idempotency-Key later; one that runs, or whose end nobody knew, is shown", async () => {
  const asking = (ifMatch: number, key: string) => ({
    ifMatch,
    body: { set: Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`K${i}`, `${i} on ${ifMatch}`])) },
    headers: { "idempotency-key": key },
  });
  const again = async (ifMatch: number, key: string) =>
    (await askToTheEnd(server, `PATCH ${base}/secrets`, asking(ifMatch, key))).body;
  await emulator.faults([{ action: "PutParameter", do: "error", type: "AccessDeniedException", status: 400 }]);
  expect(await again(0, "refused-at-first")).toMatchObject({ code: "provider_denied" });
  expect(await again(0, "refused-at-first")).toMatchObject({ revision: 1, verified: true });
  expect(await again(0, "refused-at-first")).toMatchObject({ revision: 1, verified: true });

  await emulator.config({ latencyBy: { PutParameter: 400 } });
  const begun = await ask(server, `PATCH ${base}/secrets`, asking(1, "cancelled-at-first"));
  const { id } = begun.body.operation;
  // Sent again, it is the same one.
  const other = await ask(server, `PATCH ${base}/secrets`, asking(1, "cancelled-at-first"));
  expect(other).toMatchObject({ status: 202, body: { operation: { id, state: "running" } } });
  await ask(server, `DELETE ${base}/operations/${id}`);
  expect(await operationEnd(server, base, id)).toMatchObject({ problem: { code: "cancelled" } });
  await emulator.config({ latencyBy: {} });
  expect(await again(1, "cancelled-at-first")).toMatchObject({ revision: 2, verified: true });

  const record = `/${prefix}.rev/shop/dev/000003`;
  await emulator.faults([{ action: "PutParameter", name: record, do: "drop-before", times: 1_000_000 }]);
  const lost = await ask(server, `PATCH ${base}/secrets`, asking(2, "not-known"));
  expect(await operationEnd(server, base, lost.body.operation.id)).toMatchObject({ state: "recovered", problem: null });
  await emulator.faults([]);
  const repeated = await ask(server, `PATCH ${base}/secrets`, asking(2, "not-known"));
  expect(repeated.body.operation).toMatchObject({ id: lost.body.operation.id, state: "recovered" });
  expect((await ask(server, `GET ${base}/revisions`)).body.items.map((one: any) => one.revision)).toEqual([2, 1]);
}, 120_000);
