import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { requireFresh } from "../door.ts";
import { cut, startOf } from "../paging.ts";
import { mutation, query } from "../verb.ts";
import { issueToken } from "./issue-token.ts";

const kindOf = (text: string): "api" | "bootstrap" | "cli" => (text === "cli" || text === "bootstrap" ? text : "api");

/** Tokens that still work, newest first; never their text. */
export const listTokens = query(routes["tokens.list"], async ({ db, query: page, now }) => {
  const start = startOf(page.cursor);
  let rows = db
    .selectFrom("tokens")
    .select(["id", "name", "kind", "created_at", "created_by", "used_at", "expires_at"])
    .where("revoked_at", "is", null)
    .where((e) => e.or([e("expires_at", "is", null), e("expires_at", ">", now)]));
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
      kind: kindOf(row.kind),
      createdAt: row.created_at,
      createdBy: row.created_by,
      lastUsedAt: row.used_at,
      expires: row.expires_at,
    })),
    next,
  };
});

export const createToken = mutation(routes["tokens.create"], async ({ tx, host, actor, input, now, commit }) => {
  requireFresh({ actor, now }, "A token opens every value");
  const memberId = actor.kind === "member" ? actor.id : null;
  const made = await issueToken(tx, host, {
    kind: "api",
    name: input.name,
    memberId,
    createdBy: actor.name,
    days: input.days,
    now,
  });
  const token = {
    id: made.id,
    name: input.name,
    kind: "api" as const,
    createdAt: now,
    createdBy: actor.name,
    lastUsedAt: null,
    expires: made.expires,
  };
  return await commit(
    { action: "tokens.create", details: { token: made.id, name: input.name, days: input.days } },
    { token, text: made.text },
  );
});

export const revokeToken = mutation(routes["tokens.revoke"], async ({ tx, params, now, commit }) => {
  const done = await tx
    .updateTable("tokens")
    .set({ revoked_at: now })
    .where("id", "=", params.token)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (done.numUpdatedRows !== 1n)
    throw new KeyrollError("not_found", "There is no such token, or it is revoked already.", { field: "token" });
  return await commit({ action: "tokens.revoke", details: { token: params.token } }, {});
});
