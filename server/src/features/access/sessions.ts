import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Actor } from "../actor.ts";
import { cut, startOf } from "../paging.ts";
import { mutation, query } from "../verb.ts";
import { sessionIdle } from "./sign-in.ts";

/** The member at the browser. @throws {KeyrollError} `not_allowed` for a token, which has no sessions. */
export const memberOf = (actor: Actor): Actor => {
  if (actor.kind === "member") return actor;
  throw new KeyrollError("not_allowed", "Sessions and passwords belong to people at a browser, not to tokens.", {
    next: "Sign in in the browser.",
  });
};

/** One's own sessions that still hold, newest first. */
export const listSessions = query(routes["sessions.list"], async ({ db, actor, query: page, now }) => {
  const start = startOf(page.cursor);
  let rows = db
    .selectFrom("sessions")
    .select(["id", "created_at", "seen_at", "expires_at"])
    .where("member_id", "=", memberOf(actor).id)
    .where("expires_at", ">", now)
    .where("seen_at", ">", now - sessionIdle);
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
      since: row.created_at,
      lastUsedAt: row.seen_at,
      expires: row.expires_at,
      current: row.id === actor.via,
    })),
    next,
  };
});

/** Ends a session of one's own; nobody ends another's here. */
export const endSession = mutation(routes["sessions.end"], async ({ tx, actor, params, commit }) => {
  const done = await tx
    .deleteFrom("sessions")
    .where("id", "=", params.session)
    .where("member_id", "=", memberOf(actor).id)
    .executeTakeFirst();
  if (done.numDeletedRows !== 1n)
    throw new KeyrollError("not_found", "You have no such session, or it has ended.", { field: "session" });
  const entry = { action: "sessions.end", details: { session: params.session } };
  return params.session === actor.via ? await commit(entry, {}, { session: "end" }) : await commit(entry, {});
});
