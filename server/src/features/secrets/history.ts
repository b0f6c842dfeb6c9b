import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { diffKeys } from "@keyroll/pairs";
import { refuseGone } from "../../database/retention.ts";
import type { Reader } from "../../database/schema.ts";
import type { Manifest } from "../../ports/secret-store.ts";
import { query } from "../verb.ts";
import { storeOf } from "../host.ts";
import { cut, startNumber } from "../paging.ts";

/** As it stands in `revision_changes`. */
export const opOf = (text: string): "added" | "changed" | "removed" =>
  text === "added" || text === "removed" ? text : "changed";

const infoOf = async (db: Reader, environmentId: string, numbers: readonly number[]) => {
  if (numbers.length === 0) return [];
  const rows = await db
    .selectFrom("revisions")
    .selectAll()
    .where("environment_id", "=", environmentId)
    .where("revision", "in", numbers)
    .orderBy("revision", "desc")
    .execute();
  const changes = await db
    .selectFrom("revision_changes")
    .select(["revision", "key", "op", "bytes"])
    .where("environment_id", "=", environmentId)
    .where("revision", "in", numbers)
    .orderBy("key")
    .execute();
  return rows.map((row) => ({
    revision: row.revision,
    author: row.author,
    at: row.at,
    message: row.message,
    keys: row.keys,
    bytes: row.bytes,
    changes: changes
      .filter((change) => change.revision === row.revision)
      .map(({ key, op, bytes }) => ({ key, op: opOf(op), bytes })),
    restoredFrom: row.restored_from,
    readable: row.readable === 1,
  }));
};

/** Revisions, newest first. */
export const listRevisions = query(routes["revisions.list"], async ({ db, environment, query: page }) => {
  const start = startNumber(page.cursor);
  let rows = db.selectFrom("revisions").select("revision").where("environment_id", "=", environment.id);
  if (start !== null) rows = rows.where("revision", "<", start);
  const found = await rows
    .orderBy("revision", "desc")
    .limit(page.limit + 1)
    .execute();
  const { items, next } = cut(found, page.limit, (row) => String(row.revision));
  return {
    items: await infoOf(
      db,
      environment.id,
      items.map((row) => row.revision),
    ),
    next,
  };
});

/** A revision's number in a path. @throws {KeyrollError} `not_found`. */
export const revisionOf = (text: string): number => {
  if (/^[1-9]\d{0,14}$/u.test(text)) return Number(text);
  throw new KeyrollError("not_found", `\`${text.slice(0, 40)}\` is not a revision's number.`, { field: "revision" });
};

/** The revision in which each key's value was written. */
const revisionsIn = (manifest: Manifest | null): Map<string, number> =>
  new Map([...(manifest?.entries.values() ?? [])].map((entry) => [entry.key, entry.revision]));

const noRevision = (number: number, field: string): KeyrollError =>
  new KeyrollError("not_found", `There is no revision ${number}.`, { field, next: "`keyroll history` shows them." });

/** One revision and its difference by key. */
export const getRevision = query(
  routes["revisions.get"],
  async ({ db, host, app, environment, params, query: asked }) => {
    const number = revisionOf(params.revision);
    const [info] = await infoOf(db, environment.id, [number]);
    if (info === undefined) throw noRevision(number, "revision");
    if (
      asked.against !== undefined &&
      asked.against > 0 &&
      (await infoOf(db, environment.id, [asked.against])).length === 0
    )
      throw noRevision(asked.against, "against");
    await refuseGone(db, environment.id, number);
    const store = storeOf(host, app, environment);
    const manifestAt = async (at: number): Promise<Manifest | null> => (at === 0 ? null : await store.manifest({ at }));
    const manifest = await manifestAt(number);
    if (manifest === null)
      throw new KeyrollError("revision_gone", `Revision ${number} cannot be read any more.`, { actual: number });
    const other = asked.against ?? number - 1;
    const before = await manifestAt(other);
    if (before === null && (asked.against ?? 0) > 0)
      throw new KeyrollError("revision_gone", `Revision ${other} cannot be read any more.`, {
        field: "against",
        actual: other,
      });
    // Of those that are left the oldest has none before it, and can be shown all the same.
    const against = before === null ? 0 : other;
    const difference = diffKeys(revisionsIn(before), revisionsIn(manifest));
    return {
      revision: info,
      against,
      difference: difference.flatMap(({ key, status }) => (status === "same" ? [] : [{ key, status }])),
      keys: [...manifest.entries.values()].map(({ key, bytes, revision }) => ({ key, bytes, revision })),
    };
  },
);
