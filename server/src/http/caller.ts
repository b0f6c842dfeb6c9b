import { isIP, type BlockList } from "node:net";
import { isIn, plainAddress } from "../ports/networks.ts";

/** As proxies write it: some add a port, and IPv6 stands in brackets then. */
const bare = (entry: string): string => {
  const text = entry.trim();
  const [, inBrackets] = /^\[([^\]]+)\](?::\d+)?$/u.exec(text) ?? [];
  if (inBrackets !== undefined) return inBrackets;
  return /^[\d.]+:\d+$/u.test(text) ? text.slice(0, text.indexOf(":")) : text;
};

/**
 * The address of whoever asks. Each proxy adds to the end of `X-Forwarded-For` from whom it was asked, and what stands further
 * left anybody can write: it is read from the end, as far as the addresses are those of proxies that are trusted.
 */
export const callerOf = (
  proxies: BlockList,
  socket: string | null,
  forwardedFor: string | undefined,
): string | null => {
  if (socket === null) return null;
  let caller = plainAddress(socket);
  for (const entry of (forwardedFor ?? "").split(",").toReversed()) {
    if (!isIn(proxies, caller)) break;
    const before = plainAddress(bare(entry));
    if (isIP(before) === 0) break;
    caller = before;
  }
  return caller;
};
