import { routes } from "@keyroll/contract";
import { cut, startOf } from "../paging.ts";
import { environmentById } from "../subject.ts";
import { query } from "../verb.ts";
import { environmentView } from "./queries.ts";

/** Environments of an app, newest first. */
export const listEnvironments = query(routes["environments.list"], async ({ db, host, app, query: page }) => {
  const start = startOf(page.cursor);
  let rows = db.selectFrom("environments").select("id").where("app_id", "=", app.id);
  if (start !== null) rows = rows.where("id", "<", start);
  const { items, next } = cut(
    await rows
      .orderBy("id", "desc")
      .limit(page.limit + 1)
      .execute(),
    page.limit,
    (row) => row.id,
  );
  const found = await Promise.all(items.map(async ({ id }) => await environmentById(db, id)));
  const views = await Promise.all(
    found.filter((row) => row !== null).map(async (row) => await environmentView(db, host, app, row)),
  );
  return { items: views, next };
});

export const getEnvironment = query(routes["environments.get"], async ({ db, host, app, environment }) => ({
  environment: await environmentView(db, host, app, environment),
}));
