import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { secretLooking } from "@keyroll/pairs";
import { sql } from "kysely";
import { cut, startNumber } from "../paging.ts";
import { query } from "../verb.ts";

/** The newest Helm values, or those of a version; version 0 and empty text before the first save. */
export const getValues = query(routes["values.get"], async ({ db, environment, query: { version } }) => {
  let rows = db.selectFrom("helm_values").selectAll().where("environment_id", "=", environment.id);
  if (version !== undefined) rows = rows.where("version", "=", version);
  const row = await rows.orderBy("version", "desc").limit(1).executeTakeFirst();
  if (row === undefined && version !== undefined) {
    throw new KeyrollError("not_found", `The Helm values have no version ${version}.`, {
      field: "query.version",
      actual: version,
      next: "Ask without a version for the newest, or at values/history for all.",
    });
  }
  if (row === undefined) return { version: 0, text: "", savedAt: null, savedBy: null, warnings: [] };
  return {
    version: row.version,
    text: row.text,
    savedAt: row.saved_at,
    savedBy: row.saved_by,
    warnings: secretLooking(row.text),
  };
});

/** Who saved which version when, without the texts. */
export const listValuesHistory = query(routes["values.history"], async ({ db, environment, query: page }) => {
  const start = startNumber(page.cursor);
  let rows = db
    .selectFrom("helm_values")
    .select(["version", "saved_at", "saved_by", sql<number>`octet_length(text)`.as("bytes")])
    .where("environment_id", "=", environment.id);
  if (start !== null) rows = rows.where("version", "<", start);
  const found = await rows
    .orderBy("version", "desc")
    .limit(page.limit + 1)
    .execute();
  const { items, next } = cut(found, page.limit, (row) => String(row.version));
  return {
    items: items.map((row) => ({
      version: row.version,
      bytes: row.bytes,
      savedAt: row.saved_at,
      savedBy: row.saved_by,
    })),
    next,
  };
});
