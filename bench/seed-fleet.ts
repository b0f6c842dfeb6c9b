import { join } from "node:path";
import { openDatabase } from "../server/src/database/open.ts";

export interface SeededEnvironment {
  readonly id: string;
  readonly namespace: string;
  /** Of its Secret, as the cluster says. */
  readonly resourceVersion: string;
}

export const seeded = (count: number, prefix: string): SeededEnvironment[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `e${String(at).padStart(25, "0")}`,
    namespace: `${prefix}-${at}`,
    resourceVersion: `1${String(at).padStart(6, "0")}`,
  }));

const settings = JSON.stringify({});
const goal = JSON.stringify({ release: null, values: null, revision: 1, keep: [], keepFrom: null });
const options = JSON.stringify({ adopt: false, restart: "changed" });
const author = JSON.stringify({ name: "bench" });
/** Everything was done then. */
const at = Date.UTC(2026, 10, 1, 10);
const batch = 500;

/** Writes into the database of a server that does not run what saves and deployments of these would have left there. */
export const seedFleet = async (
  dataDir: string,
  connection: string,
  environments: readonly SeededEnvironment[],
): Promise<void> => {
  const { db, close } = await openDatabase(join(dataDir, "keyroll.db"));
  try {
    const { id: connectionId, cluster_key: clusterKey } = await db
      .selectFrom("connections")
      .select(["id", "cluster_key"])
      .where("name", "=", connection)
      .executeTakeFirstOrThrow();
    for (let from = 0; from < environments.length; from += batch) {
      const part = environments.slice(from, from + batch);
      await db.transaction().execute(async (tx) => {
        const app = `app-${from / batch}`;
        await tx.insertInto("apps").values({ id: app, name: app, title: app, created_at: at }).execute();
        await tx
          .insertInto("environments")
          .values(
            part.map(({ id, namespace }) => ({
              id,
              app_id: app,
              name: namespace,
              kind: "sandbox",
              type: "restart",
              connection_id: connectionId,
              cluster_key: clusterKey,
              namespace,
              release_name: null,
              secret_name: "app-secrets",
              settings,
              created_at: at,
              journal_seq: 0,
              deployment_seq: 1,
              store_numbers: null,
              moving: null,
              moved_from: null,
              moved_facts: null,
            })),
          )
          .execute();
        const revision = { revision: 1, author_kind: "token", author_id: "t", author: "bench", at, message: null };
        await tx
          .insertInto("revisions")
          .values(part.map(({ id }) => ({ environment_id: id, ...revision, keys: 1, bytes: 2, restored_from: null })))
          .execute();
        const change = { revision: 1, key: "A", op: "added", bytes: 1, lines: 1, binary: 0, retires_old: 0 };
        await tx
          .insertInto("revision_changes")
          .values(part.map(({ id }) => ({ environment_id: id, ...change })))
          .execute();
        const deployment = { number: 1, goal, fallback: null, options, reason: "requested", requested_by: author };
        await tx
          .insertInto("deployments")
          .values(part.map(({ id }) => ({ id: `d${id}`, environment_id: id, ...deployment, requested_at: at })))
          .execute();
        const run = {
          aim: "goal",
          step: "contract",
          state: "done",
          verdict: "running",
          live: "goal",
          outcome: null,
          helm_revision: null,
          cancel_requested: 0,
          started_at: at,
          ended_at: at,
          facts: "{}",
        };
        await tx
          .insertInto("deployment_runs")
          .values(part.map(({ id }) => ({ deployment_id: `d${id}`, environment_id: id, ...run })))
          .execute();
        const write = { seq: 1, revision: 1, at, acknowledged_at: at, changed: '["A"]', kind: "goal" };
        await tx
          .insertInto("writes")
          .values(
            part.map(({ id, resourceVersion }) => ({
              environment_id: id,
              ...write,
              resource_version: resourceVersion,
            })),
          )
          .execute();
      });
    }
  } finally {
    await close();
  }
};
