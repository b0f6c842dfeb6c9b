import { environmentSettings } from "@keyroll/contract";
import { sql } from "kysely";
import { z } from "zod";
import { revisionsOf, writtenLast } from "../../../database/deployed-goals.ts";
import type { Reader } from "../../../database/schema.ts";

/** What the database alone knows of an environment: no store and no cluster is asked. */
export interface FleetFacts {
  readonly id: string;
  readonly app: string;
  readonly env: string;
  readonly kind: "sandbox" | "production";
  readonly type: "helm" | "restart" | "process";
  readonly connectionId: string;
  readonly connection: string;
  readonly namespace: string | null;
  readonly secretName: string | null;
  readonly saved: number;
  /** The deployed revision; null: nothing was deployed. */
  readonly published: number | null;
  readonly rolling: boolean;
  readonly newest: { readonly id: string; readonly number: number; readonly state: string; readonly at: number } | null;
  /** The oldest change that no deployment has taken along. */
  readonly waiting: { readonly revision: number; readonly at: number; readonly by: string } | null;
  /** Whether what others changed in the cluster is known and not resolved; never where it is ignored. */
  readonly drift: boolean;
  readonly seen: Seen | null;
  readonly look: { readonly at: number | null; readonly trouble: Trouble | null };
}

export interface Trouble {
  readonly message: string;
  readonly since: number;
}

export const mirrorStates = ["ours", "changed", "foreign", "missing", "unseen"] as const;

/** Containers by verdict; those on their way out, or at their end, are not counted. */
export const countsType = z.object({
  current: z.number(),
  stale: z.number(),
  ambiguous: z.number(),
  drifted: z.number(),
  blocked: z.number(),
});
export type Counts = z.output<typeof countsType>;
export const noCounts: Counts = { current: 0, stale: 0, ambiguous: 0, drifted: 0, blocked: 0 };

/** What was last seen in the cluster. */
export interface Seen {
  readonly mark: string;
  readonly at: number;
  readonly mirror: (typeof mirrorStates)[number];
  readonly inCluster: number | null;
  readonly counts: Counts;
  readonly trouble: Trouble | null;
}

const rowsOf = (db: Reader) =>
  db
    .selectFrom("environments as e")
    .innerJoin("apps", "apps.id", "e.app_id")
    .innerJoin("connections", "connections.id", "e.connection_id")
    .leftJoin("observations as o", "o.environment_id", "e.id")
    .leftJoin("known_drift as k", "k.environment_id", "e.id")
    .leftJoin("connection_looks as l", "l.connection_id", "e.connection_id")
    .select([
      "e.id",
      "apps.name as app",
      "e.name as env",
      "e.kind",
      "e.type",
      "e.connection_id",
      "connections.name as connection",
      "e.namespace",
      "e.secret_name",
      "k.open as drift",
      "e.settings",
      "o.mark",
      "o.at",
      "o.mirror",
      "o.in_cluster",
      "o.counts",
      "o.trouble",
      "o.trouble_since",
      "l.at as look_at",
      "l.trouble as look_trouble",
      "l.trouble_since as look_trouble_since",
    ])
    // Each of these ends at the first row of an index, however long the history is.
    .select((q) => [
      q
        .selectFrom("revisions")
        .select((f) => f.fn.max("revision").as("n"))
        .whereRef("revisions.environment_id", "=", "e.id")
        .as("saved"),
      q
        .selectFrom("deployments as d")
        .select("d.id")
        .whereRef("d.environment_id", "=", "e.id")
        .orderBy("d.number", "desc")
        .limit(1)
        .as("newest"),
      q
        .selectFrom("deployments as d")
        .innerJoin("deployment_runs as r", "r.deployment_id", "d.id")
        .select("d.id")
        .whereRef("d.environment_id", "=", "e.id")
        .where("r.live", "in", ["goal", "previous", "mixed"])
        .orderBy("d.number", "desc")
        .limit(1)
        .as("published"),
      q
        .selectFrom("deployment_runs as r")
        .select("r.deployment_id")
        .whereRef("r.environment_id", "=", "e.id")
        .where(sql<boolean>`r.state <> 'done'`)
        .limit(1)
        .as("unfinished"),
    ]);

type Row = Awaited<ReturnType<ReturnType<typeof rowsOf>["executeTakeFirstOrThrow"]>>;

