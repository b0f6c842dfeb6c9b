import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { nearest } from "@keyroll/pairs";
import { cut, startNumber } from "../paging.ts";
import { query } from "../verb.ts";
import { opOf } from "./history.ts";

/** Who changed one key when and why, newest first; also of a key that was removed. */
export const listKeyHistory = query(routes["secrets.history"], async ({ db, environment, params, query: page }) => {
  const start = startNumber(page.cursor);
  let rows = db
    .selectFrom("revision_changes as c")
    .innerJoin("revisions as r", (join) =>
      join.onRef("r.environment_id", "=", "c.environment_id").onRef("r.revision", "=", "c.revision"),
    )
    .select(["c.revision", "c.op", "c.bytes", "c.lines", "c.retires_old"])
    .select(["r.author", "r.at", "r.message", "r.restored_from"])
    .where("c.environment_id", "=", environment.id)
    .where("c.key", "=", params.key);
  if (start !== null) rows = rows.where("c.revision", "<", start);
  const found = await rows
    .orderBy("c.revision", "desc")
    .limit(page.limit + 1)
    .execute();
  if (found.length === 0 && start === null) {
    const known = await db
      .selectFrom("revision_changes")
      .select("key")
      .distinct()
      .where("environment_id", "=", environment.id)
      .execute();
    const near = nearest(
      params.key,
      known.map(({ key }) => key),
    );
    throw new KeyrollError("not_found", `\`${params.key.slice(0, 253)}\` was never saved here.`, {
      key: params.key.slice(0, 253),
      ...(near === null ? {} : { next: `Did you mean \`${near}\`?` }),
    });
  }
  const { items, next } = cut(found, page.limit, (row) => String(row.revision));
  return {
    items: items.map((row) => ({
      revision: row.revision,
      op: opOf(row.op),
      bytes: row.bytes,
      lines: row.lines,
      author: row.author,
      at: row.at,
      message: row.message,
      retiresOld: row.retires_old === 1,
      restoredFrom: row.restored_from,
    })),
    next,
  };
});
