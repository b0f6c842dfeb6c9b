import { createChanges, migrate } from "./chunk-S36GZFFI.js";
import "./chunk-4PWUQDZ7.js";

// server/src/database/postgres.ts
import { Kysely, PostgresDialect } from "kysely";
import { Pool, TypeOverrides } from "pg";

// server/src/database/listen.ts
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
var channel = "keyroll_changes";
var firstWait = 100;
var longestWait = 1e4;
var connect = async (url, changes) => {
  const client = new Client({
    connectionString: url,
    application_name: "keyroll changes",
    connectionTimeoutMillis: 1e4,
    keepAlive: true,
    keepAliveInitialDelayMillis: 1e4,
  });
  const ended = new Promise((resolve) => {
    client.once("end", () => resolve());
  });
  client.on("error", () => void 0);
  client.on("notification", ({ payload }) => changes.tell(payload ?? ""));
  try {
    await client.connect();
    await client.query(`listen ${channel}`);
  } catch (error) {
    await client.end().catch(() => void 0);
    throw error;
  }
  return { client, ended };
};
var listen = async (url, changes) => {
  const closing = new AbortController();
  let current = await connect(url, changes);
  const keep = async () => {
    for (;;) {
      await current.ended;
      for (let pause = firstWait; ; pause = Math.min(pause * 2, longestWait)) {
        await wait(pause, void 0, { signal: closing.signal }).catch(() => void 0);
        if (closing.signal.aborted) return;
        try {
          current = await connect(url, changes);
          break;
        } catch {}
      }
      changes.tellAll();
      if (closing.signal.aborted) await current.client.end();
    }
  };
  const kept = keep();
  return {
    close: async () => {
      closing.abort();
      await current.client.end();
      await kept;
    },
  };
};

// server/src/database/postgres.ts
var int8 = 20;
var openPostgres = async (url) => {
  const types = new TypeOverrides();
  types.setTypeParser(int8, Number);
  const pool = new Pool({ connectionString: url, max: 10, types, connectionTimeoutMillis: 1e4 });
  pool.on("error", () => void 0);
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(db, "postgres");
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const changes = createChanges();
  const listening = await listen(url, changes);
  return {
    db,
    dialect: "postgres",
    url,
    changes,
    close: async () => {
      await listening.close();
      await db.destroy();
    },
  };
};
export { openPostgres };
//# sourceMappingURL=postgres-L4TRHXOP.js.map
