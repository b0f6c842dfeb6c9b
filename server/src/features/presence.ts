import { acquireLease, renewLease, type Lease } from "../database/leases.ts";
import type { Host } from "./host.ts";

/** How long a server may be silent before others settle what it had begun, and how often it speaks. */
const lasts = 15_000;
const every = 4000;

/** The lease that says that this server lives. */
export const presenceOf = (instance: string): string => `server:${instance}`;

/**
 * Says in the database that this server lives, until `end`. A server that was silent for too long (paused, or cut off
 * from the database) speaks again under a new fence; what others settled meanwhile is no longer its own. Its last word
 * stands until it expires: nobody shall settle what a process may still be at work with while it ends.
 */
export const startPresence = async (host: Host): Promise<{ end(): Promise<void> }> => {
  const scope = presenceOf(host.instance);
  const ended = new AbortController();
  let lease: Lease | null = await acquireLease(host, scope, host.instance, lasts);
  const speak = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await host.clock.sleep(every, ended.signal).catch(() => undefined);
      if (ended.signal.aborted) return;
      try {
        if (lease === null) lease = await acquireLease(host, scope, host.instance, lasts);
        else await renewLease(host, lease, lasts);
      } catch (error) {
        lease = null;
        host.log.warn({ error: error instanceof Error ? error.name : "?" }, "this server could not say that it lives");
      }
    }
  };
  const speaking = speak();
  return {
    end: async () => {
      ended.abort();
      await speaking;
    },
  };
};
