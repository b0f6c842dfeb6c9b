import { routes } from "@keyroll/contract";
import { cut, startOf } from "../paging.ts";
import { query } from "../verb.ts";
import { connectionRow, connectionView } from "./queries.ts";

/** Connections, newest first. */
export const listConnections = query(routes["connections.list"], async ({ db, query: page }) => {
  const start = startOf(page.cursor);
  let rows = db.selectFrom("connections").select("id");
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
    items: await Promise.all(items.map(async ({ id }) => await connectionView(db, await connectionRow(db, id)))),
    next,
  };
});

export const getConnection = query(routes["connections.get"], async ({ db, params }) => ({
  connection: await connectionView(db, await connectionRow(db, params.connection)),
}));
