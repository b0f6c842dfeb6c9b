import { Buffer } from "node:buffer";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { difficultPairs } from "../../conformance/store-world.ts";
import { openBao } from "../../e2e/harness/openbao.ts";
import { otherProgram, startParameterStore, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import {
  ask,
  askToTheEnd,
  deploy,
  everyItem,
  makeConnections,
  makeHome,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";
import { createStores } from "./adapters/stores/index.ts";

const region = "eu-west-1";
const prefix = `move-${process.pid}`;
let emulator: ParameterStore;
let home: Home;
let server: TestServer;
let others: ReturnType<typeof otherProgram>;

const start = async (): Promise<TestServer> =>
  await startServer({
    ...home,
    env: {
      ...emulator.env,
      VAULT_ADDR: openBao().memory,
      VAULT_TOKEN: openBao().token,
    },
  });

beforeAll(async () => {
  emulator = await startParameterStore();
  others = otherProgram(emulator, region);
  home = await makeHome();
  server = await start();
  const stores = {
    here: { kind: "local", settings: {} },
    parameters: { kind: "aws-ssm", settings: { region, prefix } },
    "same-place": { kind: "aws-ssm", settings: { region, prefix, kmsKeyId: "alias/aws/ssm" } },
    bao: { kind: "vault", settings: { address: openBao().memory, prefix } },
  };
  await makeConnections(server, stores);
}, 60_000);
afterAll(async () => {
  await server?.stop();
  await home?.remove();
  emulator?.stop();
});
beforeEach(async () => {
  await emulator.reset();
  await emulator.config({ latencyBy: {}, deny: [] });
});

const environment = async (app: string, connection = "here"): Promise<string> => {
  await ask(server, "POST /apps", { body: { name: app } });
  const made = await ask(server, `POST /apps/${app}/environments`, {
    body: { name: "dev", connection, kind: "sandbox" },
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return `/apps/${app}/environments/dev`;
};
const settled = async (what: string, asking: Parameters<typeof ask>[2] = {}): Promise<any> =>
  (await askToTheEnd(server, what, asking)).body;
const save = async (base: string, ifMatch: number, set: object, remove: string[] = []) => {
  const saved = await settled(`PATCH ${base}/secrets`, { ifMatch, body: { set, remove } });
  expect(saved).toMatchObject({ revision: ifMatch + 1, verified: true });
};
const move = async (base: string, connection: string, more: object = {}) =>
  await settled(`POST ${base}/store/move`, { body: { connection, ...more } });
const drop = async (base: string, confirm = "dev") => await settled(`POST ${base}/store/drop`, { body: { confirm } });
const values = async (base: string, of: number | string = "saved") =>
  (await askToTheEnd(server, `POST ${base}/bundle`, { body: { of } })).body;
const view = async (base: string) => (await ask(server, `GET ${base}`)).body.environment;
/** What the page shows of every key: size, since which revision, by whom. */
const rows = async (base: string) =>
  (await ask(server, `GET ${base}/secrets`)).body.secrets.map(
    ({ key, bytes, lines, binary, revision, changedAt }: any) => ({
      key,
      bytes,
      lines,
      binary,
      revision,
      changedAt,
    }),
  );

test("a hundred difficult values: embedded, Parameter Store, OpenBao, embedded; every number and byte stays", async () => {
  const base = await environment("tour");
  const pairs = difficultPairs({ ...createStores().kind("local").capabilities, valueBytes: 4000 });
  const given = Object.fromEntries(
    [...pairs].map(([key, value]) => [
      key,
      value.binary
        ? { base64: Buffer.from(value.expose()).toString("base64") }
        : Buffer.from(value.expose()).toString("utf8"),
    ]),
  );
  await save(base, 0, { ...given, NUMBER: "first", NULL: "first" });
  await save(base, 1, { NUMBER: given["NUMBER"] });
  await save(base, 2, { NULL: given["NULL"] });
  const [before, listed] = [await values(base), await rows(base)];
  expect(before.revision).toBe(3);
  const history = (await ask(server, `GET ${base}/revisions`)).body;
  // What did not come along says so.
  history.items[2].readable = false;

  const there = await move(base, "parameters", { history: 2 });
  expect(there).toMatchObject({
    moved: { oldest: 2, newest: 3, keys: 100 },
    environment: { connection: "parameters", moving: false, movedFrom: { connection: "here", revision: 3 } },
  });
  expect(await values(base)).toEqual(before);
  expect(await rows(base)).toEqual(listed);
  expect((await ask(server, `GET ${base}/revisions`)).body).toEqual(history);
  expect(await values(base, 1)).toMatchObject({ code: "revision_gone", actual: 1 });
  expect(await others.get(`/${prefix}/tour/dev/BYTE_ORDER_MARK`)).toBe("\uFEFFtext");
  await save(base, 3, { NUMBER: "4" });
  expect(await move(base, "bao")).toMatchObject({ code: "in_use", next: /--confirm/u });
  expect(await drop(base)).toMatchObject({ environment: { movedFrom: null } });

  expect(await move(base, "bao", { history: 3 })).toMatchObject({ moved: { oldest: 2, newest: 4, keys: 100 } });
  expect(await values(base, 3)).toEqual(before);
  expect((await rows(base)).find(({ key }: any) => key === "NUMBER")).toMatchObject({ revision: 4 });
  await drop(base);
  expect(await others.list(`/${prefix}/tour/dev`)).toEqual({});
  expect(await others.list(`/${prefix}.rev/tour/dev`)).toEqual({});
  await save(base, 4, { NUMBER: given["NUMBER"] });
  expect((await ask(server, `GET ${base}/revisions/5?against=3`)).body.difference).toEqual([
    { key: "NUMBER", status: "changed" },
  ]);

  expect(await move(base, "here", { history: 4 })).toMatchObject({ moved: { oldest: 2, newest: 5 } });
  expect((await values(base)).values).toEqual(before.values);
  const restored = await settled(`POST ${base}/revisions/4/restore`, { ifMatch: 5, body: {} });
  expect(restored).toMatchObject({ revision: 6 });
  expect((await values(base)).values["NUMBER"]).toBe("4");
  await drop(base);
  expect(server.output()).not.toContain("BEGIN CERTIFICATE");
}, 300_000);

test("what is deployed goes along, with all that was saved since; alone, the newest revision does", async () => {
  const base = await environment("deployed");
  const saveNext = async (from: number, to: number): Promise<void> => {
    for (let revision = from; revision <= to; revision++)
      await save(base, revision - 1, { A: `${revision}`, ...(revision === 1 ? { B: "b" } : {}) });
  };
  await saveNext(1, 3);
  expect((await deploy(server, base)).deployment).toMatchObject({ goal: { revision: 3 } });
  await saveNext(4, 5);
  const before = await rows(base);
  expect(await move(base, "bao")).toMatchObject({ moved: { oldest: 3, newest: 5 } });
  expect(await values(base, "deployed")).toEqual({ revision: 3, values: { A: "3", B: "b" } });
  expect(await rows(base)).toEqual(before);
  // Of the old store nothing is needed any more.
  await drop(base);
  expect((await deploy(server, base)).deployment).toMatchObject({ state: "running", goal: { revision: 5 } });
  expect(await move(base, "here")).toMatchObject({ moved: { oldest: 5, newest: 5 } });
  expect(await values(base, "deployed")).toEqual({ revision: 5, values: { A: "5", B: "b" } });
});

test("back to the old copy while nothing was saved since; then each can be dropped, by name", async () => {
  const base = await environment("back");
  await save(base, 0, { A: "1", B: "1" });
  await save(base, 1, { A: "2" }, ["B"]);
  expect(await move(base, "bao")).toMatchObject({ moved: { oldest: 2, newest: 2 } });
  expect(await settled(`POST ${base}/store/back`, { body: {} })).toMatchObject({
    environment: { connection: "here", movedFrom: { connection: "bao", revision: 2 } },
  });
  // All of the old history is there again.
  expect((await values(base, 1)).values).toEqual({ A: "1", B: "1" });
  await settled(`POST ${base}/store/back`, { body: {} });
  expect(await view(base)).toMatchObject({ connection: "bao", movedFrom: { connection: "here" } });
  await save(base, 2, { A: "3" });
  expect(await settled(`POST ${base}/store/back`, { body: {} })).toMatchObject({
    code: "revision_conflict",
    actual: 3,
    limit: 2,
  });
  expect((await ask(server, "DELETE /connections/here")).body).toMatchObject({ code: "in_use" });
  for (const typed of ["", "DEV"])
    expect(await drop(base, typed)).toMatchObject({ code: "confirmation_required", field: "confirm" });
  expect(await drop(base)).toMatchObject({ environment: { movedFrom: null } });
  expect((await values(base)).values).toEqual({ A: "3" });
  const said = (await ask(server, "GET /audit?limit=50")).body.items.map(({ action }: any) => action);
  expect(said).toEqual(
    expect.arrayContaining(["environments.moveStore", "environments.moveBack", "environments.dropOldStore"]),
  );
  const removed = await ask(server, `DELETE ${base}`, { body: { destroySecrets: "dev" } });
  expect(removed.status).toBe(200);
});

test("a store that refuses, a place that is taken or the same: nothing moves, and what was written is taken back", async () => {
  const base = await environment("taken");
  await save(base, 0, { A: "1", B: "2" });
  await emulator.config({ deny: [{ action: "PutParameter", prefix: `/${prefix}/taken/dev/B` }] });
  expect(await move(base, "parameters")).toMatchObject({ code: "provider_denied", changed: false });
  await emulator.config({ deny: [] });
  expect(await view(base)).toMatchObject({ connection: "here", moving: false, movedFrom: null });
  expect(await others.list(`/${prefix}/taken/dev`)).toEqual({});
  await others.put(`/${prefix}/taken/dev/MINE`, "not Keyroll's");
  expect(await move(base, "parameters")).toMatchObject({ code: "in_use", field: "connection" });
  expect(await others.get(`/${prefix}/taken/dev/MINE`)).toBe("not Keyroll's");
  await others.remove(`/${prefix}/taken/dev/MINE`);
  expect(await move(base, "parameters")).toMatchObject({ moved: { newest: 1 } });
  await drop(base);
  expect(await move(base, "same-place")).toMatchObject({ code: "in_use", detail: /the same place/u });
  expect((await values(base)).values).toEqual({ A: "1", B: "2" });
});

test("saves that race moves: each is answered and there, or refused and said so", async () => {
  const base = await environment("raced");
  await save(base, 0, { START: "0" });
  const acknowledged: Record<string, string> = { START: "0" };
  const refused: string[] = [];
  const state = { isOver: false };
  const writer = async (key: string): Promise<void> => {
    for (let i = 0; !state.isOver; i++) {
      const { revision } = (await ask(server, `GET ${base}/secrets`)).body;
      const options = { ifMatch: revision, body: { set: { [key]: `${i}` } } };
      const began = performance.now();
      const answer = await settled(`PATCH ${base}/secrets`, options);
      if (answer.verified === true) acknowledged[key] = `${i}`;
      else refused.push(answer.code);
      // A move begins only while nothing is being saved: each rests as long as it saved.
      const rest = performance.now() - began;
      await new Promise((resolve) => setTimeout(resolve, rest));
    }
  };
  const writers = ["A", "B"].map(async (key) => await writer(key));
  for (const to of ["bao", "here", "bao", "here"]) {
    await until(
      async () => await move(base, to),
      (answer) => answer.moved !== undefined,
    );
    await until(
      async () => await drop(base),
      (answer) => answer.environment?.movedFrom === null,
    );
  }
  state.isOver = true;
  await Promise.all(writers);
  expect((await values(base)).values).toEqual(acknowledged);
  expect(new Set(refused)).toEqual(new Set(["in_use"]));
  const items = await everyItem(server, `${base}/revisions?limit=200`);
  expect(items.map(({ revision }: any) => revision)).toEqual(
    Array.from({ length: items.length }, (_, i) => items.length - i),
  );
}, 120_000);

test("killed at any step, the values are in the old store or the new one, whole; a second run goes through", async () => {
  const base = await environment("killed");
  const set = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`K${i}`, `value ${i}`]));
  await save(base, 0, set);
  await save(base, 1, { K0: "second" });
  const calls = async (action: string): Promise<number> =>
    (await emulator.log()).calls.filter(({ action: one, name }) => one === action && name.includes("/killed/dev"))
      .length;
  const steps: readonly (readonly [string, () => Promise<boolean>])[] = [
    ["before the first write", async () => (await calls("GetParametersByPath")) >= 1],
    ["in the first values", async () => (await calls("PutParameter")) >= 2],
    ["after the first record", async () => (await calls("PutParameter")) >= 8],
    ["while it compares", async () => (await calls("PutParameter")) >= 9],
  ];
  for (const [step, reached] of steps) {
    await emulator.reset();
    await emulator.config({ latencyMs: 60 });
    const sent = move(base, "parameters", { history: 2 }).catch(() => null);
    await until(reached, Boolean);
    await server.kill();
    await sent;
    await emulator.reset();
    await emulator.config({ latencyMs: 0 });
    server = await start();
    const now = await until(
      async () => await view(base),
      ({ moving }) => moving === false,
      60,
    );
    expect((await values(base)).values, step).toEqual({ ...set, K0: "second" });
    expect((await values(base, 1)).values, step).toEqual(set);
    expect(now.movedFrom, step).toBeNull();
    expect(await others.list(`/${prefix}/killed/dev`), step).toEqual({});
  }
  expect(await move(base, "parameters", { history: 2 })).toMatchObject({ moved: { oldest: 1, newest: 2 } });
  expect((await values(base, 1)).values).toEqual(set);
  await save(base, 2, { K0: "third" });
}, 240_000);
