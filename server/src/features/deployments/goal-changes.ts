import type { OutputOf, Routes } from "@keyroll/contract";
import type { Reader } from "../../database/schema.ts";
import type { Goal } from "./goal.ts";
import { lastRunning, type DeploymentRow } from "./queries.ts";

type Changes = OutputOf<Routes["deployments.get"]>["changes"];

/** For each key the newest change up to a revision; a key that was not there yet is absent. */
const newestUpTo = async (
  db: Reader,
  environmentId: string,
  revision: number,
): Promise<Map<string, { readonly revision: number; readonly op: string }>> => {
  const rows = await db
    .selectFrom("revision_changes as c")
    .select(["c.key", "c.revision", "c.op"])
    .where("c.environment_id", "=", environmentId)
    .where("c.revision", "=", (e) =>
      e
        .selectFrom("revision_changes as d")
        .select((inner) => inner.fn.max("d.revision").as("revision"))
        .whereRef("d.environment_id", "=", "c.environment_id")
        .whereRef("d.key", "=", "c.key")
        .where("d.revision", "<=", revision),
    )
    .execute();
  return new Map(rows.map(({ key, ...change }) => [key, change]));
};

/** The same for a goal: keys whose older value is dead keep a newer one. */
const keysOf = async (db: Reader, environmentId: string, goal: Goal | null) => {
  if (goal === null) return new Map<string, { readonly revision: number; readonly op: string }>();
  const at = await newestUpTo(db, environmentId, goal.revision);
  if (goal.keep.length === 0 || goal.keepFrom === null) return at;
  const kept = await newestUpTo(db, environmentId, goal.keepFrom);
  return new Map([...at, ...[...kept].filter(([key]) => goal.keep.includes(key))]);
};

const differs = <T>(from: T, to: T): { readonly from: T; readonly to: T } | null => (from === to ? null : { from, to });

/** What a deployment brings about, beside what ran before it. From the database alone: names and authors, no value. */
export const goalChanges = async (db: Reader, row: DeploymentRow): Promise<Changes> => {
  const before = await lastRunning(db, row.environmentId, row.number);
  const old = await keysOf(db, row.environmentId, before?.goal ?? null);
  const now = await keysOf(db, row.environmentId, row.goal);
  const isThere = (change: { readonly op: string } | undefined): boolean =>
    change !== undefined && change.op !== "removed";
  const keys = [...new Set([...old.keys(), ...now.keys()])].toSorted().flatMap((key) => {
    const [from, to] = [old.get(key), now.get(key)];
    if (from?.revision === to?.revision || (!isThere(from) && !isThere(to))) return [];
    const op = !isThere(to) ? ("removed" as const) : isThere(from) ? ("changed" as const) : ("added" as const);
    return [{ key, op, revision: to?.revision ?? null }];
  });
  const numbers = keys.flatMap(({ revision }) => (revision === null ? [] : [revision]));
  const authors =
    numbers.length === 0
      ? []
      : await db
          .selectFrom("revisions")
          .select(["revision", "author", "at"])
          .where("environment_id", "=", row.environmentId)
          .where("revision", "in", [...new Set(numbers)])
          .execute();
  const byRevision = new Map(authors.map((author) => [author.revision, author]));
  return {
    since: before?.number ?? null,
    release: differs(before?.goal.release?.version ?? null, row.goal.release?.version ?? null),
    values: differs(before?.goal.values ?? null, row.goal.values),
    revision: differs(before?.goal.revision ?? null, row.goal.revision),
    keys: keys.map(({ key, op, revision }) => {
      const by = revision === null ? undefined : byRevision.get(revision);
      return { key, op, revision, by: by?.author ?? null, at: by?.at ?? null };
    }),
  };
};
