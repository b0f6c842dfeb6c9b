import { afterAll, beforeAll, expect, test } from "vitest";
import { newScope } from "../../conformance/store-world.ts";
import { administer, openBao } from "../../e2e/harness/openbao.ts";
import {
  ask,
  askToTheEnd,
  deploy,
  makeConnections,
  makeHome,
  startServer,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";

/** What a purge has to find of what somebody wrote into the store past Keyroll. */
const { memory, token } = openBao();
const prefix = newScope().appId;
let home: Home;
let server: TestServer;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer({ ...home, env: { VAULT_ADDR: memory, VAULT_TOKEN: token } });
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await makeConnections(server, { bao: { kind: "vault", settings: { address: memory, prefix } } });
});
afterAll(async () => {
  await server.stop();
  await home.remove();
});

const change = async (base: string, ifMatch: number, body: unknown) =>
  (await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch, body })).body;
const pathOf = (base: string): string => `${prefix}/shop/${base.split("/").at(-1)}`;
const destroyed = async (base: string): Promise<boolean[]> => {
  const { data } = await administer(memory, `GET secret/metadata/${pathOf(base)}`);
  return Object.values(data.versions).map((one: any) => one.destroyed);
};
const readable = async (base: string) =>
  (await ask(server, `GET ${base}/revisions`)).body.items.map((one: any) => [one.revision, one.readable]);

/** Revision 2 is by hand and has `LEAKED`, of which 3 knows nothing and keeps it. */
const withLeaked = async (name: string): Promise<string> => {
  const base = `/apps/shop/environments/${name}`;
  await ask(server, "POST /apps/shop/environments", { body: { name, connection: "bao", kind: "sandbox" } });
  await change(base, 0, { set: { A: "1" } });
  const { data } = await administer(memory, `GET secret/data/${pathOf(base)}`);
  data.data.keys.LEAKED = data.data.keys.A;
  await administer(memory, `POST secret/data/${pathOf(base)}`, { data: data.data, options: { cas: 1 } });
  expect(await change(base, 2, { set: { B: "1" } })).toMatchObject({ revision: 3 });
  return base;
};

test("a purge finds its keys also where somebody wrote them by hand, and where saves kept them unawares", async () => {
  const base = await withLeaked("found");
  await change(base, 3, { set: { B: "2" }, remove: ["LEAKED"] });
  await administer(memory, `POST secret/delete/${pathOf(base)}`, { versions: [2] });
  expect(await change(base, 4, { remove: ["LEAKED"], purge: true })).toMatchObject({
    revision: 4,
    purged: ["LEAKED"],
    warnings: [],
  });
  expect(await destroyed(base)).toEqual([false, true, true, false]);
  expect(await readable(base)).toEqual([
    [4, true],
    [3, false],
    [1, true],
  ]);
});

test("what is deployed is not purged, though no record says that it holds the key", async () => {
  const base = await withLeaked("deployed");
  await deploy(server, base, {});
  const refused = await change(base, 3, { remove: ["LEAKED"], purge: true });
  expect(refused).toMatchObject({ revision: 4, purged: [], warnings: [{ id: "not-purged" }] });
  expect(refused.warnings[0].message).toContain("Revision 3, which is deployed, has `LEAKED`");
  expect(await destroyed(base)).toEqual([false, false, false, false]);
  await deploy(server, base, {});
  expect(await change(base, 4, { remove: ["LEAKED"], purge: true })).toMatchObject({ purged: ["LEAKED"] });
  expect(await destroyed(base)).toEqual([false, true, true, false]);
});
