import { routes } from "@keyroll/contract";
import { cut, startOf } from "../paging.ts";
import { query } from "../verb.ts";

/** People who can sign in, newest first. */
export const listMembers = query(routes["members.list"], async ({ db, query: page }) => {
  const start = startOf(page.cursor);
  let rows = db.selectFrom("members").select(["id", "name", "created_at"]);
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
    items: items.map((row) => ({
      id: row.id,
      name: row.name,
      role: "administrator" as const,
      createdAt: row.created_at,
    })),
    next,
  };
});
