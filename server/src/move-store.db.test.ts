import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ask,
  deploy,
  makeHome,
  operationEnd,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";

// Between two stores of a provider: conformance (move-store.conformance.test.ts). Here is what the database answers for.
let home: Home;
let server: TestServer;
const region = "eu-west-1";
/** A store that takes every connection and never answers: whoever asks it is busy until this says so. */
const held: Socket[] = [];
const silent = createServer((socket) => held.push(socket.on("error", () => undefined)));
const letGo = (): void => {
  silent.close();
  for (const socket of held) socket.destroy();
};

beforeAll(async () => {
  home = await makeHome();
  await new Promise<void>((resolve) => {
    silent.listen(0, "127.0.0.1", resolve);
  });
  // Nobody listens there: a store that cannot be reached.
  const aws = { AWS_ENDPOINT_URL_SSM: "http://127.0.0.1:9", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  server = await startServer({ ...home, env: { ...aws, VAULT_ADDR: address, VAULT_TOKEN: "test" } });
  const made = async (name: string, store: object, cluster: object = { kind: "process" }) =>
    expect((await ask(server, "POST /connections", { body: { name, cluster, store } })).status).toBe(201);
  await made("here", { kind: "local", settings: {} });
  await made("also-here", { kind: "local", settings: {} });
  await made("away", { kind: "aws-ssm", settings: { region } });
  await made("silent", { kind: "vault", settings: { address } });
});
afterAll(async () => {
  letGo();
  await server.stop();
  await home.remove();
});

const environment = async (app: string, kind: "sandbox" | "production" = "sandbox"): Promise<string> => {
  await ask(server, "POST /apps", { body: { name: app } });
  await ask(server, `POST /apps/${app}/environments`, { body: { name: "dev", connection: "here", kind } });
  return `/apps/${app}/environments/dev`;
};
const move = async (base: string, body: object) => (await ask(server, `POST ${base}/store/move`, { body })).body;

test("what cannot be is refused before anything is copied, with the next step", async () => {
  const base = await environment("refused");
  await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { BIG: "x".repeat(5000), OK: "y" } } });
  expect(await move(base, { connection: "nowhere" })).toMatchObject({ code: "not_found" });
  expect(await move(base, { connection: "here" })).toMatchObject({ code: "invalid", detail: /are in the store/u });
  expect(await move(base, { connection: "also-here" })).toMatchObject({ code: "invalid", detail: /same store/u });
  expect(await move(base, { connection: "away" })).toMatchObject({
    code: "limit_exceeded",
    key: "BIG",
    limit: 4096,
    actual: 5000,
    changed: false,
  });
  expect(await move(base, { connection: "away", history: 0 })).toMatchObject({ code: "invalid" });
  for (const route of ["back", "drop"])
    expect((await ask(server, `POST ${base}/store/${route}`, { body: {} })).body).toMatchObject({
      code: "not_found",
    });
  // Nothing of it holds the environment.
  const saved = await ask(server, `PATCH ${base}/secrets`, { ifMatch: 1, body: { set: { BIG: "small" } } });
  expect(saved.body).toMatchObject({ revision: 2, verified: true });
});

test("a store that cannot be reached: refused, the values stay, and the next save goes on", async () => {
  const base = await environment("unreached");
  await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { A: "1" } } });
  const first = await move(base, { connection: "away" });
  const answer = first.operation === undefined ? first : await operationEnd(server, base, first.operation.id);
  expect(answer.problem ?? answer).toMatchObject({ code: "provider_unreachable" });
  const { environment: view } = (await ask(server, `GET ${base}`)).body;
  expect(view).toMatchObject({ connection: "here", moving: false, movedFrom: null, savedRevision: 1 });
  const saved = await ask(server, `PATCH ${base}/secrets`, { ifMatch: 1, body: { set: { A: "2" } } });
  expect(saved.body).toMatchObject({ revision: 2 });
}, 120_000);

test("while it moves nothing is saved, deployed or removed; a server that dies lets them in again", async () => {
  const base = await environment("busy");
  await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { A: "1" } } });
  const running = ask(server, `POST ${base}/store/move`, { body: { connection: "silent" } }).catch(() => null);
  await until(
    async () => (await ask(server, `GET ${base}`)).body.environment.moving,
    (moving) => moving === true,
  );
  for (const [what, body] of [
    [`PATCH ${base}/secrets`, { set: { A: "2" } }],
    [`POST ${base}/secrets/import`, { text: "A=2\n", apply: true }],
    [`POST ${base}/revisions/1/restore`, {}],
    [`POST ${base}/deployments`, {}],
    [`POST ${base}/store/move`, { connection: "silent" }],
    [`DELETE ${base}`, { destroySecrets: "dev" }],
  ] as const) {
    const refused = await ask(server, what, { body, ifMatch: 1 });
    expect(refused.body, what).toMatchObject({ code: "in_use", detail: /being moved/u, changed: false });
  }
  // Reading goes on.
  expect((await ask(server, `POST ${base}/bundle`, { body: { of: "saved" } })).body.values).toEqual({ A: "1" });
  await server.kill();
  letGo();
  await running;
  server = await startServer({ ...home });
  await until(
    async () => (await ask(server, `GET ${base}`)).body.environment,
    ({ moving }) => moving === false,
    60,
  );
  expect((await ask(server, `GET ${base}`)).body.environment).toMatchObject({ connection: "here", movedFrom: null });
  const saved = await ask(server, `PATCH ${base}/secrets`, { ifMatch: 1, body: { set: { A: "2" } } });
  expect(saved.body).toMatchObject({ revision: 2, verified: true });
  expect((await deploy(server, base)).deployment).toMatchObject({ state: "running" });
}, 120_000);
