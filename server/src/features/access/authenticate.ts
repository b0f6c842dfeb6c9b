import { KeyrollError } from "@keyroll/contract/errors";
import { anonymous, type Actor } from "../actor.ts";
import type { Host } from "../host.ts";
import { memberActor, randomText, sessionIdle } from "./sign-in.ts";

/** A use is noted at most once a minute: reading must not become writing. */
const noteEvery = 60_000;

/**
 * The member of a session cookie's text; anonymous when it has ended.
 *
 * @param isUse false for what a page asks by itself: an open page that nobody is at must not keep its session alive
 */
export const actorOfSession = async (host: Host, text: string, isUse: boolean): Promise<Actor> => {
  const now = host.clock.now();
  const hash = host.passwords.digest(text);
  const row = await host.db
    .selectFrom("sessions")
    .innerJoin("members", "members.id", "sessions.member_id")
    .select([
      "sessions.id as session",
      "sessions.created_at",
      "sessions.seen_at",
      "sessions.expires_at",
      "members.id",
      "members.name",
    ])
    .where("sessions.hash", "=", hash)
    .executeTakeFirst();
  if (row === undefined || row.expires_at <= now || row.seen_at + sessionIdle <= now) return anonymous;
  if (isUse && row.seen_at + noteEvery <= now)
    await host.db.updateTable("sessions").set({ seen_at: now }).where("hash", "=", hash).execute();
  return memberActor({ id: row.id, name: row.name }, row.session, row.created_at, row.expires_at);
};

/** @throws {KeyrollError} `not_signed_in` for a token that is unknown, expired or revoked. */
export const actorOfToken = async (host: Host, text: string): Promise<Actor> => {
  const now = host.clock.now();
  const row = await host.db
    .selectFrom("tokens")
    .selectAll()
    .where("hash", "=", host.passwords.digest(text))
    .executeTakeFirst();
  if (row === undefined || row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= now)) {
    throw new KeyrollError("not_signed_in", "This token is unknown, expired or revoked.");
  }
  if (row.used_at === null || row.used_at + noteEvery <= now) {
    await host.db.updateTable("tokens").set({ used_at: now }).where("id", "=", row.id).execute();
  }
  const name = row.member_id === null ? row.name : `${row.created_by} (${row.name})`;
  return {
    kind: "token",
    id: row.id,
    name,
    role: "administrator",
    via: row.id,
    since: row.created_at,
    expires: row.expires_at,
  };
};

/**
 * Takes KEYROLL_BOOTSTRAP_TOKEN in: its hash is kept, so that a revocation outlives a restart.
 * @throws {KeyrollError} `invalid` for a malformed one.
 */
export const acceptBootstrapToken = async (host: Host, text: string): Promise<void> => {
  if (!/^krl_[A-Za-z0-9_]{24,}$/u.test(text)) {
    throw new KeyrollError("invalid", "KEYROLL_BOOTSTRAP_TOKEN: `krl_` and at least 24 of [A-Za-z0-9_].", {
      field: "KEYROLL_BOOTSTRAP_TOKEN",
    });
  }
  await host.db
    .insertInto("tokens")
    .values({
      id: host.random.id(),
      hash: host.passwords.digest(text),
      kind: "bootstrap",
      name: "bootstrap",
      member_id: null,
      created_at: host.clock.now(),
      created_by: "KEYROLL_BOOTSTRAP_TOKEN",
      used_at: null,
      expires_at: null,
      revoked_at: null,
    })
    .onConflict((conflict) => conflict.column("hash").doNothing())
    .execute();
};

/** The one-time set-up link, or null when there is an Administrator. Earlier links end. */
export const newSetupLink = async (host: Host): Promise<string | null> => {
  const member = await host.db.selectFrom("members").select("id").limit(1).executeTakeFirst();
  if (member !== undefined) return null;
  const code = randomText(host, 32);
  await host.db.transaction().execute(async (tx) => {
    await tx.deleteFrom("one_time_links").where("purpose", "=", "setup").execute();
    await tx
      .insertInto("one_time_links")
      .values({
        hash: host.passwords.digest(code),
        purpose: "setup",
        expires_at: host.clock.now() + 3600_000,
        used_at: null,
      })
      .execute();
  });
  return `${host.publicUrl}/setup#${code}`;
};
