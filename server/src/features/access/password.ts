import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Reader } from "../../database/schema.ts";
import type { Actor } from "../actor.ts";
import type { Host } from "../host.ts";
import { prepared } from "../verb.ts";
import { memberOf } from "./sessions.ts";
import { beginSession, identityOf, sweepSessions, throttle, type MemberRow } from "./sign-in.ts";

/**
 * Asks for the password of whoever is signed in, with a limit of its own: a stolen session is no place to try
 * passwords, and whoever tries them outside keeps nobody out who is in.
 * @throws {KeyrollError} `wrong_credentials`, `rate_limited`; `not_allowed` for a token.
 */
const checkPassword = async (
  { db, host, actor }: { readonly db: Reader; readonly host: Host; readonly actor: Actor },
  password: string,
  field: string,
): Promise<MemberRow> => {
  const member = await db
    .selectFrom("members")
    .select(["id", "name", "password_hash"])
    .where("id", "=", memberOf(actor).id)
    .executeTakeFirstOrThrow();
  await throttle(host, new Map([[`confirm:${member.id}`, 10]]));
  if (!(await host.passwords.verify(password, member.password_hash)))
    throw new KeyrollError("wrong_credentials", "The password is not right.", { field, next: "Check it." });
  return { id: member.id, name: member.name };
};

/** The password again: signing in anew in the place of this session, whose text is worth nothing from then on. */
export const confirmPassword = prepared(
  routes["access.confirm"],
  async (ctx) => await checkPassword(ctx, ctx.input.password, "password"),
  async ({ tx, host, actor, now, commit }, member: MemberRow) => {
    await tx
      .deleteFrom("sessions")
      .where("id", "=", actor.via ?? "")
      .execute();
    const begun = await beginSession(tx, host, member, now);
    return await commit({ action: "access.confirm" }, { me: identityOf(begun.actor) }, { session: begun.session });
  },
);

/** A new password; every session of this member ends but the new one of this browser. Tokens stay: they have their own list. */
export const changePassword = prepared(
  routes["access.password"],
  async (ctx) => {
    const member = await checkPassword(ctx, ctx.input.current, "current");
    if (ctx.input.next === ctx.input.current)
      throw new KeyrollError("invalid", "next: the new password is the old one.", { field: "next", changed: false });
    return { member, hash: await ctx.host.passwords.hash(ctx.input.next) };
  },
  async ({ tx, host, actor, now, commit }, { member, hash }: { readonly member: MemberRow; readonly hash: string }) => {
    await tx.updateTable("members").set({ password_hash: hash }).where("id", "=", member.id).execute();
    await sweepSessions(tx, now);
    const others = await tx
      .deleteFrom("sessions")
      .where("member_id", "=", member.id)
      .where("id", "!=", actor.via ?? "")
      .executeTakeFirst();
    await tx
      .deleteFrom("sessions")
      .where("id", "=", actor.via ?? "")
      .execute();
    const begun = await beginSession(tx, host, member, now);
    const ended = Number(others.numDeletedRows);
    return await commit(
      { action: "access.password", details: { ended } },
      { me: identityOf(begun.actor), ended },
      { session: begun.session },
    );
  },
);