const runsById = async (db: Reader, ids: readonly string[]) => {
  if (ids.length === 0) return new Map<string, never>();
  const rows = await db
    .selectFrom("deployments as d")
    .innerJoin("deployment_runs as r", "r.deployment_id", "d.id")
    .select([
      "d.id",
      "d.number",
      "d.requested_at",
      "d.goal",
      "d.fallback",
      "r.state",
      "r.verdict",
      "r.live",
      "r.facts",
      "r.ended_at",
    ])
    .where("d.id", "in", ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
};

/** Pairs of an environment and its deployed revision, in one query. */
const pairsAtOnce = 100;

/** By environment: the oldest revision after the deployed one. */
const waitingOf = async (
  db: Reader,
  pending: readonly { readonly id: string; readonly published: number }[],
): Promise<ReadonlyMap<string, NonNullable<FleetFacts["waiting"]>>> => {
  const found = new Map<string, NonNullable<FleetFacts["waiting"]>>();
  for (let from = 0; from < pending.length; from += pairsAtOnce) {
    const rows = await db
      .selectFrom("revisions as v")
      .select(["v.environment_id", "v.revision", "v.at", "v.author"])
      .where((e) =>
        e.or(
          pending.slice(from, from + pairsAtOnce).map(({ id, published }) =>
            e.and([
              e("v.environment_id", "=", id),
              e(
                "v.revision",
                "=",
                e
                  .selectFrom("revisions as w")
                  .select((f) => f.fn.min("w.revision").as("n"))
                  .where("w.environment_id", "=", id)
                  .where("w.revision", ">", published),
              ),
            ]),
          ),
        ),
      )
      .execute();
    for (const { environment_id: id, revision, at, author } of rows) found.set(id, { revision, at, by: author });
  }
  return found;
};

const trouble = (message: string | null, since: number | null): Trouble | null =>
  message === null ? null : { message, since: since ?? 0 };

const seenOf = (row: Row): Seen | null => {
  if (row.mark === null || row.counts === null) return null;
  return {
    mark: row.mark,
    at: row.at ?? 0,
    mirror: mirrorStates.find((one) => one === row.mirror) ?? "unseen",
    inCluster: row.in_cluster,
    counts: countsType.parse(JSON.parse(row.counts)),
    trouble: trouble(row.trouble, row.trouble_since),
  };
};

const stateOf = (run: { readonly state: string; readonly verdict: string | null }): string =>
  run.state === "done" ? (run.verdict ?? "failed") : run.state;

export interface Which {
  readonly after?: string | null;
  readonly limit?: number;
  readonly connectionId?: string;
  readonly environmentIds?: readonly string[];
}

/** Environments in the order of their ids, which is that of their making. */
export const fleetFacts = async (db: Reader, which: Which): Promise<FleetFacts[]> => {
  let query = rowsOf(db);
  if (typeof which.after === "string") query = query.where("e.id", ">", which.after);
  if (which.connectionId !== undefined) query = query.where("e.connection_id", "=", which.connectionId);
  if (which.environmentIds !== undefined) query = query.where("e.id", "in", which.environmentIds);
  if (which.limit !== undefined) query = query.limit(which.limit);
  const rows = await query.orderBy("e.id").execute();
  const ids = new Set(rows.flatMap(({ newest, published }) => [newest, published].filter((id) => id !== null)));
  const runs = await runsById(db, [...ids]);
  const publishedOf = (row: Row): number | null => {
    const run = row.published === null ? undefined : runs.get(row.published);
    if (run === undefined) return null;
    return revisionsOf(writtenLast(run))[0] ?? null;
  };
  const pending = rows
    .map((row) => ({ id: row.id, saved: row.saved ?? 0, published: publishedOf(row) ?? 0 }))
    .filter(({ saved, published }) => saved > published);
  const waiting = await waitingOf(db, pending);
  return rows.map((row) => {
    const newest = row.newest === null ? undefined : runs.get(row.newest);
    return {
      id: row.id,
      app: row.app,
      env: row.env,
      kind: row.kind === "production" ? "production" : "sandbox",
      type: row.type === "helm" || row.type === "restart" ? row.type : "process",
      connectionId: row.connection_id,
      connection: row.connection,
      namespace: row.namespace,
      secretName: row.secret_name,
      saved: row.saved ?? 0,
      published: publishedOf(row),
      rolling: row.unfinished !== null,
      newest:
        newest === undefined
          ? null
          : {
              id: newest.id,
              number: newest.number,
              state: stateOf(newest),
              at: newest.ended_at ?? newest.requested_at,
            },
      waiting: waiting.get(row.id) ?? null,
      drift: (row.drift ?? 0) > 0 && environmentSettings.parse(JSON.parse(row.settings)).drift !== "ignore",
      seen: seenOf(row),
      look: { at: row.look_at, trouble: trouble(row.look_trouble, row.look_trouble_since) },
    };
  });
};

/** The last revision up to this one in which each of its keys changed, from what was recorded of the saves. */
export const lastChanges = async (
  db: Reader,
  environmentId: string,
  revision: number,
): Promise<ReadonlyMap<string, number>> => {
  const rows = await db
    .selectFrom("revision_changes as c")
    .select(["c.key", "c.revision", "c.op"])
    .where("c.environment_id", "=", environmentId)
    .where((e) =>
      e(
        "c.revision",
        "=",
        e
          .selectFrom("revision_changes as d")
          .select((f) => f.fn.max("d.revision").as("n"))
          .where("d.environment_id", "=", environmentId)
          .whereRef("d.key", "=", "c.key")
          .where("d.revision", "<=", revision),
      ),
    )
    .execute();
  return new Map(rows.filter(({ op }) => op !== "removed").map((row) => [row.key, row.revision]));
};
