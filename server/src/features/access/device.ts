import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { requireFresh } from "../door.ts";
import { mutation, prepared } from "../verb.ts";
import { issueToken } from "./issue-token.ts";
import { randomText, throttle } from "./sign-in.ts";

const lasts = 10 * 60;
/** No vowels, nothing that looks like another: a code is read aloud and typed. */
const letters = "BCDFGHJKLMNPQRSTVWXZ";

/** Begins `keyroll login` (RFC 8628). */
export const device = prepared(
  routes["access.device"],
  async ({ host, address }) => {
    await throttle(host, new Map([[`device:${address ?? "-"}`, 30]]));
    return true as const;
  },
  async ({ tx, host, input, now, commit }, _throttled: true) => {
    const deviceCode = `krd_${randomText(host, 40)}`;
    // 240 = 12 × 20: larger bytes would favour the first letters.
    const picked = [...host.random.bytes(64)].filter((byte) => byte < 240).slice(0, 8);
    const code = picked.map((byte) => letters.charAt(byte % 20)).join("");
    const userCode = `${code.slice(0, 4)}-${code.slice(4)}`;
    await tx.deleteFrom("device_codes").where("expires_at", "<", now).execute();
    await tx
      .insertInto("device_codes")
      .values({
        hash: host.passwords.digest(deviceCode),
        user_code: userCode,
        client: input.client,
        state: "pending",
        member_id: null,
        created_at: now,
        expires_at: now + lasts * 1000,
      })
      .execute();
    return await commit(
      { action: "access.device", details: { client: input.client } },
      {
        deviceCode,
        userCode,
        verificationUrl: `${host.publicUrl}/device?code=${userCode}`,
        expiresIn: lasts,
        interval: 2,
      },
    );
  },
);

/** Hands the token out once, after the browser has confirmed. */
export const deviceToken = mutation(routes["access.deviceToken"], async ({ tx, host, input, now, commit }) => {
  const hash = host.passwords.digest(input.deviceCode);
  const row = await tx.selectFrom("device_codes").selectAll().where("hash", "=", hash).executeTakeFirst();
  const answer = (state: "pending" | "denied" | "expired") => commit(null, { state, token: null });
  if (row === undefined || row.expires_at <= now) return await answer("expired");
  if (row.state === "pending") return await answer("pending");
  const taken = await tx.deleteFrom("device_codes").where("hash", "=", hash).executeTakeFirst();
  if (row.state !== "allowed" || row.member_id === null || taken.numDeletedRows !== 1n) return await answer("denied");
  const member = await tx
    .selectFrom("members")
    .select(["id", "name"])
    .where("id", "=", row.member_id)
    .executeTakeFirst();
  if (member === undefined) return await answer("denied");
  const issued = await issueToken(tx, host, {
    kind: "cli",
    name: row.client,
    memberId: member.id,
    createdBy: member.name,
    days: 90,
    now,
  });
  return await commit(
    {
      action: "tokens.create",
      actor: { ...issued.actor, kind: "member", id: member.id, name: member.name },
      details: { name: row.client, kind: "cli" },
    },
    { state: "done", token: issued.text },
  );
});

const unknownCode = (): KeyrollError =>
  new KeyrollError("not_found", "This code is unknown, used, or older than 10 minutes.", {
    field: "userCode",
    next: "Run `keyroll login` again and compare the code.",
  });

/** The person at the browser decides. */
export const deviceConfirm = prepared(
  routes["access.deviceConfirm"],
  async ({ host, actor }) => {
    await throttle(host, new Map([[`confirm:${actor.id}`, 30]]));
    return true as const;
  },
  async ({ tx, actor, input, now, commit }, _throttled: true) => {
    if (actor.kind !== "member") {
      throw new KeyrollError("not_allowed", "A code is confirmed by a person in the browser, not with a token.");
    }
    if (input.allow) requireFresh({ actor, now }, "A login of the command line opens every value");
    const code = input.userCode.trim().toUpperCase();
    const row = await tx.selectFrom("device_codes").selectAll().where("user_code", "=", code).executeTakeFirst();
    if (row === undefined || row.expires_at <= now) throw unknownCode();
    // Whoever decides first has decided: a refusal is not overtaken by a click in another window.
    const decided = await tx
      .updateTable("device_codes")
      .set({ state: input.allow ? "allowed" : "denied", member_id: actor.id })
      .where("hash", "=", row.hash)
      .where("state", "=", "pending")
      .executeTakeFirst();
    if (decided.numUpdatedRows !== 1n) throw unknownCode();
    return await commit(
      { action: "access.deviceConfirm", details: { client: row.client, allow: input.allow } },
      { client: row.client },
    );
  },
);
