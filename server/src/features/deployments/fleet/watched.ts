import { sql } from "kysely";
import type { Reader } from "../../../database/schema.ts";

/** What a look needs to know of an environment: little, since it is held for all of them at once. */
export interface Watched {
  readonly id: string;
  readonly connectionId: string;
  readonly namespace: string;
  readonly secretName: string;
  readonly releaseName: string | null;
  /** The newest deployment. */
  readonly newest: string;
  /** Of the last look that saw it; null: none did. */
  readonly mark: string | null;
  readonly trouble: string | null;
  /** Whether what others changed is known and not resolved. */
  readonly drift: boolean;
}

export interface Which {
  readonly connectionId?: string;
  readonly environmentIds?: readonly string[];
}

/** Rows that are read from the database at a time. */
const batch = 500;

/** Those whose Secret was written, and at which no deployment is at work: that one says itself what it does. */
export const watched = async (db: Reader, which: Which): Promise<Watched[]> => {
  const found: Watched[] = [];
  for (let after = ""; ;) {
    const rows = await rowsOf(db, which).where("e.id", ">", after).execute();
    for (const { connection_id, namespace, secret_name, release_name, newest, drift, ...row } of rows)
      if (namespace !== null && secret_name !== null && newest !== null)
        found.push({
          ...row,
          connectionId: connection_id,
          namespace,
          secretName: secret_name,
          releaseName: release_name,
          newest,
          drift: (drift ?? 0) > 0,
        });
    if (rows.length < batch) return found;
    after = rows.at(-1)?.id ?? "";
  }
};

const rowsOf = (db: Reader, { connectionId, environmentIds }: Which) => {
  // By its deployments: of runs there is no index for all of an environment, and there may be a hundred for each.
  const runs = sql<boolean>`exists (select 1 from deployments d join deployment_runs r on r.deployment_id = d.id where d.environment_id = e.id and r.live in ('goal', 'previous', 'mixed'))`;
  const unfinished = sql<boolean>`exists (select 1 from deployment_runs r where r.environment_id = e.id and r.state <> 'done')`;
  let query = db
    .selectFrom("environments as e")
    .leftJoin("observations as o", "o.environment_id", "e.id")
    .leftJoin("known_drift as k", "k.environment_id", "e.id")
    .select([
      "e.id",
      "e.connection_id",
      "e.namespace",
      "e.secret_name",
      "e.release_name",
      "o.mark",
      "o.trouble",
      "k.open as drift",
    ])
    .select((q) =>
      q
        .selectFrom("deployments as d")
        .select("d.id")
        .whereRef("d.environment_id", "=", "e.id")
        .orderBy("d.number", "desc")
        .limit(1)
        .as("newest"),
    )
    .where("e.type", "!=", "process")
    .where(runs)
    .where(sql<boolean>`not ${unfinished}`);
  if (connectionId !== undefined) query = query.where("e.connection_id", "=", connectionId);
  if (environmentIds !== undefined) query = query.where("e.id", "in", environmentIds);
  return query.orderBy("e.id").limit(batch);
};
