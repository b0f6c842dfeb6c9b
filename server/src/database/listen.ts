import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import type { ToldChanges } from "./changes.ts";

/** The channel of the triggers of migration 4. */
const channel = "keyroll_changes";
const firstWait = 100;
const longestWait = 10_000;

interface Listening {
  readonly client: Client;
  readonly ended: Promise<void>;
}

const connect = async (url: string, changes: ToldChanges): Promise<Listening> => {
  const client = new Client({
    connectionString: url,
    application_name: "keyroll changes",
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  const ended = new Promise<void>((resolve) => {
    client.once("end", () => resolve());
  });
  // Its end follows and is what counts; unheard, the error would end the process.
  client.on("error", () => undefined);
  client.on("notification", ({ payload }) => changes.tell(payload ?? ""));
  try {
    await client.connect();
    await client.query(`listen ${channel}`);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return { client, ended };
};

/**
 * Hears what any server commits, over one connection of its own. A lost connection is made anew, with growing
 * waits of up to 10 s; what was missed meanwhile is made up by telling everybody to look.
 * @throws the driver's error when the first connection fails.
 */
export const listen = async (url: string, changes: ToldChanges): Promise<{ close(): Promise<void> }> => {
  const closing = new AbortController();
  let current = await connect(url, changes);
  const keep = async (): Promise<void> => {
    for (;;) {
      await current.ended;
      for (let pause = firstWait; ; pause = Math.min(pause * 2, longestWait)) {
        await wait(pause, undefined, { signal: closing.signal }).catch(() => undefined);
        if (closing.signal.aborted) return;
        try {
          current = await connect(url, changes);
          break;
        } catch {
          // The database is away; whoever needs it says so.
        }
      }
      changes.tellAll();
      if (closing.signal.aborted) await current.client.end();
    }
  };
  const kept = keep();
  return {
    close: async () => {
      closing.abort();
      await current.client.end();
      await kept;
    },
  };
};
