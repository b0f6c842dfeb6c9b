import type { Bucket } from "../../ports/buckets.ts";
import { burstOf, filled, timeFor, type Rate } from "./bucket.ts";

/** The promise of one token. A throttle makes it void: it is then as if it had never been made. */
export interface Ticket {
  /** When its token has flowed in, by the database's time. Epoch milliseconds. */
  readonly due: number;
  /** The bucket's last throttle when it was promised. */
  readonly slowedAt: number;
}

export interface Visit {
  readonly bucket: Bucket;
  /** Tokens to use now; may be more than were asked for. */
  readonly granted: number;
  /** For the next of those who go on waiting; null: nobody does. */
  readonly ticket: Ticket | null;
}

/** A ticket that was not used for so long after it was due goes back into the bucket. Milliseconds. */
const ticketServes = 2000;

/**
 * One server asks for as many tokens as it has calls waiting.
 * - It gets its ticket's token, when that is due, and what there is.
 * - When that is enough for all who wait, it gets as many again for those who follow, but at most a quarter of what
 *   is left: a rich bucket spares visits, a poor one is shared to the last token.
 * - When it is not, the next token to come is promised to it: who asked first is first, whichever server it is.
 */
export const visit = (
  before: Bucket,
  usual: Rate,
  now: number,
  { waiting, ticket }: { readonly waiting: number; readonly ticket: Ticket | null },
): Visit => {
  const bucket = filled(before, usual, now);
  const isValid = ticket !== null && ticket.slowedAt === bucket.slowedAt;
  if (isValid && now < ticket.due) return { bucket, granted: 0, ticket };
  const isFresh = isValid && now <= ticket.due + ticketServes;
  const ofTicket = isFresh ? 1 : 0;
  const back = isValid && !isFresh ? 1 : 0;
  const tokens = Math.min(burstOf(bucket, usual, now), bucket.tokens + back);
  const wanted = Math.max(0, waiting - ofTicket);
  const there = Math.max(0, Math.min(wanted, Math.floor(tokens)));
  if (there < wanted) {
    const left = tokens - there - 1;
    return {
      bucket: { ...bucket, tokens: left },
      granted: ofTicket + there,
      ticket: { due: now + timeFor(-left, bucket, usual, now), slowedAt: bucket.slowedAt },
    };
  }
  const spare = Math.max(0, Math.min(waiting, Math.floor((tokens - there) / 4)));
  return { bucket: { ...bucket, tokens: tokens - there - spare }, granted: ofTicket + there + spare, ticket: null };
};
