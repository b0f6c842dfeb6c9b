import { routes } from "@keyroll/contract";
import { query } from "../verb.ts";
import { identityOf } from "./sign-in.ts";

/** Who is asking, and what a new visitor has to do first. */
export const me = query(routes["access.me"], async ({ db, host, actor }) => {
  const member = await db.selectFrom("members").select("id").limit(1).executeTakeFirst();
  return {
    me: actor.kind === "anonymous" ? null : identityOf(actor),
    setUp: member !== undefined,
    sealed: !host.keys.open,
    version: actor.kind === "anonymous" ? "" : host.version,
  };
});
