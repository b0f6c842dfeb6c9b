import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
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

let home: Home;
let server: TestServer;
/** Documents of a KV engine of version 2, by path; as much of Vault as a save, a move and a drop ask. */
const documents = new Map<string, unknown[]>();
/** The first request that fits waits until it is let on. */
let gate: { readonly method: string; readonly path: string } | null = null;
let waiting: (() => void) | null = null;
let refusesDeletes = false;

const answer = (response: ServerResponse, status: number, data: unknown): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ data, errors: [] }));
const versionOf = (all: readonly unknown[], at: number): object | null =>
  all[at - 1] === undefined ? null : { data: all[at - 1], metadata: { version: at } };

const serve = (method: string, url: URL, body: any): readonly [status: number, data: unknown] => {
  const [, , area = "", kind = "", ...rest] = url.pathname.split("/");
  const path = rest.join("/");
  const all = documents.get(path) ?? [];
  if (area === "auth") return [200, { ttl: 0, renewable: false }];
  if (area === "sys") return [200, { type: "kv", options: { version: "2" } }];
  if (method === "DELETE") {
    if (refusesDeletes) return [403, null];
    documents.delete(path);
    return [204, null];
  }
  if (method === "POST" && kind === "metadata") return [204, null];
  if (method === "POST") {
    if (body.options.cas !== all.length) return [400, null];
    documents.set(path, [...all, body.data]);
    return [200, { version: all.length + 1 }];
  }
  if (kind === "metadata") {
    const created = { created_time: "2026-01-01T00:00:00Z", deletion_time: "", destroyed: false };
    const versions = Object.fromEntries(all.map((_, index) => [String(index + 1), created]));
    return [all.length === 0 ? 404 : 200, { versions }];
  }
  const found = versionOf(all, Number(url.searchParams.get("version") ?? all.length));
  return [found === null ? 404 : 200, found];
};

const vault = createServer((request, response) => {
  let text = "";
  request.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  request.on("end", () => {
    const url = new URL(request.url ?? "/", "http://vault");
    const go = (): void => answer(response, ...serve(request.method ?? "", url, text === "" ? null : JSON.parse(text)));
    if (gate === null || request.method !== gate.method || !url.pathname.includes(gate.path)) {
      go();
      return;
    }
    gate = null;
    waiting = go;
  });
});
const untilItWaits = async (): Promise<() => void> =>
  (await until(
    async () => waiting,
    (go) => go !== null,
  )) ?? (() => undefined);

beforeAll(async () => {
  home = await makeHome();
  await new Promise<void>((resolve) => {
    vault.listen(0, "127.0.0.1", resolve);
  });
  const address = `http://127.0.0.1:${(vault.address() as AddressInfo).port}`;
  server = await startServer({ ...home, env: { VAULT_ADDR: address, VAULT_TOKEN: "test" } });
  await makeConnections(server, {
    vault: { kind: "vault", settings: { address } },
    here: { kind: "local", settings: {} },
  });
  await ask(server, "POST /apps", { body: { name: "shop" } });
});
afterAll(async () => {
  vault.closeAllConnections();
  vault.close();
  await server.stop();
  await home.remove();
});

/** An environment whose values have moved here; the old copy is in the vault. */
const moved = async (name: string): Promise<string> => {
  waiting = null;
  const base = `/apps/shop/environments/${name}`;
  await ask(server, "POST /apps/shop/environments", { body: { name, connection: "vault", kind: "sandbox" } });
  const saved = await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { A: name } } });
  expect(saved.body).toMatchObject({ revision: 1 });
  const move = await askToTheEnd(server, `POST ${base}/store/move`, { body: { connection: "here" } });
  expect(move.body).toMatchObject({ environment: { connection: "here", movedFrom: { connection: "vault" } } });
  return base;
};
const drop = async (base: string) =>
  await ask(server, `POST ${base}/store/drop`, { body: { confirm: base.split("/").at(-1) } });
const back = async (base: string) => await ask(server, `POST ${base}/store/back`, { body: {} });
const dropped = { code: "in_use", detail: expect.stringContaining("is being dropped"), changed: false };
const expectLive = async (base: string): Promise<void> => {
  const { body } = await ask(server, `POST ${base}/bundle`, { body: { of: "saved" } });
  expect(body.values).toEqual({ A: base.split("/").at(-1) });
};

test("while the old copy is dropped nobody switches back to it", async () => {
  const base = await moved("dropping");
  expect((await ask(server, `GET ${base}`)).body.environment.movedFrom).toMatchObject({ dropping: false });
  gate = { method: "DELETE", path: "/shop/dropping" };
  const dropping = drop(base);
  const go = await untilItWaits();
  expect((await back(base)).body).toMatchObject(dropped);
  expect((await ask(server, `GET ${base}`)).body.environment.movedFrom).toMatchObject({ dropping: true });
  go();
  expect((await dropping).body.environment).toMatchObject({ connection: "here", movedFrom: null });
  await expectLive(base);
});

test("a way back that had begun before the drop ends without a switch", async () => {
  const base = await moved("returning");
  gate = { method: "GET", path: "/shop/returning" };
  const returning = back(base);
  const read = await untilItWaits();
  waiting = null;
  gate = { method: "DELETE", path: "/shop/returning" };
  const dropping = drop(base);
  const destroy = await untilItWaits();
  read();
  expect((await returning).body).toMatchObject(dropped);
  destroy();
  expect((await dropping).status).toBe(200);
  await expectLive(base);
});

test("a drop that failed leaves no way back, and goes on when it is asked for again", async () => {
  const base = await moved("twice");
  refusesDeletes = true;
  expect((await drop(base)).status).toBeGreaterThanOrEqual(400);
  refusesDeletes = false;
  expect((await back(base)).body).toMatchObject(dropped);
  expect((await drop(base)).body.environment).toMatchObject({ movedFrom: null });
  await expectLive(base);
});
