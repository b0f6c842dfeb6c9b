import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { prepared } from "../verb.ts";
import { beginSession, identityOf, throttle } from "./sign-in.ts";

/** The first Administrator, by the one-time link of the terminal. */
export const setup = prepared(
  routes["access.setup"],
  async ({ host, input, address }) => {
    await throttle(host, new Map([[`setup:${address ?? "-"}`, 20]]));
    return await host.passwords.hash(input.password);
  },
  async ({ tx, host, input, now, commit }, hash: string) => {
    const { count } = await tx
      .selectFrom("members")
      .select((e) => e.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    if (count > 0)
      throw new KeyrollError("already_exists", "The first Administrator exists already.", {
        next: "Sign in, or ask that person.",
      });
    const used = await tx
      .updateTable("one_time_links")
      .set({ used_at: now })
      .where("hash", "=", host.passwords.digest(input.code))
      .where("purpose", "=", "setup")
      .where("used_at", "is", null)
      .where("expires_at", ">", now)
      .executeTakeFirst();
    if (used.numUpdatedRows !== 1n) {
      throw new KeyrollError(
        "wrong_credentials",
        "This set-up link is not valid, was used, or is older than an hour.",
        {
          field: "code",
          next: "Restart the server: it prints a new link.",
        },
      );
    }
    const member = { id: host.random.id(), name: input.name };
    await tx
      .insertInto("members")
      .values({
        ...member,
        login: input.name.toLowerCase(),
        password_hash: hash,
        role: "administrator",
        created_at: now,
      })
      .execute();
    const { session, actor } = await beginSession(tx, host, member, now);
    return await commit(
      { action: "access.setup", actor, details: { name: input.name } },
      { me: identityOf(actor) },
      { session },
    );
  },
);
