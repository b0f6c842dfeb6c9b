import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { prepared } from "../verb.ts";
import { beginSession, identityOf, throttle, type MemberRow } from "./sign-in.ts";

/** Password sign-in. A wrong name and a wrong password take the same time and say the same. */
export const login = prepared(
  routes["access.login"],
  async ({ db, host, input, address }) => {
    const name = input.name.toLowerCase();
    await throttle(
      host,
      new Map([
        [`login:${name}`, 10],
        [`address:${address ?? "-"}`, 50],
      ]),
    );
    const row = await db
      .selectFrom("members")
      .select(["id", "name", "password_hash"])
      .where("login", "=", name)
      .executeTakeFirst();
    const right = await host.passwords.verify(input.password, row?.password_hash ?? null);
    if (row === undefined || !right) throw new KeyrollError("wrong_credentials", "Name or password is not right.");
    return { id: row.id, name: row.name };
  },
  async ({ tx, host, now, commit }, member: MemberRow) => {
    const { session, actor } = await beginSession(tx, host, member, now);
    return await commit({ action: "access.login", actor }, { me: identityOf(actor) }, { session });
  },
);
