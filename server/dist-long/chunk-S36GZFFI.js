import { KeyrollError } from "./chunk-4PWUQDZ7.js";

// server/src/database/changes.ts
var createChanges = () => {
  const hearers = /* @__PURE__ */ new Map();
  const tell = (topic) => {
    for (const hear of hearers.get(topic) ?? []) hear(topic);
  };
  return {
    watch: (topics, hear) => {
      for (const topic of topics) {
        const those = hearers.get(topic) ?? /* @__PURE__ */ new Set();
        those.add(hear);
        hearers.set(topic, those);
      }
      return () => {
        for (const topic of topics) {
          const those = hearers.get(topic);
          those?.delete(hear);
          if (those?.size === 0) hearers.delete(topic);
        }
      };
    },
    tell,
    tellAll: () => {
      for (const topic of hearers.keys()) tell(topic);
    },
  };
};

// server/src/database/migrate.ts
import { sql as sql4 } from "kysely";

// server/src/database/migrations/0001-start.ts
var start = async (schema, dialect) => {
  const bytes = dialect === "postgres" ? "bytea" : "blob";
  const whole = (column) => column.notNull();
  const table = (name) => schema.createTable(name);
  const wide = "bigint";
  await table("members")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", whole)
    .addColumn("login", "text", (c) => c.notNull().unique())
    .addColumn("password_hash", "text", whole)
    .addColumn("role", "text", whole)
    .addColumn("created_at", wide, whole)
    .execute();
  await table("sessions")
    .addColumn("hash", bytes, (c) => c.primaryKey())
    .addColumn("id", "text", (c) => c.notNull().unique())
    .addColumn("member_id", "text", (c) => c.notNull().references("members.id").onDelete("cascade"))
    .addColumn("created_at", wide, whole)
    .addColumn("seen_at", wide, whole)
    .addColumn("expires_at", wide, whole)
    .execute();
  await table("tokens")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("hash", bytes, (c) => c.notNull().unique())
    .addColumn("kind", "text", whole)
    .addColumn("name", "text", whole)
    .addColumn("member_id", "text", (c) => c.references("members.id").onDelete("cascade"))
    .addColumn("created_at", wide, whole)
    .addColumn("created_by", "text", whole)
    .addColumn("used_at", wide)
    .addColumn("expires_at", wide)
    .addColumn("revoked_at", wide)
    .execute();
  await table("device_codes")
    .addColumn("hash", bytes, (c) => c.primaryKey())
    .addColumn("user_code", "text", (c) => c.notNull().unique())
    .addColumn("client", "text", whole)
    .addColumn("state", "text", whole)
    .addColumn("member_id", "text", (c) => c.references("members.id").onDelete("cascade"))
    .addColumn("created_at", wide, whole)
    .addColumn("expires_at", wide, whole)
    .execute();
  await table("one_time_links")
    .addColumn("hash", bytes, (c) => c.primaryKey())
    .addColumn("purpose", "text", whole)
    .addColumn("expires_at", wide, whole)
    .addColumn("used_at", wide)
    .execute();
  await table("attempts")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("subject", "text", whole)
    .addColumn("at", wide, whole)
    .execute();
  await schema.createIndex("attempts_subject").on("attempts").columns(["subject", "at"]).execute();
  await table("apps")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull().unique())
    .addColumn("title", "text", whole)
    .addColumn("created_at", wide, whole)
    .execute();
  await table("connections")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull().unique())
    .addColumn("cluster", "text", whole)
    .addColumn("cluster_key", "text", whole)
    .addColumn("credential", bytes)
    .addColumn("store_kind", "text", whole)
    .addColumn("store_settings", "text", whole)
    .addColumn("created_at", wide, whole)
    .execute();
  await table("environments")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("app_id", "text", (c) => c.notNull().references("apps.id"))
    .addColumn("name", "text", whole)
    .addColumn("kind", "text", whole)
    .addColumn("type", "text", whole)
    .addColumn("connection_id", "text", (c) => c.notNull().references("connections.id"))
    .addColumn("cluster_key", "text", whole)
    .addColumn("namespace", "text")
    .addColumn("release_name", "text")
    .addColumn("secret_name", "text")
    .addColumn("settings", "text", whole)
    .addColumn("created_at", wide, whole)
    .addColumn("journal_seq", wide, (c) => c.notNull().defaultTo(0))
    .addColumn("deployment_seq", wide, (c) => c.notNull().defaultTo(0))
    .addUniqueConstraint("environments_name", ["app_id", "name"])
    .addUniqueConstraint("environments_secret", ["cluster_key", "namespace", "secret_name"])
    .execute();
  await table("secret_meta")
    .addColumn("environment_id", "text", (c) => c.notNull().references("environments.id").onDelete("cascade"))
    .addColumn("key", "text", whole)
    .addColumn("note", "text")
    .addColumn("url", "text")
    .addColumn("rotate_by", "text")
    .addColumn("visible", "integer", whole)
    .addPrimaryKeyConstraint("secret_meta_key", ["environment_id", "key"])
    .execute();
  await table("revisions")
    .addColumn("environment_id", "text", (c) => c.notNull().references("environments.id").onDelete("cascade"))
    .addColumn("revision", wide, whole)
    .addColumn("author_kind", "text", whole)
    .addColumn("author_id", "text", whole)
    .addColumn("author", "text", whole)
    .addColumn("at", wide, whole)
    .addColumn("message", "text")
    .addColumn("keys", "integer", whole)
    .addColumn("bytes", "integer", whole)
    .addColumn("restored_from", wide)
    .addPrimaryKeyConstraint("revisions_key", ["environment_id", "revision"])
    .execute();
  await table("revision_changes")
    .addColumn("environment_id", "text", (c) => c.notNull().references("environments.id").onDelete("cascade"))
    .addColumn("revision", wide, whole)
    .addColumn("key", "text", whole)
    .addColumn("op", "text", whole)
    .addColumn("bytes", "integer", whole)
    .addColumn("lines", "integer", whole)
    .addColumn("binary", "integer", whole)
    .addColumn("retires_old", "integer", whole)
    .addPrimaryKeyConstraint("revision_changes_key", ["environment_id", "revision", "key"])
    .execute();
  await table("local_store_keys")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("environment_id", "text", whole)
    .addColumn("wrapped", bytes, whole)
    .addColumn("created_at", wide, whole)
    .execute();
  await table("local_store_values")
    .addColumn("environment_id", "text", whole)
    .addColumn("key", "text", whole)
    .addColumn("revision", wide, whole)
    .addColumn("data_key_id", "text", whole)
    .addColumn("nonce", bytes, whole)
    .addColumn("ciphertext", bytes, whole)
    .addPrimaryKeyConstraint("local_store_values_key", ["environment_id", "key", "revision"])
    .execute();
  await table("local_store_revisions")
    .addColumn("environment_id", "text", whole)
    .addColumn("revision", wide, whole)
    .addColumn("txn", "text", whole)
    .addColumn("at", wide, whole)
    .addColumn("manifest", "text", whole)
    .addPrimaryKeyConstraint("local_store_revisions_key", ["environment_id", "revision"])
    .addUniqueConstraint("local_store_revisions_txn", ["environment_id", "txn"])
    .execute();
  await table("releases")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("app_id", "text", (c) => c.notNull().references("apps.id").onDelete("cascade"))
    .addColumn("chart", "text", whole)
    .addColumn("version", "text", whole)
    .addColumn("app_version", "text")
    .addColumn("digest", "text", whole)
    .addColumn("bytes", "integer", whole)
    .addColumn("requires", "text", whole)
    .addColumn("pushed_at", wide, whole)
    .addColumn("pushed_by", "text", whole)
    .addUniqueConstraint("releases_digest", ["app_id", "digest"])
    .execute();
  await table("release_files")
    .addColumn("digest", "text", (c) => c.primaryKey())
    .addColumn("content", bytes, whole)
    .execute();
  await table("helm_values")
    .addColumn("environment_id", "text", (c) => c.notNull().references("environments.id").onDelete("cascade"))
    .addColumn("version", wide, whole)
    .addColumn("text", "text", whole)
    .addColumn("saved_at", wide, whole)
    .addColumn("saved_by", "text", whole)
    .addPrimaryKeyConstraint("helm_values_key", ["environment_id", "version"])
    .execute();
  await table("deployments")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("environment_id", "text", (c) => c.notNull().references("environments.id").onDelete("cascade"))
    .addColumn("number", wide, whole)
    .addColumn("goal", "text", whole)
    .addColumn("fallback", "text")
    .addColumn("options", "text", whole)
    .addColumn("reason", "text", whole)
    .addColumn("requested_by", "text", whole)
    .addColumn("requested_at", wide, whole)
    .addUniqueConstraint("deployments_number", ["environment_id", "number"])
    .execute();
  await table("deployment_runs")
    .addColumn("deployment_id", "text", (c) => c.primaryKey().references("deployments.id").onDelete("cascade"))
    .addColumn("environment_id", "text", whole)
    .addColumn("aim", "text", whole)
    .addColumn("step", "text", whole)
    .addColumn("state", "text", whole)
    .addColumn("verdict", "text")
    .addColumn("live", "text")
    .addColumn("outcome", "text")
    .addColumn("helm_revision", wide)
    .addColumn("cancel_requested", "integer", whole)
    .addColumn("started_at", wide)
    .addColumn("ended_at", wide)
    .addColumn("facts", "text", whole)
    .execute();
  await schema
    .createIndex("deployment_runs_active")
    .on("deployment_runs")
    .column("environment_id")
    .unique()
    .where("state", "=", "active")
    .execute();
  await table("leases")
    .addColumn("scope", "text", (c) => c.primaryKey())
    .addColumn("holder", "text", whole)
    .addColumn("fence", wide, whole)
    .addColumn("expires_at", wide, whole)
    .execute();
  await table("journal")
    .addColumn("environment_id", "text", (c) => c.notNull().references("environments.id").onDelete("cascade"))
    .addColumn("seq", wide, whole)
    .addColumn("deployment_id", "text")
    .addColumn("at", wide, whole)
    .addColumn("event", "text", whole)
    .addPrimaryKeyConstraint("journal_key", ["environment_id", "seq"])
    .execute();
  await schema.createIndex("journal_deployment").on("journal").column("deployment_id").execute();
  await table("writes")
    .addColumn("environment_id", "text", (c) => c.notNull().references("environments.id").onDelete("cascade"))
    .addColumn("seq", wide, whole)
    .addColumn("revision", wide)
    .addColumn("resource_version", "text", whole)
    .addColumn("at", wide, whole)
    .addColumn("acknowledged_at", wide)
    .addColumn("changed", "text")
    .addColumn("kind", "text", whole)
    .addPrimaryKeyConstraint("writes_key", ["environment_id", "seq"])
    .addUniqueConstraint("writes_version", ["environment_id", "resource_version"])
    .execute();
  await table("template_records")
    .addColumn("environment_id", "text", (c) => c.notNull().references("environments.id").onDelete("cascade"))
    .addColumn("workload_uid", "text", whole)
    .addColumn("hash", "text", whole)
    .addColumn("deployment_id", "text", whole)
    .addColumn("revision", wide, whole)
    .addColumn("after_resource_version", "text")
    .addColumn("restart_mark", "text")
    .addColumn("at", wide, whole)
    .addPrimaryKeyConstraint("template_records_key", ["environment_id", "workload_uid", "hash", "deployment_id"])
    .execute();
  await table("instances")
    .addColumn("environment_id", "text", (c) => c.notNull().references("environments.id").onDelete("cascade"))
    .addColumn("id", "text", whole)
    .addColumn("host", "text", whole)
    .addColumn("pid", wide, whole)
    .addColumn("started_at", wide)
    .addColumn("revision", wide, whole)
    .addColumn("keys", "text", whole)
    .addColumn("state", "text", whole)
    .addColumn("exit_code", "integer")
    .addColumn("seen_at", wide, whole)
    .addPrimaryKeyConstraint("instances_key", ["environment_id", "id"])
    .execute();
  await table("operations")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("route", "text", whole)
    .addColumn("environment_id", "text")
    .addColumn("actor", "text", whole)
    .addColumn("intent", "text", whole)
    .addColumn("holder", "text", whole)
    .addColumn("begun_at", wide, whole)
    .addColumn("settled_at", wide)
    .addColumn("outcome", "text")
    .execute();
  await table("idempotency")
    .addColumn("actor", "text", whole)
    .addColumn("route", "text", whole)
    .addColumn("key", "text", whole)
    .addColumn("status", "integer")
    .addColumn("outcome", "text")
    .addColumn("at", wide, whole)
    .addPrimaryKeyConstraint("idempotency_key", ["actor", "route", "key"])
    .execute();
  await table("audit")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("at", wide, whole)
    .addColumn("actor_kind", "text", whole)
    .addColumn("actor_id", "text", whole)
    .addColumn("actor_name", "text", whole)
    .addColumn("action", "text", whole)
    .addColumn("app_id", "text")
    .addColumn("app_name", "text")
    .addColumn("environment_id", "text")
    .addColumn("environment_name", "text")
    .addColumn("details", "text", whole)
    .addColumn("request_id", "text")
    .execute();
};

