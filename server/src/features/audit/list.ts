import { routes } from "@keyroll/contract";
import { z } from "zod";
import { cut, startOf } from "../paging.ts";
import { query } from "../verb.ts";

const details = z.record(z.string(), z.unknown());

/** What was done, by whom, newest first. */
export const listAudit = query(routes["audit.list"], async ({ db, query: page }) => {
  const start = startOf(page.cursor);
  let rows = db.selectFrom("audit").selectAll();
  if (start !== null) rows = rows.where("id", "<", start);
  if (page.environment !== undefined) rows = rows.where("environment_id", "=", page.environment);
  if (page.action !== undefined) rows = rows.where("action", "=", page.action);
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
      at: row.at,
      actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
      action: row.action,
      app: row.app_name,
      environment: row.environment_name,
      details: details.parse(JSON.parse(row.details)),
      requestId: row.request_id,
    })),
    next,
  };
});
