import { routes } from "@keyroll/contract";
import { cut, startOf } from "../paging.ts";
import { query } from "../verb.ts";
import { appViews } from "./queries.ts";

/** All apps, newest first. */
export const listApps = query(routes["apps.list"], async ({ db, query: page }) => {
  const start = startOf(page.cursor);
  let rows = appViews(db);
  if (start !== null) rows = rows.where("id", "<", start);
  const { items, next } = cut(
    await rows
      .orderBy("id", "desc")
      .limit(page.limit + 1)
      .execute(),
    page.limit,
    (row) => row.id,
  );
  return {
    items: items.map((row) => ({ ...row, environments: row.environments ?? 0, releases: row.releases ?? 0 })),
    next,
  };
});
