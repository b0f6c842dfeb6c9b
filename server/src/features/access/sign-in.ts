import { countAttempt } from "../../database/attempts.ts";
import type { Tx } from "../../database/schema.ts";
import type { Actor } from "../actor.ts";
import type { Host } from "../host.ts";
import type { Session } from "../outcome.ts";

/** A session ends 12 hours after its start, and when nobody has used it for half an hour. */
export const sessionLasts = 12 * 3600_000;
export const sessionIdle = 30 * 60_000;

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

/** Random text of [a-z0-9]; 24 characters hold 124 bits. */
export const randomText = (host: Pick<Host, "random">, length: number): string => {
  let text = "";
  while (text.length < length) {
    for (const byte of host.random.bytes(length * 2)) {
      // 252 = 7 × 36: larger bytes would favour the first letters.
      if (byte < 252 && text.length < length) text += alphabet.charAt(byte % 36);
    }
  }
  return text;
};

export interface MemberRow {
  readonly id: string;
  readonly name: string;
}

export const memberActor = (member: MemberRow, via: string, since: number, expires: number): Actor => ({
  kind: "member",
  id: member.id,
  name: member.name,
  role: "administrator",
  via,
  since,
  expires,
});

/** Those that have ended by themselves hold nothing any more, and are not counted among those that somebody ends. */
export const sweepSessions = async (tx: Tx, now: number): Promise<void> => {
  await tx
    .deleteFrom("sessions")
    .where((e) => e.or([e("expires_at", "<=", now), e("seen_at", "<=", now - sessionIdle)]))
    .execute();
};

/** A new session of this member; its text goes into the cookie and is not kept. */
export const beginSession = async (
  tx: Tx,
  host: Host,
  member: MemberRow,
  now: number,
): Promise<{ session: Session; actor: Actor }> => {
  const text = `krs_${randomText(host, 40)}`;
  const id = host.random.id();
  const expires = now + sessionLasts;
  await sweepSessions(tx, now);
  await tx
    .insertInto("sessions")
    .values({
      hash: host.passwords.digest(text),
      id,
      member_id: member.id,
      created_at: now,
      seen_at: now,
      expires_at: expires,
    })
    .execute();
  return { session: { text, expires }, actor: memberActor(member, id, now, expires) };
};

export const identityOf = (actor: Actor) => ({
  kind: actor.kind === "token" ? ("token" as const) : ("member" as const),
  id: actor.id,
  name: actor.name,
  role: "administrator" as const,
  since: actor.since,
  expires: actor.expires,
});

const window = 15 * 60_000;

/**
 * Counts an attempt against each subject, in a transaction of its own, so that a failed one stays counted.
 * @throws {KeyrollError} `rate_limited` with the seconds to wait.
 */
export const throttle = async (host: Host, subjects: ReadonlyMap<string, number>): Promise<void> => {
  const now = host.clock.now();
  await host.db.transaction().execute(async (tx) => {
    for (const [subject, most] of subjects) {
      await countAttempt(tx, host.dialect, { id: host.random.id(), subject, most, window, now });
    }
  });
};
