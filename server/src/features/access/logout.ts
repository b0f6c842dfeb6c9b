import { routes } from "@keyroll/contract";
import { mutation } from "../verb.ts";

/** Ends the session, or revokes the token, that this request came with. */
export const logout = mutation(routes["access.logout"], async ({ tx, actor, now, commit }) => {
  if (actor.kind === "member")
    await tx
      .deleteFrom("sessions")
      .where("id", "=", actor.via ?? "")
      .execute();
  else
    await tx
      .updateTable("tokens")
      .set({ revoked_at: now })
      .where("id", "=", actor.via ?? "")
      .execute();
  return await commit({ action: "access.logout" }, {}, { session: "end" });
});
