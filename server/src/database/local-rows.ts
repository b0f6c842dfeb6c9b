import { z } from "zod";
import type { Entry, Manifest } from "../ports/secret-store.ts";
import type { LocalRows } from "../ports/local-rows.ts";
import type { Db, Tx } from "./schema.ts";

const entries = z.array(z.tuple([z.string(), z.number(), z.number(), z.number(), z.number()]));

const pack = (manifest: Manifest): string =>
  JSON.stringify([...manifest.entries.values()].map((e) => [e.key, e.revision, e.bytes, e.lines, e.binary ? 1 : 0]));

const unpack = (row: { revision: number; txn: string; at: number; manifest: string }): Manifest => ({
  revision: row.revision,
  txn: row.txn,
  at: row.at,
  entries: new Map(
    entries
      .parse(JSON.parse(row.manifest))
      .map(([key, revision, bytes, lines, binary]): [string, Entry] => [
        key,
        { key, revision, bytes, lines, binary: binary === 1 },
      ]),
  ),
});

/** The `local_store_*` tables of one environment. `db` is the transaction in scope, or the database for reading. */
export const localRows = (db: Db | Tx, environmentId: string): LocalRows => {
  const revisions = () =>
    db.selectFrom("local_store_revisions").selectAll().where("environment_id", "=", environmentId);
  return {
    lock: async () => {
      // Updating the row takes its lock on PostgreSQL; on SQLite the transaction becomes the one writer.
      await db
        .updateTable("environments")
        .set((e) => ({ journal_seq: e.ref("journal_seq") }))
        .where("id", "=", environmentId)
        .execute();
    },
    manifest: async ({ at, txn }) => {
      let found = revisions();
      if (at !== undefined) found = found.where("revision", "=", at);
      if (txn !== undefined) found = found.where("txn", "=", txn);
      const row = await found.orderBy("revision", "desc").limit(1).executeTakeFirst();
      return row === undefined ? null : unpack(row);
    },
    values: async (wanted) => {
      const byKey = new Map(wanted.map((entry) => [entry.key, entry.revision]));
      if (byKey.size === 0) return new Map();
      const rows = await db
        .selectFrom("local_store_values")
        .selectAll()
        .where("environment_id", "=", environmentId)
        .where("key", "in", [...byKey.keys()])
        .where("revision", "in", [...new Set(byKey.values())])
        .execute();
      return new Map(
        rows
          .filter((row) => byKey.get(row.key) === row.revision)
          .map((row) => [
            row.key,
            {
              key: row.key,
              revision: row.revision,
              dataKey: row.data_key_id,
              nonce: row.nonce,
              ciphertext: row.ciphertext,
            },
          ]),
      );
    },
    dataKey: async (id) => {
      let found = db
        .selectFrom("local_store_keys")
        .select(["id", "wrapped"])
        .where("environment_id", "=", environmentId);
      if (id !== null) found = found.where("id", "=", id);
      return (await found.orderBy("id", "desc").limit(1).executeTakeFirst()) ?? null;
    },
    addDataKey: async ({ id, wrapped, at }) => {
      await db
        .insertInto("local_store_keys")
        .values({ id, environment_id: environmentId, wrapped, created_at: at })
        .execute();
    },
    add: async (manifest, values) => {
      if (values.length > 0) {
        await db
          .insertInto("local_store_values")
          .values(
            values.map((row) => ({
              environment_id: environmentId,
              key: row.key,
              revision: row.revision,
              data_key_id: row.dataKey,
              nonce: row.nonce,
              ciphertext: row.ciphertext,
            })),
          )
          .execute();
      }
      await db
        .insertInto("local_store_revisions")
        .values({
          environment_id: environmentId,
          revision: manifest.revision,
          txn: manifest.txn,
          at: manifest.at,
          manifest: pack(manifest),
        })
        .execute();
    },
    revisions: async (before, limit) => {
      let found = revisions();
      if (before !== null) found = found.where("revision", "<", before);
      const rows = await found.orderBy("revision", "desc").limit(limit).execute();
      return rows.map((row) => ({ revision: row.revision, at: row.at, readable: true }));
    },
    prune: async (keep) => {
      const rows = (await revisions().orderBy("revision", "desc").execute()).map(unpack);
      const kept = rows.filter((row, index) => index === 0 || keep.has(row.revision));
      const needed = new Set(
        kept.flatMap((row) => [...row.entries.values()].map((entry) => `${entry.revision}/${entry.key}`)),
      );
      const numbers = kept.map((row) => row.revision);
      if (numbers.length === 0) return;
      await db
        .deleteFrom("local_store_revisions")
        .where("environment_id", "=", environmentId)
        .where("revision", "not in", numbers)
        .execute();
      const values = await db
        .selectFrom("local_store_values")
        .select(["key", "revision"])
        .where("environment_id", "=", environmentId)
        .execute();
      for (const value of values) {
        if (needed.has(`${value.revision}/${value.key}`)) continue;
        await db
          .deleteFrom("local_store_values")
          .where("environment_id", "=", environmentId)
          .where("key", "=", value.key)
          .where("revision", "=", value.revision)
          .execute();
      }
    },
    destroy: async () => {
      await db.deleteFrom("local_store_values").where("environment_id", "=", environmentId).execute();
      await db.deleteFrom("local_store_revisions").where("environment_id", "=", environmentId).execute();
      await db.deleteFrom("local_store_keys").where("environment_id", "=", environmentId).execute();
    },
  };
};
