import { join } from "node:path";
import { secretStoreConformance } from "../../../../conformance/secret-store.ts";
import type { StoreWorld } from "../../../../conformance/store-world.ts";
import { makeHome } from "../../../../e2e/harness/server.ts";
import { testHost } from "../../../../e2e/harness/store-host.ts";
import { localRows } from "../../database/local-rows.ts";
import { openDatabase } from "../../database/open.ts";
import type { Db, Tx } from "../../database/schema.ts";
import type { SecretStore, StoreScope } from "../../ports/secret-store.ts";
import { keyWrapOf } from "../key-wrap/master-key.ts";
import { local } from "./local.ts";

const host = testHost();
const keys = keyWrapOf(host.random.bytes(32), host.random);

/** The row of the environment is what serialises its commits. */
const addEnvironment = async (db: Db, { appId, environmentId, environment }: StoreScope): Promise<void> => {
  const at = { created_at: 0 };
  const free = { cluster: "{}", cluster_key: "process", credential: null, store_kind: "local", store_settings: "{}" };
  await db
    .insertInto("apps")
    .values({ id: appId, name: appId, title: "", ...at })
    .onConflict((c) => c.doNothing())
    .execute();
  await db
    .insertInto("connections")
    .values({ id: "here", name: "here", ...free, ...at })
    .onConflict((c) => c.doNothing())
    .execute();
  await db
    .insertInto("environments")
    .values({
      id: environmentId,
      app_id: appId,
      name: environment,
      kind: "sandbox",
      type: "process",
      connection_id: "here",
      cluster_key: "process",
      namespace: null,
      release_name: null,
      secret_name: null,
      settings: "{}",
      journal_seq: 0,
      deployment_seq: 0,
      ...at,
    })
    .onConflict((c) => c.doNothing())
    .execute();
};

const setUp = async (): Promise<StoreWorld> => {
  const home = await makeHome();
  const { db, close } = await openDatabase(home.databaseUrl ?? join(home.dataDir, "keyroll.db"));
  return {
    capabilities: local.capabilities,
    open: async (scope, wrap) => {
      await addEnvironment(db, scope);
      const over = (rows: Db | Tx): SecretStore =>
        local.open({}, scope, { ...host, keys, localRows: (id) => wrap(localRows(rows, id)) });
      const reading = over(db);
      // As features do it: what writes has a transaction around it, what reads has none.
      const inOne = async <T>(write: (store: SecretStore) => Promise<T>): Promise<T> =>
        await db.transaction().execute(async (tx) => await write(over(tx)));
      return {
        manifest: async (options) => await reading.manifest(options),
        read: async (at, keys) => await reading.read(at, keys),
        revisions: async (options) => await reading.revisions(options),
        commit: async (commit, options) => await inOne(async (store) => await store.commit(commit, options)),
        upkeep: {
          inspect: async () => await reading.upkeep.inspect(),
          prune: async (keep, fence) => await inOne(async (store) => await store.upkeep.prune(keep, fence)),
          purge: async (names, revisions) => await inOne(async (store) => await store.upkeep.purge(names, revisions)),
          discard: async (names, fence) => await inOne(async (store) => await store.upkeep.discard(names, fence)),
          destroy: async (mode) => await inOne(async (store) => await store.upkeep.destroy(mode)),
        },
      };
    },
    close: async () => {
      await close();
      await home.remove();
    },
  };
};

const where = process.env["KEYROLL_TEST_DATABASE_URL"] ? "PostgreSQL" : "SQLite";
secretStoreConformance(`local on ${where}`, { networked: false, setUp });
