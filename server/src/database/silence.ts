import { Socket } from "node:net";
import { DatabaseAway } from "./trouble.ts";

/**
 * How long a connection that somebody uses may be silent, in milliseconds; those that nobody uses are closed long before.
 * After a failover nobody says that the old server is gone, and Linux goes on sending to it for a quarter of an hour.
 */
export const longestSilence = 120_000;

/** What the driver makes its connections with: none is waited for in vain; silence 0: for as long as it likes. */
export const streamWith = (silence: number) => (): Socket => {
  const socket = new Socket();
  const giveUp = (): Socket => socket.destroy(new DatabaseAway(new Error(`no answer for ${silence / 1000} s`)));
  return silence === 0 ? socket : socket.setTimeout(silence, giveUp);
};
