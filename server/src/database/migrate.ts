import { KeyrollError } from "@keyroll/contract/errors";
import { sql, type SchemaModule } from "kysely";
import { start } from "./migrations/0001-start.ts";
import { progress } from "./migrations/0002-progress.ts";
import { keyNames } from "./migrations/0003-key-names.ts";
import { changes } from "./migrations/0004-changes.ts";
import { masterKey } from "./migrations/0005-master-key.ts";
import { pacerBuckets } from "./migrations/0006-pacer-buckets.ts";
import { written } from "./migrations/0007-written.ts";
import { retention } from "./migrations/0008-retention.ts";
import { storeMoves } from "./migrations/0009-store-moves.ts";
import { encryption } from "./migrations/0010-encryption.ts";
import { tidied } from "./migrations/0011-tidied.ts";
import { drift } from "./migrations/0012-drift.ts";
import { observations } from "./migrations/0013-observations.ts";
import { runningAgain } from "./migrations/0014-running-again.ts";
import type { Db, Tx } from "./schema.ts";

export type Dialect = "sqlite" | "postgres";

/** In order; the position is the schema's version. One line per migration. */
const migrations: readonly ((schema: SchemaModule, dialect: Dialect, tx: Tx) => Promise<void>)[] = [
  start,
  progress,
  keyNames,
  changes,
  masterKey,
  pacerBuckets,
  written,
  retention,
  storeMoves,
  encryption,
  tidied,
  drift,
  observations,
  runningAgain,
];

/** PostgreSQL: two servers starting at once migrate one after the other. */
const migrationLock = 7_340_001;

/**
 * Brings the schema up to date, in one transaction.
 * @throws {KeyrollError} `unavailable` when the database was written by a newer Keyroll: nothing is touched.
 */
export const migrate = async (db: Db, dialect: Dialect): Promise<void> => {
  await db.transaction().execute(async (tx) => {
    if (dialect === "postgres") await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(tx);
    await sql`create table if not exists keyroll_schema (version integer not null)`.execute(tx);
    const { rows } = await sql<{ version: number }>`select version from keyroll_schema`.execute(tx);
    const found = rows[0]?.version ?? 0;
    if (found > migrations.length) {
      throw new KeyrollError(
        "unavailable",
        `The database has schema ${found}, this Keyroll knows ${migrations.length}. Nothing was changed.`,
        {
          limit: migrations.length,
          actual: found,
          next: "Start the newer Keyroll that wrote it, or restore a backup.",
          changed: false,
        },
      );
    }
    for (const migration of migrations.slice(found)) await migration(tx.schema, dialect, tx);
    if (rows.length === 0) await sql`insert into keyroll_schema (version) values (${migrations.length})`.execute(tx);
    else await sql`update keyroll_schema set version = ${migrations.length}`.execute(tx);
  });
};