// server/src/database/migrations/0002-progress.ts
var progress = async (schema) => {
  const column = (name) => schema.alterTable("operations").addColumn(name, "text");
  await schema
    .alterTable("operations")
    .addColumn("share", "double precision", (c) => c.notNull().defaultTo(0))
    .execute();
  await schema
    .alterTable("operations")
    .addColumn("cancel_requested", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
  await column("result").execute();
  await column("problem").execute();
};

// server/src/database/migrations/0003-key-names.ts
import { sql } from "kysely";
var keyNames = async (schema, _dialect, tx) => {
  await schema
    .createIndex("revision_changes_of_key")
    .on("revision_changes")
    .columns(["environment_id", "key", "revision"])
    .execute();
  await schema
    .createTable("secret_keys")
    .addColumn("environment_id", "text", (c) => c.notNull().references("environments.id").onDelete("cascade"))
    .addColumn("key", "text", (c) => c.notNull())
    .addColumn("folded", "text", (c) => c.notNull())
    .addColumn("revision", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("secret_keys_key", ["environment_id", "key"])
    .execute();
  await schema
    .createIndex("secret_keys_folded")
    .on("secret_keys")
    .columns(["folded", "environment_id", "key"])
    .execute();
  await sql`
    insert into secret_keys (environment_id, key, folded, revision)
    select c.environment_id, c.key, lower(c.key), c.revision from revision_changes c
    where c.op <> 'removed' and c.revision = (
      select max(d.revision) from revision_changes d where d.environment_id = c.environment_id and d.key = c.key
    )`.execute(tx);
};

// server/src/database/migrations/0004-changes.ts
import { sql as sql2 } from "kysely";
var changes = async (schema, dialect, tx) => {
  await schema
    .createIndex("deployment_runs_state")
    .on("deployment_runs")
    .columns(["state", "environment_id"])
    .execute();
  await schema
    .createIndex("operations_open")
    .on("operations")
    .column("holder")
    .where("settled_at", "is", null)
    .execute();
  if (dialect === "sqlite") return;
  await sql2`
    create function keyroll_tell_journal() returns trigger language plpgsql as $$
    begin
      perform pg_notify('keyroll_changes', 'journal:' || new.environment_id);
      return null;
    end $$`.execute(tx);
  await sql2`
    create trigger journal_told after insert on journal
    for each row execute function keyroll_tell_journal()`.execute(tx);
  await sql2`
    create function keyroll_tell_access() returns trigger language plpgsql as $$
    begin
      perform pg_notify('keyroll_changes', 'access');
      return null;
    end $$`.execute(tx);
  for (const [table, event] of [
    ["sessions", "delete"],
    ["tokens", "update of revoked_at or delete"],
    ["members", "update or delete"],
  ]) {
    await sql2`
      create trigger ${sql2.raw(`${table}_told after ${event} on ${table}`)}
      for each statement execute function keyroll_tell_access()`.execute(tx);
  }
};

// server/src/database/migrations/0005-master-key.ts
var masterKey = async (schema, dialect) => {
  await schema
    .createTable("master_key")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("wrapped", dialect === "postgres" ? "bytea" : "blob", (c) => c.notNull())
    .execute();
};

// server/src/database/migrations/0006-pacer-buckets.ts
var pacerBuckets = async (schema) => {
  await schema
    .createTable("pacer_buckets")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("version", "bigint", (c) => c.notNull())
    .addColumn("tokens", "double precision", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("rate_share", "double precision", (c) => c.notNull())
    .addColumn("burst_share", "double precision", (c) => c.notNull())
    .addColumn("slowed_at", "bigint", (c) => c.notNull())
    .execute();
};

// server/src/database/migrations/0007-written.ts
var written = async (schema) => {
  await schema.alterTable("operations").addColumn("progress", "text").execute();
};

// server/src/database/migrations/0008-retention.ts
import { sql as sql3 } from "kysely";
var retention = async (schema, _dialect, tx) => {
  await schema
    .alterTable("revisions")
    .addColumn("readable", "integer", (c) => c.notNull().defaultTo(1))
    .execute();
  await schema
    .createTable("retention")
    .addColumn("environment_id", "text", (c) => c.primaryKey().references("environments.id").onDelete("cascade"))
    .addColumn("due_at", "bigint")
    .addColumn("unfinished", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
  await schema.createIndex("retention_due").on("retention").column("due_at").execute();
  await sql3`insert into retention (environment_id, due_at) select distinct environment_id, 0 from revisions`.execute(
    tx,
  );
};

// server/src/database/migrations/0009-store-moves.ts
var storeMoves = async (schema) => {
  for (const name of ["store_numbers", "moving", "moved_from", "moved_facts"])
    await schema.alterTable("environments").addColumn(name, "text").execute();
};

// server/src/database/migrations/0010-encryption.ts
var encryption = async (schema) => {
  await schema.alterTable("connections").addColumn("encryption", "text").execute();
};

// server/src/database/migrations/0011-tidied.ts
var tidied = async (schema) => {
  await schema.alterTable("operations").addColumn("tidied_at", "bigint").execute();
  await schema
    .createIndex("operations_untidied")
    .on("operations")
    .column("settled_at")
    .where("tidied_at", "is", null)
    .where("outcome", "!=", "done")
    .execute();
};

// server/src/database/migrations/0012-drift.ts
var drift = async (schema) => {
  await schema
    .createTable("known_drift")
    .addColumn("environment_id", "text", (c) => c.primaryKey().references("environments.id").onDelete("cascade"))
    .addColumn("looked_at", "bigint", (c) => c.notNull())
    .addColumn("resource_version", "text")
    .addColumn("entries", "text", (c) => c.notNull())
    .addColumn("open", "integer", (c) => c.notNull())
    .addColumn("adopted", "text", (c) => c.notNull())
    .addColumn("accepted_release", "bigint")
    .addColumn("reverted_at", "bigint")
    .execute();
};

// server/src/database/migrations/0013-observations.ts
var observations = async (schema) => {
  await schema
    .createTable("observations")
    .addColumn("environment_id", "text", (c) => c.primaryKey().references("environments.id").onDelete("cascade"))
    .addColumn("mark", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("mirror", "text", (c) => c.notNull())
    .addColumn("in_cluster", "bigint")
    .addColumn("counts", "text", (c) => c.notNull())
    .addColumn("trouble", "text")
    .addColumn("trouble_since", "bigint")
    .execute();
  await schema
    .createTable("connection_looks")
    .addColumn("connection_id", "text", (c) => c.primaryKey().references("connections.id").onDelete("cascade"))
    .addColumn("at", "bigint")
    .addColumn("took", "bigint")
    .addColumn("trouble", "text")
    .addColumn("trouble_since", "bigint")
    .execute();
  await schema
    .createIndex("deployment_runs_unfinished")
    .on("deployment_runs")
    .column("environment_id")
    .where("state", "!=", "done")
    .execute();
};

// server/src/database/migrate.ts
var migrations = [
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
];
var migrationLock = 7340001;
var migrate = async (db, dialect) => {
  await db.transaction().execute(async (tx) => {
    if (dialect === "postgres") await sql4`select pg_advisory_xact_lock(${migrationLock})`.execute(tx);
    await sql4`create table if not exists keyroll_schema (version integer not null)`.execute(tx);
    const { rows } = await sql4`select version from keyroll_schema`.execute(tx);
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
    if (rows.length === 0) await sql4`insert into keyroll_schema (version) values (${migrations.length})`.execute(tx);
    else await sql4`update keyroll_schema set version = ${migrations.length}`.execute(tx);
  });
};

export { createChanges, migrate };
//# sourceMappingURL=chunk-S36GZFFI.js.map
